//! Removal of rooms that the user is no longer in.

use crate::session::room::leave::remove_clients;
use crate::session::room::leave::unmark;
use crate::session::state::Session;
use crate::store::Entry;
use crate::store::Write;
use crate::xmpp::muc_user;
use plugin_api::ContactId;
use plugin_api::Departure;

pub(in crate::session) fn forget_room(session: &mut Session, id: &ContactId) {
    if session.rooms.known.remove(id.as_str()).is_some() {
        session.write(Write::RoomRemove(session.user.id, id.as_str().into()));
    }
}

/// Removes a room that the user is no longer in, and their clients from it.
pub(in crate::session) fn remove_room(
    session: &mut Session,
    id: &ContactId,
    departure: Departure,
    reason: Option<&str>,
) {
    let code = match departure {
        Departure::Kicked => muc_user::KICKED,
        Departure::Banned => muc_user::BANNED,
        Departure::Left | Departure::Unknown => muc_user::NOT_MEMBER,
    };
    remove_clients(session, id, code, reason, |_| true);
    let stanzas: Vec<_> = unmark(session, id).into_iter().collect();
    if !stanzas.is_empty() {
        session.journal.note(Entry { stanzas, ..Entry::default() });
    }
    forget_room(session, id);
}
