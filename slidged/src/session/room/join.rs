//! A client comes into a room (WIRE 2.12): may it, and is there such a room?

use super::{MAX_CLIENTS, enter::Entering};
use crate::stanza::error::stanza_error;
use crate::{
    say,
    session::{Session, ready::PATIENCE},
    xmpp::{Condition, Stanza, StanzaError, muc},
};
use plugin_api::{ContactId, Error, RoomId};

impl Session {
    pub(super) fn join(&mut self, id: &ContactId, stanza: &Stanza) {
        let network = &self.services.info.component_name;
        if !self.services.info.groups {
            let text = say!(self.language, "no-rooms", network = network);
            return self.not_let_in(
                id,
                stanza,
                &StanzaError::with_text(Condition::FeatureNotImplemented, text),
            );
        }
        let Some(client) = stanza.from.as_ref().and_then(|from| from.resource()) else {
            return self.not_let_in(id, stanza, &StanzaError::new(Condition::BadRequest));
        };
        let Some(nick) = stanza.wanted_nick() else {
            let text = say!(self.language, "room-needs-nick");
            return self.not_let_in(id, stanza, &StanzaError::with_text(Condition::JidMalformed, text));
        };
        let inside = self.room(id).map_or(0, |room| room.clients.len());
        let place = self.rooms.place().filter(|_| inside < MAX_CLIENTS);
        let Some(place) = place else {
            let text = say!(self.language, "too-much-at-once");
            let error = StanzaError::with_text(Condition::ResourceConstraint, text);
            return self.not_let_in(id, stanza, &error);
        };
        self.rooms.attempts += 1;
        let attempt = self.rooms.attempts;
        self.rooms.entering.insert((id.as_str().into(), client.as_str().into()), attempt);
        let entering = Entering {
            client: client.as_str().into(),
            nick: nick.into(),
            attempt,
            epoch: self.services.privileges.epoch(),
            _place: place,
            stanza: Box::new(Stanza { payloads: Vec::new(), ..stanza.clone() }),
        };
        let (known, mut waiting, id) = (self.is_room(id), self.waiting(PATIENCE), id.clone());
        self.spawn(async move {
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
                        session.found_room(&id, info);
                    }
                    session.enter(&id, entering);
                }
                Err((why, failed)) => {
                    session.enters_no_more(&id, &entering);
                    session.not_let_in(&id, &entering.stanza, &why);
                    if let Some((remote, error)) = failed {
                        session.check_panic(&remote, &error);
                    }
                }
            }
        });
    }

    /// The error that answers a wish to come in.
    pub(super) fn not_let_in(&self, id: &ContactId, stanza: &Stanza, why: &StanzaError) {
        if let Some(error) = muc::refusal(stanza, &self.services.address.contact_bare(id), why) {
            self.send(error);
        }
    }

    /// A client that was on its way has given up, or arrived; false if it had given up before, or tries anew.
    pub(super) fn enters_no_more(&mut self, id: &ContactId, entering: &Entering) -> bool {
        let key = (id.as_str().into(), entering.client.clone());
        let current = self.rooms.entering.get(&key) == Some(&entering.attempt);
        if current {
            self.rooms.entering.remove(&key);
        }
        current
    }
}

/// What a network that knows no room says of one.
pub(super) fn refused(error: &Error) -> StanzaError {
    if error.is_unsupported() {
        return StanzaError::new(Condition::ItemNotFound);
    }
    stanza_error(error)
}
