//! Joining of a room that exists: the client is sent the other occupants, itself, and the subject,
//! in this order.

use crate::services;
use crate::session::chat_queue::Way;
use crate::session::room::Inside;
use crate::session::room::MAX_CLIENTS;
use crate::session::room::Occupants;
use crate::session::room::avatar::tell_room_portrait;
use crate::session::room::changes::members_of;
use crate::session::room::entering::Entering;
use crate::session::room::leave::say_out;
use crate::session::room::occupant_presence::More;
use crate::session::room::occupant_presence::Scene;
use crate::session::room::occupant_presence::room_view;
use crate::session::room::occupants::Members;
use crate::session::room::occupants::Who;
use crate::session::room::refusal::enters_no_more;
use crate::session::room::refusal::not_let_in;
use crate::session::room::store::store_room;
use crate::session::room::subject::tell_subject;
use crate::session::state::Session;
use crate::session::state::Then;
use crate::session::state::Turn;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;
use crate::xmpp::muc_user;
use plugin_api::ContactId;
use plugin_api::Error;
use plugin_api::ParticipantInfo;
use plugin_api::RoomId;
use std::sync::Arc;

/// Most occupants that are sent in one go, some 200 µs; then other tasks have their turn.
const CHUNK: usize = 100;

/// Lets a client join after everything that is under way in the room, as soon as the occupants are
/// known.
pub(in crate::session) fn enter(session: &mut Session, id: &ContactId, entering: Entering) {
    let key = id.clone();
    session.in_order(Some(id), move |session| enter_now(session, &key, entering));
}

fn enter_now(session: &mut Session, id: &ContactId, entering: Entering) {
    let Some(room) = session.room_mut(id) else {
        return gone_again(session, id, &entering);
    };
    match &mut room.occupants {
        Occupants::Asked(waiting) => waiting.push(entering),
        Occupants::Unknown => {
            room.occupants = Occupants::Asked(vec![entering]);
            ask_occupants(session, id);
        }
        Occupants::Known(members) => {
            let members = members.clone();
            walk_in(session, id, entering, members);
        }
    }
}

/// Refuses a client whose room has ended meanwhile.
fn gone_again(session: &mut Session, id: &ContactId, entering: &Entering) {
    if enters_no_more(session, id, entering) {
        not_let_in(session, id, &entering.stanza, &StanzaError::new(Condition::ItemNotFound));
    }
}

/// Asks the network for the occupants of a room.
fn ask_occupants(session: &mut Session, id: &ContactId) {
    let (remote, id) = (session.online(), id.clone());
    session.spawn(async move {
        let asked = match &remote {
            Some(remote) => remote.fill_participants(RoomId(id.0.clone())).await,
            None => Err(Error::from(plugin_api::Condition::RecipientUnavailable)),
        };
        move |session: &mut Session| {
            let list = match asked {
                // The network does not tell the occupants.
                Err(error) if error.is_unsupported() => Ok(Vec::new()),
                other => other,
            };
            if let (Some(remote), Err(error)) = (&remote, &list) {
                session.check_panic(remote, error);
            }
            occupants_told(session, &id, list);
        }
    });
}

fn occupants_told(session: &mut Session, id: &ContactId, list: Result<Vec<ParticipantInfo>, Error>) {
    let changes = session.room_changes.remove(id).unwrap_or_default();
    let Some(room) = session.room_mut(id) else { return };
    let Occupants::Asked(entering) = std::mem::take(&mut room.occupants) else { return };
    match list {
        Ok(list) => {
            let members = members_of(session, id, list);
            if let Some(room) = session.room_mut(id) {
                room.occupants = Occupants::Known(Arc::new(members));
            }
            for change in changes {
                session.in_order(Some(id), change);
            }
            for entering in entering {
                enter(session, id, entering);
            }
        }
        Err(error) => {
            let why = crate::session::room::refusal::refused(&error);
            // The changes find a room without known occupants.
            for change in changes {
                session.in_order(Some(id), change);
            }
            for entering in entering {
                enters_no_more(session, id, &entering);
                not_let_in(session, id, &entering.stanza, &why);
            }
        }
    }
}

/// Sends a joining client the other occupants, then itself, then the subject. Everything that
/// happens in the room meanwhile is sent after them.
fn walk_in(session: &mut Session, id: &ContactId, entering: Entering, members: Arc<Members>) {
    let Some(scene) = room_view(session, id) else { return gone_again(session, id, &entering) };
    let room = id.clone();
    let turn: Turn = Box::pin(async move {
        tell_who_is_there(&scene, &members, &entering.client).await;
        drop(members);
        Box::new(move |session: &mut Session| arrived(session, &room, entering)) as Then
    });
    session.take_turns(Way::ToUser, id.clone(), 0, turn);
}

fn arrived(session: &mut Session, id: &ContactId, entering: Entering) {
    let (Some(scene), own) = (room_view(session, id), session.own_resource(id)) else {
        return gone_again(session, id, &entering);
    };
    let Some(room) = session.room_mut(id) else { return };
    let Some(me) = room.members().and_then(|members| members.get(&own)).cloned() else {
        // The network has been away meanwhile: the client joins from the beginning.
        return enter(session, id, entering);
    };
    if !enters_no_more(session, id, &entering) {
        return;
    }
    if entering.epoch != session.services.privileges.epoch() {
        // The stream was renewed meanwhile, so the client has not received all of this.
        return say_out(session, id, &[entering.client], Some(muc_user::TECHNICAL), None);
    }
    let Some(room) = session.room_mut(id) else { return };
    room.about.outside = false;
    if !room.has_client(&entering.client) && room.clients.len() < MAX_CLIENTS {
        room.clients.push(Inside { resource: entering.client.clone(), epoch: Some(entering.epoch) });
    }
    let mut codes = Vec::new();
    if scene.is_open() {
        codes.push(muc_user::NON_ANONYMOUS);
    }
    codes.push(muc_user::SELF);
    if *own != *entering.nick {
        codes.push(muc_user::NICK_GIVEN);
    }
    let more = More { id: entering.stanza.id.as_deref(), codes: &codes, ..More::default() };
    session.send(scene.presence((&own, &me), &entering.client, &more));
    tell_subject(session, id, Some(&entering.client));
    tell_room_portrait(session, id, Some(&entering.client));
    store_room(session, id);
}

/// Sends the presence of everybody except the user, in chunks.
async fn tell_who_is_there(scene: &Scene, members: &Members, client: &str) {
    let mut told = None;
    loop {
        let some: Vec<_> = members.behind(told.as_ref()).take(CHUNK).collect();
        let Some((last, _)) = some.last() else { return };
        told = Some((*last).clone());
        let others = some.iter().filter(|(_, member)| member.who != Who::User);
        let stanzas: Vec<_> =
            others.map(|(at, member)| scene.presence((at, member), client, &More::default())).collect();
        services::send_all(&scene.journal, stanzas);
        tokio::task::yield_now().await;
    }
}
