//! Requests to join a room: whether the client may, and whether there is such a room.

use crate::say;
use crate::session::network_state::PATIENCE;
use crate::session::room::MAX_CLIENTS;
use crate::session::room::enter::enter;
use crate::session::room::entering::Entering;
use crate::session::room::info::found_room;
use crate::session::room::refusal::enters_no_more;
use crate::session::room::refusal::not_let_in;
use crate::session::room::refusal::refused;
use crate::session::state::Session;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use plugin_api::ContactId;
use plugin_api::RoomId;

pub(in crate::session) fn join(session: &mut Session, id: &ContactId, stanza: &Stanza) {
    let network = &session.services.info.component_name;
    if !session.services.info.groups {
        let text = say!(session.language, "no-rooms", network = network);
        return not_let_in(
            session,
            id,
            stanza,
            &StanzaError::with_text(Condition::FeatureNotImplemented, text),
        );
    }
    let Some(client) = stanza.from.as_ref().and_then(|from| from.resource()) else {
        return not_let_in(session, id, stanza, &StanzaError::new(Condition::BadRequest));
    };
    let Some(nick) = stanza.wanted_nick() else {
        let text = say!(session.language, "room-needs-nick");
        return not_let_in(session, id, stanza, &StanzaError::with_text(Condition::JidMalformed, text));
    };
    let inside = session.room(id).map_or(0, |room| room.clients.len());
    let place = session.rooms.place().filter(|_| inside < MAX_CLIENTS);
    let Some(place) = place else {
        let text = say!(session.language, "too-much-at-once");
        let error = StanzaError::with_text(Condition::ResourceConstraint, text);
        return not_let_in(session, id, stanza, &error);
    };
    session.rooms.attempts += 1;
    let attempt = session.rooms.attempts;
    session.rooms.entering.insert((id.as_str().into(), client.as_str().into()), attempt);
    let entering = Entering {
        client: client.as_str().into(),
        nick: nick.into(),
        attempt,
        epoch: session.services.privileges.epoch(),
        _place: place,
        stanza: Box::new(Stanza { payloads: Vec::new(), ..stanza.clone() }),
    };
    let (known, mut waiting, id) = (session.is_room(id), session.waiting(PATIENCE), id.clone());
    session.spawn(async move {
        let found = match waiting.remote().await {
            Ok(_) if known => Ok(None),
            Ok(remote) => match remote.update_room_info(RoomId(id.0.clone())).await {
                Ok(info) => Ok(Some(info)),
                Err(error) => Err((refused(&error), Some((remote, error)))),
            },
            Err(why) => Err((StanzaError::with_text(Condition::RecipientUnavailable, why), None)),
        };
        move |session: &mut Session| match found {
            Ok(info) => {
                if let Some(info) = info {
                    found_room(session, &id, info);
                }
                enter(session, &id, entering);
            }
            Err((why, failed)) => {
                enters_no_more(session, &id, &entering);
                not_let_in(session, &id, &entering.stanza, &why);
                if let Some((remote, error)) = failed {
                    session.check_panic(&remote, &error);
                }
            }
        }
    });
}
