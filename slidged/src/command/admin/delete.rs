//! Command that ends the registrations of users.

use crate::command::admin::accounts::ACCOUNTS;
use crate::command::admin::accounts::accounts_field;
use crate::command::admin::accounts::named;
use crate::command::caller::Context;
use crate::command::reply::Question;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::say;
use crate::users::unregister;
use plugin_api::Form;

pub(super) async fn run(context: Context) -> Result {
    let title = say!(context.language(), "command-delete-user");
    Ok(Question::form(title, "", vec![accounts_field(&context)], ask).more().into())
}

async fn ask(context: Context, form: Form) -> Result {
    named(&context, &form)?;
    let language = context.language();
    let who = form.get(ACCOUNTS).map(|who| who.replace('\n', ", ")).unwrap_or_default();
    let question = Question::confirm(
        say!(language, "command-delete-user"),
        say!(language, "admin-delete-text", who = who),
        say!(language, "confirm"),
        move |context| delete(context, form.clone()),
    );
    Ok(question.into())
}

async fn delete(context: Context, form: Form) -> Result {
    let sessions = named(&context, &form)?;
    let count = sessions.len();
    for session in sessions {
        let env = context.env.clone();
        let language = env.services.languages.of(session.jid());
        let text = say!(language, "admin-you-are-deleted", network = context.network());
        env.services.messenger.tell(session.jid(), &text);
        unregister(&env.users, session, None);
    }
    Ok(Reply::done(say!(context.language(), "admin-deleted", count = count)))
}
