//! Presence to rooms from clients that are not in them: each is told where it stands, so that it does not believe to be in.

use crate::session::Session;
use crate::xmpp::{Condition, Stanza, StanzaError};
use crate::{say, stanza};
use plugin_api::ContactId;

impl Session {
    /// A client that has not come in says that it is there: Prosody's rooms answer in the same way.
    pub(super) fn not_joined(&self, id: &ContactId, stanza: &Stanza) {
        let client = stanza.from.as_ref().and_then(|from| from.resource()).map(jid::ResourceRef::as_str);
        let on_its_way =
            |client: &str| self.rooms.entering.contains_key(&(Box::from(id.as_str()), Box::from(client)));
        // What it says on its way in means nothing yet.
        if client.is_some_and(on_its_way) {
            return;
        }
        let text = say!(self.language, "room-not-joined");
        self.not_let_in(id, stanza, &StanzaError::with_text(Condition::ItemNotFound, text));
    }

    /// The same where no room is known: it may have ended, or there never was one. Contacts do not care.
    pub(super) fn perhaps_to_room(&self, id: &ContactId, stanza: &Stanza) {
        if self.services.info.groups && !self.contacts.contains_key(id) {
            self.not_joined(id, stanza);
        }
    }

    /// A room has no presence of its own to subscribe to.
    pub(super) fn subscribe_to_room(&self, id: &ContactId, stanza: &Stanza) {
        match stanza.type_str() {
            "subscribe" | "unsubscribe" | "probe" => {
                let to = stanza.from.as_ref().map(ToString::to_string).unwrap_or_default();
                let room = self.services.address.contact_bare(id);
                self.send(stanza::subscription(&room, &to, "unsubscribed", None, None));
            }
            "subscribed" | "unsubscribed" => {}
            _ => self.unknown_presence(stanza),
        }
    }
}
