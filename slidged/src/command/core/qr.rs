//! Registration by a QR code that the user scans with the network's app.
//!
//! The network replaces its code every now and then, and tells when one was scanned. That completes
//! the registration, even if the user no longer has the form open.

use crate::command::caller::Context;
use crate::command::core::welcome::welcome;
use crate::command::qr_logins::EXPIRES;
use crate::command::qr_logins::QrLogin;
use crate::command::qr_logins::State;
use crate::command::reply::How;
use crate::command::reply::Question;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::say;
use crate::users;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;
use plugin_api::Data;
use plugin_api::User;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Instant;
use tokio::sync::watch;

/// Returns to a code that the user is shown already, if it has not expired, so that they need not
/// start again.
pub(super) fn resume(context: &Context, flow: u32) -> Option<Reply> {
    let login = context.env.qr.get(&context.caller.bare()).filter(|login| login.flow == flow)?;
    let state = login.state.borrow().clone();
    match state {
        State::Showing(text) => Some(show(context, login, &text)),
        State::Asking | State::Confirmed | State::Failed(_) => None,
    }
}

/// Asks the network for a code and shows it.
pub(super) async fn begin(context: Context, flow: u32, data: Data, invitation: Option<String>) -> Result {
    let who = context.caller.bare();
    let env = context.env.clone();
    let login = Arc::new(QrLogin {
        known: context.standing().registered,
        caller: context.caller.clone(),
        index: context.env.services.index.clone(),
        flow,
        data: data.clone(),
        invitation,
        state: watch::Sender::new(State::Asking),
        started: Instant::now(),
        in_chat: Mutex::default(),
    });
    env.qr.leave_chat(&env.services.file_messages, &who);
    if !env.qr.put(who.clone(), login.clone()) {
        let text = say!(context.language(), "too-many-forms");
        return Err(StanzaError::with_text(Condition::ResourceConstraint, text));
    }
    let user = User { jid: who.to_string(), data, ..User::default() };
    match env.registration.qr_text(context.language(), user).await {
        Ok(text) => {
            // A newer code may have come already.
            login.state.send_if_modified(|state| {
                let first = *state == State::Asking;
                if first {
                    *state = State::Showing(text.clone());
                }
                first
            });
            let state = login.state.borrow().clone();
            follow(&context, &login, state)
        }
        Err(error) => {
            env.qr.remove(&env.services.file_messages, &who);
            Err(error)
        }
    }
}

/// Turns the state of a login into the next step for the user.
fn follow(context: &Context, login: &Arc<QrLogin>, state: State) -> Result {
    match state {
        State::Showing(text) => Ok(show(context, login.clone(), &text)),
        State::Confirmed => Ok(welcome(context, login.known)),
        State::Failed(why) => Ok(Reply::Failed(StanzaError::with_text(Condition::NotAuthorized, why))),
        State::Asking => Err(StanzaError::new(Condition::UnexpectedRequest)),
    }
}

fn show(context: &Context, login: Arc<QrLogin>, text: &str) -> Reply {
    let language = context.language();
    let instructions = match users::flow(&context.env.services.info, login.flow) {
        Some(flow) if !flow.qr_instructions.is_empty() => flow.qr_instructions.clone(),
        _ => say!(language, "register-qr-text", network = context.network()),
    };
    let shown = text.to_owned();
    let title = say!(language, "register-qr-title");
    let mut question = Question::form(title, instructions, Vec::new(), move |context, _| {
        changed(context, login.clone(), shown.clone())
    });
    question.how = How::Elsewhere;
    question.code = Some(text.to_owned());
    question.more().into()
}

/// Waits until the state of a login is no longer this code.
async fn changed(context: Context, login: Arc<QrLogin>, shown: String) -> Result {
    let mut state = login.state.subscribe();
    let left = EXPIRES.saturating_sub(login.started.elapsed());
    let other = state.wait_for(|state| *state != State::Showing(shown.clone()));
    let next = match tokio::time::timeout(left, other).await {
        Ok(Ok(next)) => next.clone(),
        _ => {
            context.env.qr.remove(&context.env.services.file_messages, &context.caller.bare());
            State::Failed(say!(context.language(), "register-qr-expired"))
        }
    };
    follow(&context, &login, next)
}
