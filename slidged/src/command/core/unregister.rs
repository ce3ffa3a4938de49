//! Command that ends a registration.

use crate::command::caller::Context;
use crate::command::core::support::own_session;
use crate::command::reply::Question;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::say;
use crate::users::unregister;

pub(super) async fn run(context: Context) -> Result {
    let (language, network) = (context.language(), context.network());
    Ok(Question::confirm(
        say!(language, "command-unregister"),
        say!(language, "unregister-text", network = network),
        say!(language, "unregister-confirm"),
        leave,
    )
    .into())
}

async fn leave(context: Context) -> Result {
    left(&context, "unregistered")
}

/// Ends the registration; `id` is the text that says so.
pub(super) fn left(context: &Context, id: &str) -> Result {
    let session = own_session(context)?;
    // The command does not wait for the end, as the plugin may take its time.
    unregister(&context.env.users, session, None);
    Ok(Reply::done(say!(context.language(), id, network = context.network())))
}
