//! Steps of a join: whether the client may come in, whether there is such a room, who is there,
//! the client itself, the subject.

use crate::say;
use crate::services;
use crate::session::chat_queue::Direction;
use crate::session::network_state::PATIENCE;
use crate::session::room::JoinedClient;
use crate::session::room::MAX_CLIENTS;
use crate::session::room::Occupants;
use crate::session::room::avatar::tell_room_avatar;
use crate::session::room::history::recent;
use crate::session::room::history::replayed;
use crate::session::room::info::found_room;
use crate::session::room::join::Join;
use crate::session::room::join::occupant_list::ask_occupants;
use crate::session::room::leave::send_unavailable;
use crate::session::room::occupant_presence::PresenceDetails;
use crate::session::room::occupant_presence::RoomView;
use crate::session::room::occupant_presence::room_view;
use crate::session::room::occupants::OccupantKey;
use crate::session::room::occupants::OccupantList;
use crate::session::room::refusal::refuse_join;
use crate::session::room::refusal::refused;
use crate::session::room::store::store_room;
use crate::session::room::subject::tell_subject;
use crate::session::state::Session;
use crate::session::state::Then;
use crate::session::state::Turn;
use crate::store::Archived;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use crate::xmpp::muc;
use crate::xmpp::muc_user;
use plugin_api::ContactId;
use plugin_api::RoomId;
use std::sync::Arc;

/// Occupants that are told in one go; then others have their turn. Some 200 µs.
const CHUNK: usize = 100;

/// Takes a presence with which a client wants to join a room.
pub(in crate::session) fn join(session: &mut Session, id: &ContactId, stanza: &Stanza) {
    match admit(session, id, stanza) {
        Ok(join) => join.run(session),
        Err(why) => refuse_join(session, id, stanza, &why),
    }
}

/// Begins a join, if there may be one.
///
/// # Errors
///
/// The answer for the client.
fn admit(session: &mut Session, id: &ContactId, stanza: &Stanza) -> Result<Join, StanzaError> {
    let language = session.user.language;
    if !session.services.info.groups {
        let text = say!(language, "no-rooms", network = &session.services.info.component_name);
        return Err(StanzaError::with_text(Condition::FeatureNotImplemented, text));
    }
    let Some(client) = stanza.from.as_ref().and_then(|from| from.resource()) else {
        return Err(StanzaError::new(Condition::BadRequest));
    };
    let Some(nick) = stanza.wanted_nick() else {
        return Err(StanzaError::with_text(Condition::JidMalformed, say!(language, "room-needs-nick")));
    };
    let inside = session.room(id).map_or(0, |room| room.clients.len());
    let Some(place) = session.rooms.place().filter(|_| inside < MAX_CLIENTS) else {
        let text = say!(language, "too-much-at-once");
        return Err(StanzaError::with_text(Condition::ResourceConstraint, text));
    };
    session.rooms.attempts += 1;
    let attempt = session.rooms.attempts;
    session.rooms.entering.insert((id.as_str().into(), client.as_str().into()), attempt);
    Ok(Join {
        room: id.clone(),
        client: client.as_str().into(),
        nick: nick.into(),
        history: muc::History::parse(stanza),
        attempt,
        epoch: session.services.privileges.epoch(),
        _place: place,
        stanza: Box::new(Stanza { payloads: Vec::new(), ..stanza.clone() }),
    })
}

impl Join {
    /// Waits for the network, asks it about a room that is not known yet, and goes in.
    fn run(self, session: &mut Session) {
        let (known, mut waiting) = (session.is_room(&self.room), session.waiting(PATIENCE));
        let language = session.user.language;
        session.spawn(async move {
            let found = match waiting.remote().await {
                Ok(_) if known => Ok(None),
                Ok(remote) => match remote.update_room_info(RoomId(self.room.0.clone())).await {
                    Ok(info) => Ok(Some(info)),
                    Err(error) => Err((refused(language, &error), Some((remote, error)))),
                },
                Err(why) => Err((StanzaError::with_text(Condition::RecipientUnavailable, why), None)),
            };
            move |session: &mut Session| match found {
                Ok(info) => {
                    if let Some(info) = info {
                        found_room(session, &self.room, info);
                    }
                    self.enter(session);
                }
                Err((why, failed)) => {
                    self.refuse(session, &why);
                    if let Some((remote, error)) = failed {
                        session.check_panic(&remote, &error);
                    }
                }
            }
        });
    }

    /// Goes in behind what is under way in the room, as soon as it is known who is there.
    fn enter(self, session: &mut Session) {
        session.in_order(Some(&self.room.clone()), move |session| self.enter_now(session));
    }

