//! Registration of users: credentials are checked with the network and stored, and a session is
//! started.

use super::{Admission, Users};
use crate::language::Language;
use crate::model::{attempts::Attempts, caller::Caller, lock::lock};
use crate::say;
use crate::services::Account;
use crate::session::{Control, Fresh};
use crate::stanza::error::stanza_error;
use crate::xmpp::{Condition, ErrorType, StanzaError};
use plugin_api::{Data, Error, Form, Info, RegistrationFlow, User};
use std::{
    pin::pin,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{sync::oneshot, time::timeout};

/// Time for the plugin to check credentials with the network.
const VALIDATE: Duration = Duration::from_secs(60);
/// Time for a user who registers again to have left: a logout and the plugin's cleaning up.
const LEAVING: Duration = Duration::from_secs(60);

/// Credentials that the network accepted.
pub enum Validated {
    /// Credentials to store, after a second factor where the network has one.
    Data(Data),
    /// Credentials to store, for which the network wants no second factor.
    NoCodeNeeded(Data),
}

/// Service that makes strangers users.
pub struct Registration {
    users: Arc<Users>,
    admission: Arc<Admission>,
    /// Lock held while a user is added, so that two registrations of one address do not overlap.
    enrolling: tokio::sync::Mutex<()>,
    attempts: Mutex<Attempts>,
    /// Preferences of a new user.
    preferences: Form,
}

/// Returns the plugin's way to register of this number; 0 is the first choice.
pub(crate) fn flow(info: &Info, flow: u32) -> Option<&RegistrationFlow> {
    match flow.checked_sub(1) {
        None => Some(&info.registration),
        Some(index) => info.alternative_registrations.get(usize::try_from(index).ok()?),
    }
}

/// Returns the instructions for the form of a way to register.
pub(crate) fn instructions(info: &Info, number: u32, language: Language) -> String {
    match flow(info, number) {
        Some(flow) if !flow.instructions.is_empty() => flow.instructions.clone(),
        _ => say!(language, "register-text"),
    }
}

impl Registration {
    /// Creates a service that adds users to `users` if `admission` lets them in, with these
    /// preferences.
    #[must_use]
    pub fn new(users: Arc<Users>, admission: Arc<Admission>, preferences: Form) -> Self {
        let attempts = Mutex::new(Attempts::new(users.services.policy.limits()));
        Registration { users, admission, enrolling: tokio::sync::Mutex::default(), attempts, preferences }
    }

    /// Checks credentials with the network.
    ///
    /// # Errors
    ///
    /// The answer to the user, with the reason.
    pub(crate) async fn validate(
        &self,
        caller: &Caller,
        form: Form,
        flow: u32,
    ) -> Result<Validated, StanzaError> {
        self.attempt(caller)?;
        let plugin = self.users.services.plugin.within(VALIDATE);
        match plugin.validate(caller.bare().to_string(), form.clone(), flow).await {
            Ok(data) => Ok(Validated::Data(data.unwrap_or(form))),
            // A network that checks nothing accepts everybody.
            Err(error) if error.is_unsupported() => Ok(Validated::Data(form)),
            Err(Error { complete: Some(data), .. }) => Ok(Validated::NoCodeNeeded(data)),
            Err(error) => Err(stanza_error(caller.language, &error)),
        }
    }

    /// Checks the code of a second factor, and returns what is added to the user's data.
    ///
    /// # Errors
    ///
    /// The answer to the user, with the reason.
    pub(crate) async fn validate_code(
        &self,
        language: Language,
        user: User,
        code: String,
    ) -> Result<Data, StanzaError> {
        let answer = self.users.services.plugin.within(VALIDATE).validate_two_factor_code(user, code).await;
        answer.map(Option::unwrap_or_default).map_err(|error| stanza_error(language, &error))
    }

    /// Asks the network for the content of a QR code to scan.
    ///
    /// # Errors
    ///
    /// The answer to the user, with the reason.
    pub(crate) async fn qr_text(&self, language: Language, user: User) -> Result<String, StanzaError> {
        let answer = self.users.services.plugin.within(VALIDATE).get_qr_text(user).await;
        answer.map_err(|error| stanza_error(language, &error))
    }

    fn attempt(&self, caller: &Caller) -> Result<(), StanzaError> {
        let stranger = !self.users.services.index.knows(&caller.bare());
        let mut attempts = lock(&self.attempts);
        attempts.note(&caller.bare(), stranger, Instant::now()).map_err(|wait| {
            let text =
                say!(caller.language, "register-too-often", minutes = wait.as_secs().div_ceil(60).max(1));
            StanzaError::with_text(Condition::PolicyViolation, text).of_type(ErrorType::Wait)
        })
    }

    /// Stores the credentials of a new or a known user.
    ///
    /// # Errors
    ///
    /// The answer to the user, with the reason.
    pub(crate) async fn enrol(
        &self,
        caller: &Caller,
        data: Data,
        invitation: Option<&str>,
    ) -> Result<Registered, StanzaError> {
        let jid = caller.bare();
        let language = caller.language;
        let trouble = |text: String| StanzaError::with_text(Condition::InternalServerError, text);
        loop {
            let mut left = pin!(self.users.left.notified());
            left.as_mut().enable();
            let enrolling = self.enrolling.lock().await;
            let Some(session) = self.users.session(&jid) else {
                let grant = self.admission.grant(caller, invitation).await?;
                let preferences = self.preferences.clone();
                let user =
                    Account::add(&self.users.services.store, jid, data, preferences, language, grant).await;
                let user = user.map_err(|error| {
                    tracing::error!(%error, "a user could not be stored");
                    trouble(say!(language, "register-not-stored"))
                })?;
                tracing::info!(user = %user.jid, "registered");
                let (begin, answered) = oneshot::channel();
                self.users.start_session(user, Some(Fresh { full: caller.jid.clone(), answered }));
                return Ok(Registered { _begin: Some(begin) });
            };
            drop(enrolling);
            if session.ask(|done| Control::SetData(data.clone(), done)).await.is_some() {
                return Ok(Registered { _begin: None });
            }
            // The user was just leaving: once that is over, they are a new one.
            if timeout(LEAVING, left).await.is_err() && self.users.session(&jid).is_some() {
                return Err(trouble(say!(language, "register-still-leaving")));
            }
        }
    }
}

/// Guard of a registration whose credentials are in the store. A new session says nothing before
/// this is dropped, so that the answer comes first.
pub(crate) struct Registered {
    _begin: Option<oneshot::Sender<()>>,
}
