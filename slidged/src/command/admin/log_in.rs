//! Users' sessions on the network: ended, and begun again.

use super::{accounts_field, named};
use crate::{
    command::{
        caller::Context,
        reply::{Question, Reply, Result},
    },
    say,
    session::Asked,
};
use plugin_api::Form;

pub(super) async fn log_out(context: Context) -> Result {
    let title = say!(context.language(), "command-logout-user");
    Ok(Question::form(title, "", vec![accounts_field(&context)], end).into())
}

async fn end(context: Context, form: Form) -> Result {
    let sessions = named(&context, &form)?;
    for session in &sessions {
        session.ask(Asked::Logout).await;
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
        // Who is connected already stays so.
        session.ask(Asked::Relogin).await;
    }
    Ok(Reply::done(say!(context.language(), "admin-logged-in", count = sessions.len())))
}
