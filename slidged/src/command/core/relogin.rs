//! Logging in again.

use crate::{
    command::{
        caller::Context,
        reply::{Reply, Result},
    },
    say,
    session::Asked,
    xmpp::{Condition, StanzaError},
};

pub(super) async fn run(context: Context) -> Result {
    let language = context.language();
    let session = super::own_session(&context)?;
    match super::answered(language, session.ask(Asked::Relogin).await)? {
        Ok(()) => Ok(Reply::done(say!(language, "connecting"))),
        Err(_) => {
            let text = say!(language, "denied-connected-already", network = context.network());
            Err(StanzaError::with_text(Condition::UnexpectedRequest, text))
        }
    }
}
