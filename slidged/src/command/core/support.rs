//! Access to the caller's session and its answers, which the users' commands share.

use crate::command::caller::Context;
use crate::command::reply::Result;
use crate::language::Language;
use crate::say;
use crate::session::Control;
use crate::session::SessionHandle;
use crate::session::StatusReport;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;

/// Returns the session of the caller.
///
/// # Errors
///
/// When they are not registered (any more).
pub(crate) fn own_session(context: &Context) -> Result<SessionHandle> {
    context.session().ok_or_else(|| {
        let text = say!(context.language(), "denied-not-registered", network = context.network());
        StanzaError::with_text(Condition::RegistrationRequired, text)
    })
}

/// Returns the answer of a session.
///
/// # Errors
///
/// When the session ended before it answered.
pub(crate) fn answered<T>(language: Language, answer: Option<T>) -> Result<T> {
    answer.ok_or_else(|| {
        StanzaError::with_text(Condition::RecipientUnavailable, say!(language, "session-ending"))
    })
}

/// Asks the caller's session for a report of its state.
pub(crate) async fn report(context: &Context) -> Result<StatusReport> {
    let answer = own_session(context)?.ask(Control::StatusReport).await;
    answered(context.language(), answer)
}
