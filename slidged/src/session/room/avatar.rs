//! Avatar of a room: in service discovery (K17), in a presence of the room itself, and in its vCard
//! (XEP-0153, XEP-0054).

use crate::session::contact_avatar::KnownAvatar;
use crate::session::room::broadcast::to_clients;
use crate::session::state::Session;
use crate::xmpp::muc;
use crate::xmpp::muc_user;
use plugin_api::ContactId;

/// Returns what is known of the avatar of a room, if there is such a room.
pub(in crate::session) fn room_avatar_mut<'s>(
    session: &'s mut Session,
    id: &ContactId,
) -> Option<&'s mut KnownAvatar> {
    Some(&mut session.room_mut(id)?.avatar)
}

/// Tells the clients in a room that its avatar was changed or removed.
pub(in crate::session) fn room_avatar_changed(session: &Session, id: &ContactId) {
    let address = session.services.address.contact_bare(id);
    to_clients(session, id, |to| muc::changed(&address, to, muc_user::CONFIGURATION));
    tell_room_avatar(session, id, None);
}

/// Sends the avatar of a room to a client that has just joined, or to all.
pub(in crate::session) fn tell_room_avatar(session: &Session, id: &ContactId, client: Option<&str>) {
    let Some(photo) = session.room(id).and_then(|room| room.avatar.photo()) else { return };
    let address = session.services.address.contact_bare(id);
    match client {
        Some(client) => {
            session.send(muc::photo(&address, &format!("{}/{client}", session.user.address), &photo));
        }
        None => to_clients(session, id, |to| muc::photo(&address, to, &photo)),
    }
}
