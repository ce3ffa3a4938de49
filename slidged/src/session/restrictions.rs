//! Which reactions there are in a chat (XEP-0444 section 2.3, K11): the network knows.

use super::Session;
use crate::xmpp::{Stanza, ns, reactions};
use plugin_api::{Chat, ContactId, Error};

impl Session {
    /// Does that ask what a contact's client can do, and may the network know more than we do?
    pub(super) fn may_be_restricted(&self, iq: &Stanza) -> bool {
        let full = iq.to.as_ref().is_some_and(|to| to.resource().is_some());
        let asks = |p: &minidom::Element| p.is("query", ns::DISCO_INFO) && p.attr("node").is_none();
        full && iq.payload().is_some_and(asks)
            && self.gateway.info.contact_features.reaction
            && !self.gateway.lacks("available_emojis")
            && self.online().is_some()
    }

    /// Answers once the network has told.
    pub(super) fn tell_restrictions(&mut self, contact: &ContactId, iq: Stanza) {
        let Some(remote) = self.online() else { return };
        let (contact, gateway) = (contact.clone(), self.gateway.clone());
        self.spawn(async move {
            let told = remote.available_emojis(Chat::contact(contact.clone()), None).await;
            if told.as_ref().is_err_and(|error| *error == Error::unsupported("available_emojis")) {
                gateway.note_lack("available_emojis");
            }
            move |session: &mut Session| {
                let client = session.contacts.get(&contact).map(|contact| contact.client);
                let allowed = told.unwrap_or_default().map(reactions::tidy);
                session.send(session.gateway.answer_for_contact(&iq, client, allowed.as_deref()));
            }
        });
    }
}
