//! What a contact can do, and which reactions there are in a chat (XEP-0444 section 2.3, K11): the network knows.

use super::Session;
use crate::xmpp::{Stanza, ns, reactions};
use bytes::Bytes;
use plugin_api::{Chat, ContactId, Error, Features};

impl Session {
    /// What a contact can do, or what can be done in a room.
    pub(super) fn can(&self, contact: &ContactId) -> &Features {
        if let Some(can) = self.can_in_room(contact) {
            return can;
        }
        let own = self.contacts.get(contact).and_then(|contact| contact.features.as_deref());
        own.unwrap_or(&self.services.info.contact_features)
    }

    /// Answers an iq to a contact without the plugin.
    pub(super) fn answer_for(&self, id: &ContactId, iq: &Stanza, allowed: Option<&[String]>) -> Bytes {
        let contact = self.contacts.get(id).map(|contact| (contact.client, self.can(id)));
        self.services.contact_disco.answer(iq, contact, allowed)
    }

    /// Does that ask what a contact's client can do, and may the network know more than we do?
    pub(super) fn may_be_restricted(&self, contact: &ContactId, iq: &Stanza) -> bool {
        let full = iq.to.as_ref().is_some_and(|to| to.resource().is_some());
        let asks = |p: &minidom::Element| p.is("query", ns::DISCO_INFO) && p.attr("node").is_none();
        full && iq.payload().is_some_and(asks)
            && self.can(contact).reaction
            && !self.services.hooks.lacks("available_emojis")
            && self.online().is_some()
    }

    /// Answers once the network has told.
    pub(super) fn tell_restrictions(&mut self, contact: &ContactId, iq: Stanza) {
        let Some(remote) = self.online() else { return };
        let (contact, services) = (contact.clone(), self.services.clone());
        self.spawn(async move {
            let told = remote.available_emojis(Chat::contact(contact.clone()), None).await;
            if told.as_ref().is_err_and(|error| *error == Error::unsupported("available_emojis")) {
                services.hooks.note_lack("available_emojis");
            }
            move |session: &mut Session| {
                let failed = told.as_ref().err().cloned();
                let allowed = told.unwrap_or_default().map(reactions::shown);
                session.send(session.answer_for(&contact, &iq, allowed.as_deref()));
                if let Some(error) = failed {
                    session.check_panic(&remote, &error);
                }
            }
        });
    }
}
