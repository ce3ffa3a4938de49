//! Sign-up and removal by in-band registration with a data form (XEP-0077).

use super::Component;
use crate::model::caller::Caller;
use crate::say;
use crate::services::Account;
use crate::stanza::form;
use crate::users::{self, Admission, Door, INVITATION, Registered, Validated, unregister};
use crate::xmpp::forms::Field;
use crate::xmpp::register::{self, Request};
use crate::xmpp::{Condition, Stanza, StanzaError, ns, reply};
use jid::{BareJid, Jid};
use plugin_api::{Form, RegistrationType};
use std::{collections::BTreeMap, sync::Arc};

/// Most bytes that a submitted form may have altogether: a few of the largest values of a field.
const MAX_GIVEN: usize = 64 << 10;

/// Values that were filled in, by field.
type Given = BTreeMap<String, Vec<String>>;

impl Component {
    /// Handles `jabber:iq:register`, get or set.
    pub(super) fn register(self: &Arc<Self>, from: Jid, iq: Stanza) {
        let Some(request) = Request::parse(&iq) else {
            return self.services.refusals.answer_error(&iq, &StanzaError::new(Condition::BadRequest));
        };
        if request == Request::Remove {
            return self.leave(&from, &iq);
        }
        let caller = self.users.caller(from, iq.lang.as_deref());
        let language = caller.language;
        if let Err((condition, text)) = self.admission.may_register(&caller.jid, language) {
            return self.services.refusals.refuse(&iq, condition, &text);
        }
        let flow = &self.services.info.registration;
        if flow.kind != RegistrationType::SingleStepForm {
            return self.services.refusals.refuse(
                &iq,
                Condition::BadRequest,
                &say!(language, "register-by-command"),
            );
        }
        let component = self.clone();
        let given = match request {
            Request::Get => {
                return self.serve(&caller.bare(), iq, |iq| async move {
                    component.registration_form(&caller, &iq).await;
                });
            }
            Request::Submit(given) => given,
            Request::Remove | Request::Cancel => return self.services.uplink.send(reply::empty(&iq)),
        };
        if given.values().flatten().map(String::len).sum::<usize>() > MAX_GIVEN {
            return self.services.refusals.refuse(
                &iq,
                Condition::NotAcceptable,
                &say!(language, "too-much-at-once"),
            );
        }
        self.serve(&caller.bare(), iq, |iq| async move { component.sign_up(&caller, &given, &iq).await });
    }

    async fn sign_up(self: &Arc<Self>, caller: &Caller, given: &Given, iq: &Stanza) {
        match self.signed_up(caller, given).await {
            // The guard is held until the answer is sent, so that the new session speaks after it.
            Ok(_registered) => self.services.uplink.send(reply::empty(iq)),
            Err(error) => self.services.refusals.answer_error(iq, &error),
        }
    }

    async fn signed_up(self: &Arc<Self>, caller: &Caller, given: &Given) -> Result<Registered, StanzaError> {
        let fields = self.fields_for(caller).await?;
        let values = |var: &str| given.get(var).map_or(&[] as &[String], Vec::as_slice);
        let mut form = form::filled(caller.language, &fields, values)
            .map_err(|text| StanzaError::with_text(Condition::BadRequest, text))?;
        let invitation = form.remove(INVITATION);
        // The invitation is checked before the network is asked.
        drop(self.admission.grant(caller, invitation.as_deref()).await?);
        let (Validated::Data(data) | Validated::NoCodeNeeded(data)) =
            self.env.registration.validate(caller, form, 0).await?;
        self.env.registration.enrol(caller, data, invitation.as_deref()).await
    }

    /// Returns the fields that the caller has to fill in.
    async fn fields_for(&self, caller: &Caller) -> Result<Vec<plugin_api::Field>, StanzaError> {
        let mut fields = self.services.info.registration.fields.clone();
        match self.admission.door(caller).await? {
            Door::Open => {}
            Door::Invitation => fields.insert(0, Admission::invitation_field(caller.language)),
            Door::Waiting(text) => return Err(StanzaError::with_text(Condition::NotAllowed, text)),
        }
        Ok(fields)
    }

    async fn registration_form(&self, caller: &Caller, iq: &Stanza) {
        let (language, bare) = (caller.language, caller.bare());
        let registered = self.users.session(&bare).is_some();
        let current = self.current_data(&bare).await;
        let mut fields = match self.fields_for(caller).await {
            Ok(fields) => fields,
            Err(error) => return self.services.refusals.answer_error(iq, &error),
        };
        if registered {
            let label = say!(language, "register-remove");
            fields.push(plugin_api::Field::boolean("remove", label, false).required());
        }
        let title = say!(language, "register-title", network = &self.services.info.component_name);
        let mut form =
            form::form(&title, &users::instructions(&self.services.info, 0, language), &fields, &current);
        form.fields.insert(0, Field::form_type(ns::REGISTER));
        self.services.uplink.send(reply::result(iq, |xml| register::write_fields(xml, registered, &form)));
    }

    async fn current_data(&self, jid: &BareJid) -> Form {
        match Account::of(&self.services.store, jid).await {
            Ok(account) => account.map(|account| account.data).unwrap_or_default(),
            Err(error) => {
                tracing::error!(%error, "a user could not be read");
                Form::new()
            }
        }
    }

    /// Handles `<remove/>`. Somebody who is not registered gets a result too, since that is what
    /// they ask for.
    fn leave(self: &Arc<Self>, from: &Jid, iq: &Stanza) {
        match self.users.session(&from.to_bare()) {
            Some(session) => unregister(&self.users, session, Some(iq.clone())),
            None => self.services.uplink.send(reply::empty(iq)),
        }
    }
}
