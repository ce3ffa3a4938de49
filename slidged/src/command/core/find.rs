//! Command that searches the network.

use crate::users;
use crate::{
    command::{
        caller::Context,
        reply::{Question, Reply, Result},
    },
    say,
};
use plugin_api::Form;

pub(super) async fn run(context: Context) -> Result {
    let info = &context.env.services.info;
    let title = users::search_title(info, context.language());
    let question = Question::form(title, info.search_instructions.clone(), info.search_fields.clone(), found);
    Ok(question.into())
}

async fn found(context: Context, form: Form) -> Result {
    let found = users::find(&context.env.users, &context.caller, form).await?;
    if found.items.is_empty() {
        return Ok(Reply::done(say!(context.language(), "find-nobody")));
    }
    Ok(Reply::table(found))
}
