//! Registering by a QR code that the user scans with the network's app. The network shows a new code every now and then, and tells when
//! one was scanned; the registration is complete then, whether or not somebody still looks at the form.

use super::register::welcome;
use crate::command::caller::Context;
use crate::command::reply::{How, Question, Reply, Result};
use crate::model::crowd::{Guests, Place, Places};
use crate::say;
use crate::users::{self, Registration};
use crate::xmpp::{Condition, StanzaError};
use jid::BareJid;
use plugin_api::{Data, Error, QrOutcome, User};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// Nobody scans a code for longer.
const EXPIRES: Duration = Duration::from_secs(600);
/// Codes shown to strangers at the same time.
const STRANGERS: Places = Places { all: 1000, each: 1 };

/// Who is shown a code.
pub(crate) struct QrLogins {
    shown: Mutex<HashMap<BareJid, (Arc<QrLogin>, Place)>>,
    places: Guests,
}

impl Default for QrLogins {
    fn default() -> Self {
        QrLogins { shown: Mutex::default(), places: Guests::new(STRANGERS, STRANGERS.each) }
    }
}

struct QrLogin {
    context: Context,
    flow: u32,
    data: Data,
    invitation: Option<String>,
    known: bool,
    state: watch::Sender<State>,
    started: Instant,
}

#[derive(Clone, PartialEq)]
enum State {
    /// The network has not given its first code yet.
    Asking,
    Showing(String),
    Confirmed,
    Failed(String),
}

impl QrLogins {
    fn get(&self, who: &BareJid) -> Option<Arc<QrLogin>> {
        let logins = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        logins.get(who).map(|(login, _)| login).filter(|login| login.started.elapsed() < EXPIRES).cloned()
    }

    fn put(&self, who: BareJid, login: Arc<QrLogin>) -> bool {
        let mut logins = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        // The newer one takes the place of the first.
        let (first, known) = (logins.remove(&who), login.context.env.services.index.knows(&who));
        let place = first.map(|(_, place)| place).or_else(|| self.places.enter(&who, known)).or_else(|| {
            logins.retain(|_, (login, _)| login.started.elapsed() < EXPIRES);
            self.places.enter(&who, known)
        });
        let Some(place) = place else { return false };
        logins.insert(who, (login, place));
        true
    }

    fn remove(&self, who: &BareJid) {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).remove(who);
    }

    /// The plugin has a newer code.
    pub(crate) fn refreshed(&self, who: &BareJid, text: String) -> std::result::Result<(), Error> {
        let login = self.get(who).ok_or_else(nobody)?;
        login.state.send_replace(State::Showing(text));
        Ok(())
    }

    /// The plugin tells how it ended: whoever was shown the code is registered now, or is told why not.
    pub(crate) async fn confirmed(
        &self,
        registration: &Registration,
        who: BareJid,
        outcome: QrOutcome,
    ) -> std::result::Result<(), Error> {
        let login = self.get(&who).ok_or_else(nobody)?;
        self.remove(&who);
        let ended = match outcome.error {
            Some(why) => State::Failed(why),
            None => {
                let mut data = login.data.clone();
                data.extend(outcome.data);
                match registration.enrol(&login.context.caller, data, login.invitation.as_deref()).await {
                    Ok(_) => State::Confirmed,
                    Err(error) => State::Failed(error.text.unwrap_or_default()),
                }
            }
        };
        login.state.send_replace(ended);
        Ok(())
    }
}

/// The code that they are shown already, if it is still good: who comes back to it need not start again.
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
        context: context.clone(),
        flow,
        data: data.clone(),
        invitation,
        state: watch::Sender::new(State::Asking),
        started: Instant::now(),
    });
    if !env.qr.put(who.clone(), login.clone()) {
        let text = say!(context.language(), "too-many-forms");
        return Err(StanzaError::with_text(Condition::ResourceConstraint, text));
    }
    let user = User { jid: who.to_string(), data, ..User::default() };
    match env.registration.qr_text(user).await {
        Ok(text) => {
            // A newer one may have come already.
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
            env.qr.remove(&who);
            Err(error)
        }
    }
}

/// What to do now.
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

/// Waits for something else than that code.
async fn changed(context: Context, login: Arc<QrLogin>, shown: String) -> Result {
    let mut state = login.state.subscribe();
    let left = EXPIRES.saturating_sub(login.started.elapsed());
    let other = state.wait_for(|state| *state != State::Showing(shown.clone()));
    let next = match tokio::time::timeout(left, other).await {
        Ok(Ok(next)) => next.clone(),
        _ => {
            context.env.qr.remove(&context.caller.bare());
            State::Failed(say!(context.language(), "register-qr-expired"))
        }
    };
    follow(&context, &login, next)
}

fn nobody() -> Error {
    Error::from(plugin_api::Condition::ItemNotFound).with_detail("nobody of that address is shown a code")
}
