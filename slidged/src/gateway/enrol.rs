//! Becoming a user: credentials checked with the network, kept, and the welcome.

use super::{Account, Gateway};
use crate::command::{self};
use crate::language::Language;
use crate::model::caller::Caller;
use crate::say;
use crate::session::{Asked, Fresh};
use crate::stanza::error::stanza_error;
use crate::xmpp::link::IqType;
use crate::xmpp::roster::{self, Subscription};
use crate::xmpp::{Condition, ErrorType, StanzaError};
use jid::{BareJid, Jid};
use plugin_api::{Data, Error, Form, RegistrationFlow, User};
use std::{
    pin::pin,
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};
use tokio::{sync::oneshot, time::timeout};

/// For the plugin to check credentials with the network.
const VALIDATE: Duration = Duration::from_secs(60);
/// For a user who registers again to be gone: a logout and the plugin's cleaning up.
const LEAVING: Duration = Duration::from_secs(60);
/// The group of the gateway itself in the roster.
const GROUP: &str = "Gateways";

/// What the network says of credentials.
pub enum Validated {
    /// They are right: to be kept.
    Data(Data),
    /// They are right, and the network wants no second factor for them.
    NoCodeNeeded(Data),
}

impl Gateway {
    /// A way to register; 0 is the first choice.
    pub(crate) fn flow(&self, flow: u32) -> Option<&RegistrationFlow> {
        match flow.checked_sub(1) {
            None => Some(&self.info.registration),
            Some(index) => self.info.alternative_registrations.get(usize::try_from(index).ok()?),
        }
    }

    /// What to do with its form.
    pub(crate) fn instructions(&self, flow: u32, language: Language) -> String {
        match self.flow(flow) {
            Some(flow) if !flow.instructions.is_empty() => flow.instructions.clone(),
            _ => say!(language, "register-text"),
        }
    }

    /// Checks credentials with the network.
    ///
    /// # Errors
    ///
    /// What the user is told.
    pub(crate) async fn validate(
        &self,
        caller: &Caller,
        form: Form,
        flow: u32,
    ) -> Result<Validated, StanzaError> {
        self.attempt(caller)?;
        let plugin = self.plugin.within(VALIDATE);
        match plugin.validate(caller.bare().to_string(), form.clone(), flow).await {
            Ok(data) => Ok(Validated::Data(data.unwrap_or(form))),
            // A network that takes everybody.
            Err(error) if error.is_unsupported() => Ok(Validated::Data(form)),
            Err(Error { complete: Some(data), .. }) => Ok(Validated::NoCodeNeeded(data)),
            Err(error) => Err(stanza_error(&error)),
        }
    }

    /// Checks the code of a second factor; what comes back is added to the user's data.
    ///
    /// # Errors
    ///
    /// What the user is told.
    pub(crate) async fn validate_code(&self, user: User, code: String) -> Result<Data, StanzaError> {
        let answer = self.plugin.within(VALIDATE).validate_two_factor_code(user, code).await;
        answer.map(Option::unwrap_or_default).map_err(|error| stanza_error(&error))
    }

    /// What the code to scan says.
    ///
    /// # Errors
    ///
    /// What the user is told.
    pub(crate) async fn qr_text(&self, user: User) -> Result<String, StanzaError> {
        let answer = self.plugin.within(VALIDATE).get_qr_text(user).await;
        answer.map_err(|error| stanza_error(&error))
    }

    fn attempt(&self, caller: &Caller) -> Result<(), StanzaError> {
        let stranger = !self.knows(&caller.bare());
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.note(&caller.bare(), stranger, Instant::now()).map_err(|wait| {
            let text =
                say!(caller.language, "register-too-often", minutes = wait.as_secs().div_ceil(60).max(1));
            StanzaError::with_text(Condition::PolicyViolation, text).of_type(ErrorType::Wait)
        })
    }

    /// Keeps the data of a user, old or new.
    pub(crate) async fn enrol(
        self: &Arc<Self>,
        caller: &Caller,
        data: Data,
        invitation: Option<&str>,
    ) -> Result<Registered, StanzaError> {
        let jid = caller.bare();
        let language = caller.language;
        let trouble = |text: String| StanzaError::with_text(Condition::InternalServerError, text);
        loop {
            let mut left = pin!(self.left.notified());
            left.as_mut().enable();
            let enrolling = self.enrolling.lock().await;
            let Some(session) = self.session(&jid) else {
                let grant = self.grant(caller, invitation).await?;
                let preferences = command::default_preferences(&self.info);
                let user = Account::add(&self.store, jid, data, preferences, language, grant).await;
                let user = user.map_err(|error| {
                    tracing::error!(%error, "a user could not be stored");
                    trouble(say!(language, "register-not-stored"))
                })?;
                tracing::info!(user = %user.jid, "registered");
                let (begin, answered) = oneshot::channel();
                self.start_session(user, Some(Fresh { full: caller.jid.clone(), answered }));
                return Ok(Registered { _begin: Some(begin) });
            };
            drop(enrolling);
            if session.ask(|done| Asked::SetData(data.clone(), done)).await.is_some() {
                return Ok(Registered { _begin: None });
            }
            // They were just leaving: when that is over, they are new.
            if timeout(LEAVING, left).await.is_err() && self.session(&jid).is_some() {
                return Err(trouble(say!(language, "register-still-leaving")));
            }
        }
    }

    /// What a new user sees first (WIRE 2.2 a to c). True when their server lets us see their presence already; otherwise they were asked.
    pub async fn welcome(&self, jid: &BareJid, full: &Jid, language: Language) -> bool {
        let subscribed = self.onto_roster(jid).await;
        for admin in &self.policy.admins {
            let language = self.language_of(&admin.0);
            self.tell(&admin.0, &say!(language, "admin-registered", who = full.to_string()));
        }
        let welcome = if self.info.welcome_message.is_empty() {
            say!(language, "welcome", network = &self.info.component_name)
        } else {
            self.info.welcome_message.clone()
        };
        self.tell(jid, &welcome);
        subscribed
    }

    /// The gateway itself on the user's roster: written, or asked for.
    async fn onto_roster(&self, jid: &BareJid) -> bool {
        let to = jid.to_string();
        if self.privileges(jid.domain().as_str()).is_some_and(|p| p.roster.can_set()) {
            let item = roster::Item {
                jid: self.jid.clone(),
                name: Some(self.info.component_name.clone()),
                subscription: Subscription::Both,
                ask: false,
                groups: vec![GROUP.to_owned()],
            };
            let items = [item];
            let written = async {
                self.ask_roster(IqType::Set, &to, &items).await?;
                self.check_roster(jid, &items).await
            };
            match written.await {
                Ok(()) => return true,
                Err(error) => tracing::warn!(%error, "the gateway could not be put on a roster"),
            }
        }
        self.ask_for_subscription(&to);
        false
    }

    /// The gateway's wish to see the user's presence.
    pub(crate) fn ask_for_subscription(&self, to: &str) {
        let nick = Some(self.info.component_name.as_str());
        self.send(crate::stanza::subscription(&self.domain, to, "subscribe", None, nick));
    }
}

/// Somebody whose credentials are in the store. A new session says nothing before this is dropped, so that the answer comes first.
pub(crate) struct Registered {
    _begin: Option<oneshot::Sender<()>>,
}