    fn enter_now(self, session: &mut Session) {
        let id = self.room.clone();
        let Some(room) = session.room_mut(&id) else { return self.room_ended(session) };
        match &mut room.occupants {
            Occupants::Asked(waiting) => waiting.push(self),
            Occupants::Unknown => {
                room.occupants = Occupants::Asked(vec![self]);
                ask_occupants(session, &id, Join::enter);
            }
            Occupants::Known(occupants) => {
                let occupants = occupants.clone();
                self.show_occupants(session, occupants);
            }
        }
    }

    /// Shows the client who is there; what happens in the room meanwhile comes behind that.
    fn show_occupants(self, session: &mut Session, occupants: Arc<OccupantList>) {
        let Some(view) = room_view(session, &self.room) else { return self.room_ended(session) };
        let room = self.room.clone();
        let turn: Turn = Box::pin(async move {
            tell_who_is_there(&view, &occupants, &self.client).await;
            drop(occupants);
            let history = recent(&view, &self.room, &self.history).await;
            Box::new(move |session: &mut Session| self.arrive(session, &history)) as Then
        });
        session.take_turns(Direction::ToUser, room, 0, turn);
    }

    /// Shows the client itself, the history and the subject, and counts it among those inside.
    fn arrive(self, session: &mut Session, history: &[Archived]) {
        let id = self.room.clone();
        let (Some(view), own) = (room_view(session, &id), session.own_resource(&id)) else {
            return self.room_ended(session);
        };
        let Some(room) = session.room_mut(&id) else { return };
        let Some(me) = room.occupant_list().and_then(|occupants| occupants.get(&own)).cloned() else {
            // The network has been away meanwhile: from the beginning.
            return self.enter(session);
        };
        if !self.is_over(session) {
            return;
        }
        if self.epoch != session.services.privileges.epoch() {
            // It has not heard all of this.
            return send_unavailable(session, &id, &[self.client], Some(muc_user::TECHNICAL), None);
        }
        let Some(room) = session.room_mut(&id) else { return };
        room.info.outside = false;
        if !room.has_client(&self.client) && room.clients.len() < MAX_CLIENTS {
            room.clients.push(JoinedClient { resource: self.client.clone(), epoch: Some(self.epoch) });
        }
        let mut codes = Vec::new();
        if view.is_open() {
            codes.push(muc_user::NON_ANONYMOUS);
        }
        codes.push(muc_user::SELF);
        if *own != *self.nick {
            codes.push(muc_user::NICK_GIVEN);
        }
        let more =
            PresenceDetails { id: self.stanza.id.as_deref(), codes: &codes, ..PresenceDetails::default() };
        session.send(view.presence((&own, &me), &self.client, &more));
        session.send_all(history.iter().map(|message| replayed(&view, message, &self.client)));
        tell_subject(session, &id, Some(&self.client));
        tell_room_avatar(session, &id, Some(&self.client));
        store_room(session, &id);
    }

    /// Answers a client whose room has ended meanwhile.
    fn room_ended(&self, session: &mut Session) {
        if self.is_over(session) {
            refuse_join(session, &self.room, &self.stanza, &StanzaError::new(Condition::ItemNotFound));
        }
    }

    /// Ends the join with an error.
    pub(super) fn refuse(&self, session: &mut Session, why: &StanzaError) {
        self.is_over(session);
        refuse_join(session, &self.room, &self.stanza, why);
    }

    /// Notes that the client is no longer on its way; false if it gave up before, or tries anew.
    fn is_over(&self, session: &mut Session) -> bool {
        let key = (self.room.as_str().into(), self.client.clone());
        let current = session.rooms.entering.get(&key) == Some(&self.attempt);
        if current {
            session.rooms.entering.remove(&key);
        }
        current
    }
}

/// Tells a client of every occupant but the user, so many at a time.
async fn tell_who_is_there(view: &RoomView, occupants: &OccupantList, client: &str) {
    let mut told = None;
    loop {
        let some: Vec<_> = occupants.behind(told.as_ref()).take(CHUNK).collect();
        let Some((last, _)) = some.last() else { return };
        told = Some((*last).clone());
        let others = some.iter().filter(|(_, occupant)| occupant.who != OccupantKey::User);
        let stanzas: Vec<_> = others
            .map(|(at, occupant)| view.presence((at, occupant), client, &PresenceDetails::default()))
            .collect();
        services::send_all(&view.journal, stanzas);
        tokio::task::yield_now().await;
    }
}
