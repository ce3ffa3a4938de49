//! Command that logs in again.

use crate::command::caller::Context;
use crate::command::core::support::answered;
use crate::command::core::support::own_session;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::say;
use crate::session::Control;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;

pub(super) async fn run(context: Context) -> Result {
    let language = context.language();
    let session = own_session(&context)?;
    match answered(language, session.ask(Control::Relogin).await)? {
        Ok(()) => Ok(Reply::done(say!(language, "connecting"))),
        Err(_) => {
            let text = say!(language, "denied-connected-already", network = context.network());
            Err(StanzaError::with_text(Condition::UnexpectedRequest, text))
        }
    }
}
