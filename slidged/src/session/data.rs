//! What a session keeps, and the small words that all of it uses.

use super::{
    Session, Then,
    contacts::Contact,
    conversation::{Turn, Way},
    ready::PATIENCE,
};
use crate::stanza::client_type;
use crate::stanza::error::stanza_error;
use crate::store::StoreError;
use crate::{
    say, services,
    store::{self, Entry, Outgoing, Write},
    xmpp::{Condition, StanzaError},
};
use bytes::Bytes;
use plugin_api::{ContactId, ContactInfo, Data, Error, Friendship, Presence, RemoteSession};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is kept of a contact beside what has a column.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Extra {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) groups: Box<[Box<str>]>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) unanswered: bool,
}

impl Session {
    /// Sends what need not survive an outage.
    pub(super) fn send(&self, stanza: Bytes) {
        self.send_all([stanza]);
    }

    /// The same with several at once, which costs little more than one.
    pub(super) fn send_all(&self, stanzas: impl IntoIterator<Item = Bytes>) {
        self.pen.send(stanzas);
    }

    /// Sends what must arrive.
    pub(super) fn deliver_stanzas(&self, stanzas: impl IntoIterator<Item = Bytes>) {
        let stanzas = stanzas.into_iter().map(Outgoing::durable).collect();
        self.pen.note(Entry { stanzas, ..Entry::default() });
    }

    /// A message from the gateway to the user, durable.
    pub(super) fn gateway_message(&self, text: &str) {
        self.pen.note(self.services.messenger.said_to(&self.to, text));
    }

    /// Replaces the user's data.
    ///
    /// # Errors
    ///
    /// When it cannot be sealed: then it stays as it was.
    pub(super) fn store_data(&mut self, data: Data) -> Result<(), Error> {
        let sealed =
            services::seal(&self.services.store, &self.jid, &data).map_err(StoreError::for_plugin)?;
        self.data = data;
        self.write(Write::UserCredentials(self.user_id, Some(sealed)));
        Ok(())
    }

    pub(super) fn write(&self, write: Write) {
        // A failure is logged by the journal; memory stays right, and the next change is written whole.
        self.pen.note(Entry { writes: vec![write], ..Entry::default() });
    }

    pub(super) fn store_contact(&self, id: &ContactId) {
        if let Some(row) = self.contact_row(id) {
            self.write(Write::Contact(row));
        }
    }

    /// A contact as it is stored.
    pub(super) fn contact_row(&self, id: &ContactId) -> Option<store::Contact> {
        let contact = self.contacts.get(id)?;
        let extra = Extra { groups: contact.groups.clone(), unanswered: contact.unanswered };
        Some(store::Contact {
            user: self.user_id,
            legacy_id: id.as_str().into(),
            name: contact.name.as_deref().map(Into::into),
            is_friend: contact.friend,
            on_roster: contact.on_roster,
            client_type: client_type::client_name(contact.client).into(),
            avatar: contact.portrait.hash().map(Into::into),
            avatar_version: contact.portrait.version().map(Into::into),
            // Texts only, which have a form in JSON.
            extra: serde_json::to_string(&extra).unwrap_or_default().into(),
        })
    }

    pub(super) fn delete_contact(&self, id: &ContactId) {
        self.write(Write::ContactRemove(self.user_id, id.as_str().into()));
    }

    pub(super) fn contact_info(&self, id: &ContactId) -> Option<ContactInfo> {
        self.contacts.get(id).map(|contact: &Contact| ContactInfo {
            id: id.clone(),
            name: contact.name.as_deref().map(str::to_owned),
            friendship: Some(if contact.friend { Friendship::Friend } else { Friendship::None }),
            client_type: Some(contact.client),
            presence: contact.shown().map(Presence::from),
            groups: Some(contact.groups.iter().map(ToString::to_string).collect()),
            ..ContactInfo::default()
        })
    }

    /// Calls a hook whose result the user is not told, in the order of that chat. A plugin that lacks it is asked only once.
    pub(super) fn hook<F>(
        &mut self,
        chat: ContactId,
        name: &'static str,
        call: impl FnOnce(Arc<RemoteSession>) -> F + Send + 'static,
    ) where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let Some(remote) = self.online() else { return };
        if self.services.hooks.lacks(name) || !self.has_room(&chat, 0) {
            return;
        }
        let turn: Turn = Box::pin(async move {
            let result = call(remote.clone()).await;
            Box::new(move |session: &mut Session| session.hooked(&remote, name, result)) as Then
        });
        self.take_turns(Way::ToNetwork, chat, 0, turn);
    }

    /// Calls a hook that must not be lost: it waits for a network that is about to be there, and whoever asked for it is told
    /// when nothing comes of it.
    pub(super) fn request<F>(
        &mut self,
        chat: ContactId,
        name: &'static str,
        call: impl FnOnce(Arc<RemoteSession>) -> F + Send + 'static,
        refused: impl FnOnce(&Session, &StanzaError) + Send + 'static,
    ) where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        self.decide(chat, name, call, move |session, done| {
            if let Err(error) = done {
                refused(session, &error);
            }
        });
    }

    /// The same, where whoever asked for it is told in any case.
    pub(super) fn decide<F>(
        &mut self,
        chat: ContactId,
        name: &'static str,
        call: impl FnOnce(Arc<RemoteSession>) -> F + Send + 'static,
        told: impl FnOnce(&mut Session, Result<(), StanzaError>) + Send + 'static,
    ) where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        if !self.has_room(&chat, 0) {
            let text = say!(self.language, "too-much-waits");
            return told(self, Err(StanzaError::with_text(Condition::ResourceConstraint, text)));
        }
        let mut waiting = self.waiting(PATIENCE);
        let turn: Turn = Box::pin(async move {
            let remote = match waiting.remote().await {
                Ok(remote) => remote,
                Err(why) => {
                    let error = StanzaError::with_text(Condition::RecipientUnavailable, why);
                    return Box::new(move |session: &mut Session| told(session, Err(error))) as Then;
                }
            };
            let result = call(remote.clone()).await;
            Box::new(move |session: &mut Session| {
                told(session, result.as_ref().copied().map_err(stanza_error));
                session.hooked(&remote, name, result);
            })
        });
        self.take_turns(Way::ToNetwork, chat, 0, turn);
    }

    /// What became of a hook of that session of the plugin.
    pub(super) fn hooked(
        &mut self,
        remote: &Arc<RemoteSession>,
        name: &'static str,
        result: Result<(), Error>,
    ) {
        match result {
            Ok(()) => {}
            // Only the answer that hooks have by default: others may be about this one case.
            Err(error) if error == Error::unsupported(name) => self.services.hooks.note_lack(name),
            Err(error) => {
                tracing::debug!(hook = name, %error, "a hook failed");
                self.check_panic(remote, &error);
            }
        }
    }

    /// A panic ends the session of the plugin that it happened in; an earlier one has ended already.
    pub(super) fn check_panic(&mut self, remote: &Arc<RemoteSession>, error: &Error) {
        if error.panicked && self.is_current(remote) {
            self.failed(error);
        }
    }
}
