//! Commands that end users' sessions on the network, and begin them again.

use crate::command::admin::accounts::accounts_field;
use crate::command::admin::accounts::named;
use crate::command::caller::Context;
use crate::command::reply::Question;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::say;
use crate::session::Control;
use plugin_api::Form;

pub(super) async fn log_out(context: Context) -> Result {
    let title = say!(context.language(), "command-logout-user");
    Ok(Question::form(title, "", vec![accounts_field(&context)], end).into())
}

async fn end(context: Context, form: Form) -> Result {
    let sessions = named(&context, &form)?;
    for session in &sessions {
        session.ask(Control::Logout).await;
    }
    Ok(Reply::done(say!(context.language(), "admin-logged-out", count = sessions.len())))
}

pub(super) async fn log_in(context: Context) -> Result {
    let title = say!(context.language(), "command-login-user");
    Ok(Question::form(title, "", vec![accounts_field(&context)], begin).into())
}

async fn begin(context: Context, form: Form) -> Result {
    let sessions = named(&context, &form)?;
    for session in &sessions {
        // A user who is connected already stays so.
        session.ask(Control::Relogin).await;
    }
    Ok(Reply::done(say!(context.language(), "admin-logged-in", count = sessions.len())))
}
