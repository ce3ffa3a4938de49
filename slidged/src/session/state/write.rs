//! Stanzas and rows that a session writes.

use crate::host::Share;
use crate::services;
use crate::services::Privilege;
use crate::session::contacts::Extra;
use crate::session::state::Session;
use crate::stanza::client_type;
use crate::store;
use crate::store::Entry;
use crate::store::Outgoing;
use crate::store::StoreError;
use crate::store::Write;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use crate::xmpp::reply;
use bytes::Bytes;
use plugin_api::ContactId;
use plugin_api::Data;
use plugin_api::Error;
use plugin_api::host::Reply;
use serde::Serialize;

impl Session {
    /// Sends a stanza that need not survive an outage.
    pub(in crate::session) fn send(&self, stanza: Bytes) {
        self.send_all([stanza]);
    }

    /// Sends several stanzas that need not survive an outage, which costs little more than one.
    pub(in crate::session) fn send_all(&self, stanzas: impl IntoIterator<Item = Bytes>) {
        self.writer.send(stanzas);
    }

    /// Sends durable stanzas.
    pub(in crate::session) fn deliver_stanzas(&self, stanzas: impl IntoIterator<Item = Bytes>) {
        let stanzas = stanzas.into_iter().map(Outgoing::durable).collect();
        self.writer.note(Entry { stanzas, ..Entry::default() });
    }

    /// Sends a durable message from the gateway to the user.
    pub(in crate::session) fn gateway_message(&self, text: &str) {
        self.writer.note(self.services.messenger.said_to(&self.user.address, text));
    }

    /// Replaces the user's data.
    ///
    /// # Errors
    ///
    /// Data that cannot be sealed; the old ones stand.
    pub(in crate::session) fn store_data(&mut self, data: Data) -> Result<(), Error> {
        let sealed =
            services::seal(&self.services.store, &self.user.jid, &data).map_err(StoreError::for_plugin)?;
        self.user.data = data;
        self.write(Write::UserCredentials(self.user.id, Some(sealed)));
        Ok(())
    }

    pub(in crate::session) fn write(&self, write: Write) {
        // A failure is logged by the journal; memory stays right, and the next change is written
        // whole.
        self.writer.note(Entry { writes: vec![write], ..Entry::default() });
    }

    pub(in crate::session) fn store_contact(&self, id: &ContactId) {
        if let Some(row) = self.contact_row(id) {
            self.write(Write::Contact(row));
        }
    }

    /// Converts a contact into its row.
    pub(in crate::session) fn contact_row(&self, id: &ContactId) -> Option<store::Contact> {
        let contact = self.contacts.get(id)?;
        let extra = Extra { groups: contact.groups.clone(), unanswered: contact.unanswered };
        Some(store::Contact {
            user: self.user.id,
            legacy_id: id.as_str().into(),
            name: contact.name.as_deref().map(Into::into),
            is_friend: contact.friend,
            on_roster: contact.on_roster,
            client_type: client_type::client_name(contact.client).into(),
            avatar: contact.avatar.hash().map(Into::into),
            avatar_version: contact.avatar.version().map(Into::into),
            // These are texts only, which have a form in JSON.
            extra: serde_json::to_string(&extra).unwrap_or_default().into(),
        })
    }

    pub(in crate::session) fn delete_contact(&self, id: &ContactId) {
        self.write(Write::ContactRemove(self.user.id, id.as_str().into()));
    }

    /// Answers a stanza with an error.
    pub(in crate::session) fn refuse(&self, stanza: &Stanza, error: &StanzaError) {
        if let Some(bytes) = reply::error(stanza, error) {
            self.send(bytes);
        }
    }

    /// Carries out an operation of the plugin, and answers it once all that it wrote is durable.
    pub(in crate::session) fn carry_out<T: Serialize + Send + 'static>(
        &mut self,
        reply: Reply<T>,
        share: Share,
        act: impl FnOnce(&mut Session) -> Result<T, Error>,
    ) {
        self.writer.begin();
        let done = act(self);
        self.writer.answer(reply, share, done);
    }

    /// Notes a privilege that is missing, and reports it unless this session did so before.
    pub(in crate::session) fn missed(&mut self, privilege: Privilege) {
        if !self.missed.contains(&privilege) {
            self.missed.push(privilege);
            self.services.notices.report_missing(
                (&self.user.jid, self.user.id),
                self.user.language,
                privilege,
            );
        }
    }
}
