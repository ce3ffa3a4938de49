//! In-band registration (XEP-0077 with its data form), and leaving again (WIRE 2.2).

use super::{Account, Gateway, disco::nothing, forms, read};
use crate::{
    session::{Event, Fresh, SessionHandle},
    xmpp::{
        Condition, Stanza, StanzaError,
        forms::Field,
        ns,
        register::{self, Request},
        reply,
        roster::{self, Subscription},
    },
};
use jid::{BareJid, Jid};
use plugin_api::{Form, RegistrationType};
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

impl Gateway {
    /// `jabber:iq:register`, get or set.
    pub(super) fn register(self: &Arc<Self>, from: Jid, iq: Stanza) {
        let Some(request) = Request::parse(&iq) else { return };
        if request == Request::Remove {
            return self.leave(&from, &iq);
        }
        if let Err((condition, text)) = self.may_register(&from) {
            return self.refuse(&iq, condition, &text);
        }
        let flow = &self.info.registration;
        if flow.kind != RegistrationType::SingleStepForm {
            let text = "This network needs more than one step: use the command “register” of the gateway";
            return self.refuse(&iq, Condition::BadRequest, text);
        }
        let gateway = self.clone();
        let given = match request {
            Request::Get => {
                self.tasks.spawn(async move { gateway.registration_form(&from, &iq).await });
                return;
            }
            Request::Submit(given) => given,
            Request::Remove | Request::Cancel => return self.send(reply::result(&iq, nothing)),
        };
        match forms::checked(&flow.fields, |var| given.get(var).map_or(&[], Vec::as_slice)) {
            Ok(form) => {
                self.tasks.spawn(async move {
                    match gateway.sign_up(&from, form).await {
                        Ok(registered) => {
                            gateway.send(reply::result(&iq, nothing));
                            drop(registered);
                        }
                        Err(error) => gateway.send(reply::error(&iq, &error).unwrap_or_default()),
                    }
                });
            }
            Err(text) => self.refuse(&iq, Condition::BadRequest, &text),
        }
    }

    /// # Errors
    ///
    /// Why not.
    pub(super) fn may_register(&self, from: &Jid) -> Result<(), (Condition, String)> {
        if self.policy.allows(&from.to_bare()) || self.session(&from.to_bare()).is_some() {
            return Ok(());
        }
        Err((Condition::NotAllowed, "This gateway does not serve your address".to_owned()))
    }

    async fn registration_form(&self, from: &Jid, iq: &Stanza) {
        let registered = self.session(&from.to_bare()).is_some();
        let current = self.current_data(&from.to_bare()).await;
        let flow = &self.info.registration;
        let mut fields = flow.fields.clone();
        if registered {
            fields.push(plugin_api::Field::boolean("remove", "Leave the gateway", false).required());
        }
        let title = format!("Registration with {}", self.info.component_name);
        let instructions = self.instructions();
        let mut form = forms::form(&title, instructions, &fields, &current);
        form.fields.insert(0, Field::form_type(ns::REGISTER));
        self.send(reply::result(iq, |xml| register::write_fields(xml, registered, &form)));
    }

    /// What to do with the registration form.
    pub(super) fn instructions(&self) -> &str {
        let given = &self.info.registration.instructions;
        if given.is_empty() { "Enter your credentials" } else { given }
    }

    async fn current_data(&self, jid: &BareJid) -> Form {
        match Account::of(&self.store, jid).await {
            Ok(account) => account.map(|account| account.data).unwrap_or_default(),
            Err(error) => {
                tracing::error!(%error, "a user could not be read");
                Form::new()
            }
        }
    }

    /// Checks credentials with the network and keeps them. Those of a registered user are replaced.
    ///
    /// # Errors
    ///
    /// What the user is told.
    pub(super) async fn sign_up(self: &Arc<Self>, from: &Jid, form: Form) -> Result<Registered, StanzaError> {
        let jid = from.to_bare();
        let stranger = self.session(&jid).is_none();
        let noted = {
            let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
            attempts.note(&jid, stranger, Instant::now())
        };
        if let Err(wait) = noted {
            let text = match wait.as_secs().div_ceil(60) {
                0 | 1 => "Too many attempts. Try again in a minute".to_owned(),
                minutes => format!("Too many attempts. Try again in {minutes} minutes"),
            };
            return Err(StanzaError::with_text(Condition::PolicyViolation, text));
        }
        let plugin = self.plugin.within(VALIDATE);
        let data = match plugin.validate(jid.to_string(), form.clone(), 0).await {
            Ok(data) => data.unwrap_or(form),
            // A network that takes everybody.
            Err(error) if error.is_unsupported() => form,
            Err(error) => return Err(super::stanza_error(&error)),
        };
        self.enrol(jid, from, data).await
    }

