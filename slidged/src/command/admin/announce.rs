//! Command that sends a message to all users.

use crate::{
    command::{
        caller::Context,
        reply::{Question, Reply, Result},
    },
    say,
};
use plugin_api::{Field, FieldType, Form};

/// Field of the text (XEP-0133 section 4.23).
const TEXT: &str = "announcement";

pub(super) async fn run(context: Context) -> Result {
    let language = context.language();
    let field = Field { kind: FieldType::TextMulti, ..Field::text(TEXT, say!(language, "announce-text")) };
    Ok(Question::form(say!(language, "command-announce"), "", vec![field.required()], send).into())
}

async fn send(context: Context, form: Form) -> Result {
    let text = form.get(TEXT).map_or("", String::as_str);
    let sessions = context.env.users.sessions();
    for session in &sessions {
        context.env.services.messenger.tell(session.jid(), text);
    }
    Ok(Reply::done(say!(context.language(), "announced", count = sessions.len())))
}
