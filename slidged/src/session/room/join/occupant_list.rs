//! List of the occupants of a room, for the joins that wait for it.

use crate::session::room::Occupants;
use crate::session::room::changes::occupants_of;
use crate::session::room::join::Join;
use crate::session::room::refusal;
use crate::session::state::Session;
use plugin_api::ContactId;
use plugin_api::Error;
use plugin_api::ParticipantInfo;
use plugin_api::RoomId;
use std::sync::Arc;

/// Asks the network who is in a room; `then` takes up each join that waits for the answer.
pub(super) fn ask_occupants(session: &mut Session, id: &ContactId, then: fn(Join, &mut Session)) {
    let (remote, id) = (session.online(), id.clone());
    session.spawn(async move {
        let asked = match &remote {
            Some(remote) => remote.fill_participants(RoomId(id.0.clone())).await,
            None => Err(Error::from(plugin_api::Condition::RecipientUnavailable)),
        };
        move |session: &mut Session| {
            let list = match asked {
                // A network that does not tell who is there.
                Err(error) if error.is_unsupported() => Ok(Vec::new()),
                other => other,
            };
            if let (Some(remote), Err(error)) = (&remote, &list) {
                session.check_panic(remote, error);
            }
            occupants_told(session, &id, list, then);
        }
    });
}

fn occupants_told(
    session: &mut Session,
    id: &ContactId,
    list: Result<Vec<ParticipantInfo>, Error>,
    then: fn(Join, &mut Session),
) {
    let changes = session.room_changes.remove(id).unwrap_or_default();
    let Some(room) = session.room_mut(id) else { return };
    let Occupants::Asked(joins) = std::mem::take(&mut room.occupants) else { return };
    let failed = match list {
        Ok(list) => {
            let occupants = occupants_of(session, id, list);
            if let Some(room) = session.room_mut(id) {
                room.occupants = Occupants::Known(Arc::new(occupants));
            }
            None
        }
        Err(error) => Some(refusal::refused(session.user.language, &error)),
    };
    // After a failure these find a room in which nobody is known.
    for change in changes {
        session.in_order(Some(id), change);
    }
    for join in joins {
        match &failed {
            None => then(join, session),
            Some(why) => join.refuse(session, why),
        }
    }
}
