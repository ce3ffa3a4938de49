//! The picture of a room: in service discovery (K17), in a presence of the room itself, and in its card (XEP-0153, XEP-0054).

use crate::{
    session::{Session, portrait::Portrait},
    xmpp::{muc, muc_user},
};
use plugin_api::ContactId;

impl Session {
    /// What is known of a room's picture; none if it is no room.
    pub(in crate::session) fn room_portrait_mut(&mut self, id: &ContactId) -> Option<&mut Portrait> {
        Some(&mut self.room_mut(id)?.portrait)
    }

    /// A room has another picture, or none any more: those in it are told.
    pub(in crate::session) fn room_portrait_changed(&self, id: &ContactId) {
        let address = self.services.address.contact_bare(id);
        self.to_clients(id, |to| muc::changed(&address, to, muc_user::CONFIGURATION));
        self.tell_room_portrait(id, None);
    }

    /// Tells a client that has just come in, or all, how the room looks.
    pub(super) fn tell_room_portrait(&self, id: &ContactId, client: Option<&str>) {
        let Some(photo) = self.room(id).and_then(|room| room.portrait.photo()) else { return };
        let address = self.services.address.contact_bare(id);
        match client {
            Some(client) => self.send(muc::photo(&address, &format!("{}/{client}", self.to), &photo)),
            None => self.to_clients(id, |to| muc::photo(&address, to, &photo)),
        }
    }
}
