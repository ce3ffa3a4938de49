//! Logins by QR code that are under way.

use crate::model::caller::Caller;
use crate::model::crowd::Guests;
use crate::model::crowd::Place;
use crate::model::crowd::Places;
use crate::model::lock::lock;
use crate::services::FileMessages;
use crate::services::UserIndex;
use crate::users::Registration;
use jid::BareJid;
use plugin_api::Data;
use plugin_api::Error;
use plugin_api::QrOutcome;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;
use tokio::sync::watch;

/// Time after which a login by QR code has expired.
pub(crate) const EXPIRES: Duration = Duration::from_secs(600);

/// Most codes that are shown to strangers at the same time.
pub(crate) const STRANGERS: Places = Places { all: 1000, each: 1 };

/// Logins by QR code that are under way, by user.
pub(crate) struct QrLogins {
    pub(crate) shown: Mutex<HashMap<BareJid, (Arc<QrLogin>, Place)>>,
    pub(crate) places: Guests,
}

impl Default for QrLogins {
    fn default() -> Self {
        QrLogins { shown: Mutex::default(), places: Guests::new(STRANGERS, STRANGERS.each) }
    }
}

pub(crate) struct QrLogin {
    pub(crate) caller: Caller,
    pub(crate) index: UserIndex,
    pub(crate) flow: u32,
    pub(crate) data: Data,
    pub(crate) invitation: Option<String>,
    pub(crate) known: bool,
    pub(crate) state: watch::Sender<State>,
    pub(crate) started: Instant,
    /// The code that stands in the chat, and the ids of its messages.
    pub(crate) in_chat: Mutex<Option<(String, Vec<String>)>>,
}

#[derive(Clone, PartialEq)]
pub(crate) enum State {
    /// The network has not given its first code yet.
    Asking,
    Showing(String),
    Confirmed,
    Failed(String),
}

impl QrLogins {
    pub(crate) fn get(&self, who: &BareJid) -> Option<Arc<QrLogin>> {
        let logins = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        logins.get(who).map(|(login, _)| login).filter(|login| login.started.elapsed() < EXPIRES).cloned()
    }

    pub(crate) fn put(&self, who: BareJid, login: Arc<QrLogin>) -> bool {
        let mut logins = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        // The newer login takes over the place of the older one.
        let (first, known) = (logins.remove(&who), login.index.knows(&who));
        let place = first.map(|(_, place)| place).or_else(|| self.places.enter(&who, known)).or_else(|| {
            logins.retain(|_, (login, _)| login.started.elapsed() < EXPIRES);
            self.places.enter(&who, known)
        });
        let Some(place) = place else { return false };
        logins.insert(who, (login, place));
        true
    }

    pub(crate) fn remove(&self, files: &FileMessages, who: &BareJid) {
        self.leave_chat(files, who);
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).remove(who);
    }

    /// Shows a code in the chat, in the place of the one before it.
    pub(crate) async fn show_in_chat(
        &self,
        files: &FileMessages,
        who: &BareJid,
        code: &str,
    ) -> Result<(), Error> {
        let shown = files.qr_to(who, code).await?;
        let Some(login) = self.get(who) else { return Ok(()) };
        let older = lock(&login.in_chat).replace((code.to_owned(), shown.ids));
        if let Some((_, ids)) = older {
            files.take_back_code(who, login.caller.language, &ids);
        }
        // It may have come to an end while the picture was uploaded.
        if *login.state.borrow() != State::Showing(code.to_owned()) {
            login.leave_chat(files);
        }
        Ok(())
    }

    /// Whether that code stands in the chat.
    pub(crate) fn is_in_chat(&self, who: &BareJid, code: &str) -> bool {
        self.get(who)
            .is_some_and(|login| lock(&login.in_chat).as_ref().is_some_and(|(shown, _)| shown == code))
    }

    /// Takes the code out of the chat.
    pub(crate) fn leave_chat(&self, files: &FileMessages, who: &BareJid) {
        // One that nobody can scan any more as well.
        let login = lock(&self.shown).get(who).map(|(login, _)| login.clone());
        if let Some(login) = login {
            login.leave_chat(files);
        }
    }

    /// Replaces the code of a login by a newer one of the plugin.
    pub(crate) fn refreshed(&self, files: &FileMessages, who: &BareJid, text: String) -> Result<(), Error> {
        let login = self.get(who).ok_or_else(nobody)?;
        login.state.send_replace(State::Showing(text));
        login.leave_chat(files);
        Ok(())
    }

    /// Ends a login as the plugin reports it: the user is registered, or is told why not.
    pub(crate) async fn confirmed(
        &self,
        (registration, files): (&Registration, &FileMessages),
        who: BareJid,
        outcome: QrOutcome,
    ) -> Result<(), Error> {
        let login = self.get(&who).ok_or_else(nobody)?;
        self.remove(files, &who);
        let ended = match outcome.error {
            Some(why) => State::Failed(why),
            None => {
                let mut data = login.data.clone();
                data.extend(outcome.data);
                match registration.enrol(&login.caller, data, login.invitation.as_deref()).await {
                    Ok(_) => State::Confirmed,
                    Err(error) => State::Failed(error.text.unwrap_or_default()),
                }
            }
        };
        login.state.send_replace(ended);
        // One that was being uploaded meanwhile.
        login.leave_chat(files);
        Ok(())
    }
}

impl QrLogin {
    fn leave_chat(&self, files: &FileMessages) {
        if let Some((_, ids)) = lock(&self.in_chat).take() {
            files.take_back_code(&self.caller.bare(), self.caller.language, &ids);
        }
    }
}

pub(crate) fn nobody() -> Error {
    Error::from(plugin_api::Condition::ItemNotFound).with_detail("nobody of that address is shown a code")
}