    /// Keeps the data of a user, old or new.
    async fn enrol(
        self: &Arc<Self>,
        jid: BareJid,
        from: &Jid,
        data: plugin_api::Data,
    ) -> Result<Registered, StanzaError> {
        let trouble = |text: &str| StanzaError::with_text(Condition::InternalServerError, text);
        loop {
            let mut left = pin!(self.left.notified());
            left.as_mut().enable();
            let enrolling = self.enrolling.lock().await;
            let Some(session) = self.session(&jid) else {
                let preferences = &self.info.preferences;
                let preferences =
                    preferences.iter().map(|field| (field.var.clone(), field.value.clone())).collect();
                let user = Account::add(&self.store, jid, data, preferences).await.map_err(|error| {
                    tracing::error!(%error, "a user could not be stored");
                    trouble("The gateway cannot store your registration at the moment")
                })?;
                tracing::info!(user = %user.jid, "registered");
                let (begin, answered) = oneshot::channel();
                self.start_session(user, Some(Fresh { full: from.clone(), answered }));
                return Ok(Registered { _begin: Some(begin) });
            };
            drop(enrolling);
            let (done, kept) = oneshot::channel();
            session.tell(Event::SetData(data.clone(), done)).await;
            if kept.await.is_ok() {
                return Ok(Registered { _begin: None });
            }
            // They were just leaving: when that is over, they are new.
            if timeout(LEAVING, left).await.is_err() && self.session(&jid).is_some() {
                return Err(trouble(
                    "The gateway is busy with your last registration. Try again in a minute",
                ));
            }
        }
    }

    /// What a new user sees first (WIRE 2.2 a to c). True when their server lets us see their presence already; otherwise they were asked.
    pub async fn welcome(&self, jid: &BareJid, full: &Jid) -> bool {
        let subscribed = self.onto_roster(jid).await;
        for admin in &self.policy.admins {
            drop(self.message_to(admin.0.as_str(), &format!("{full} has registered")));
        }
        let welcome = if self.info.welcome_message.is_empty() {
            format!(
                "Welcome to the {} gateway. Your contacts will appear in your contact list; just write to them.",
                self.info.component_name
            )
        } else {
            self.info.welcome_message.clone()
        };
        drop(self.message_to(jid.as_str(), &welcome));
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
            match self.set(&to, |xml| roster::write(xml, &[item])).await {
                Ok(_) => return true,
                Err(error) => tracing::warn!(%error, "the gateway could not be put on a roster"),
            }
        }
        self.ask_for_subscription(&to);
        false
    }

    /// The gateway's wish to see the user's presence.
    pub(crate) fn ask_for_subscription(&self, to: &str) {
        let nick = Some(self.info.component_name.as_str());
        self.send(crate::session::shape::subscription(&self.domain, to, "subscribe", None, nick));
    }

    /// `<remove/>`: also for somebody who is not registered the answer is yes, since that is what they want to be.
    fn leave(self: &Arc<Self>, from: &Jid, iq: &Stanza) {
        self.send(reply::result(iq, nothing));
        if let Some(session) = self.session(&from.to_bare()) {
            self.unregister(session);
        }
    }

    /// Ends a registration, beside whatever asked for it.
    pub(super) fn unregister(self: &Arc<Self>, session: SessionHandle) {
        self.tasks.spawn(async move {
            let (done, left) = oneshot::channel();
            session.tell(Event::Unregister(done)).await;
            if left.await.is_err() {
                tracing::warn!(user = %session.jid(), "the session ended before its user had left");
            }
        });
    }

    /// Is that user registered?
    #[must_use]
    pub fn is_registered(&self, jid: &BareJid) -> bool {
        read(&self.sessions).contains_key(jid)
    }
}

/// Somebody whose credentials are in the store. A new session says nothing before this is dropped, so that the answer comes first.
pub(super) struct Registered {
    _begin: Option<oneshot::Sender<()>>,
}
