//! Rooms of the user, and the information that the network gives about them.

use crate::model::clock::now;
use crate::model::cut;
use crate::model::ids::valid_id;
use crate::session::contact_avatar::KnownAvatar;
use crate::session::room::JoinedClient;
use crate::session::room::MAX_ROOMS;
use crate::session::room::Occupants;
use crate::session::room::Room;
use crate::session::room::RoomState;
use crate::session::room::ask_again::ask_again;
use crate::session::room::broadcast::author_in_room;
use crate::session::room::broadcast::to_clients;
use crate::session::room::changes::tell_change;
use crate::session::room::occupants::Change;
use crate::session::room::remove::forget_room;
use crate::session::room::store::store_room;
use crate::session::room::subject::tell_subject;
use crate::session::state::Session;
use crate::session::state::Signal;
use crate::store;
use crate::xmpp::muc;
use crate::xmpp::muc_user;
use plugin_api::ContactId;
use plugin_api::Error;
use plugin_api::RoomInfo;
use plugin_api::RoomType;
use plugin_api::Sender;
use plugin_api::Timestamp;

/// Longest name of a room, in bytes: longer than any real one.
const MAX_NAME: usize = 512;
/// Longest subject or description that is kept, in bytes: longer than anybody reads above a chat,
/// and short enough for every join to show it.
const MAX_SUBJECT: usize = 16 << 10;

/// Changes that new information about a room brings.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changed {
    /// Whether anything has changed.
    any: bool,
    /// Whether something has changed that clients show, apart from the subject.
    looks: bool,
    subject: bool,
    nick: bool,
}

fn line(text: &str) -> Option<Box<str>> {
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Some(cut::to_bytes(lines.join(" "), MAX_NAME)).filter(|text| !text.is_empty()).map(Into::into)
}

fn lines(text: String) -> Option<Box<str>> {
    Some(cut::to_bytes(text, MAX_SUBJECT)).filter(|text| !text.is_empty()).map(Into::into)
}

impl RoomState {
    /// Applies new information; fields that the network does not give stay.
    fn apply(&mut self, info: RoomInfo) -> Changed {
        let before = self.clone();
        if let Some(name) = info.name {
            self.name = line(&name);
        }
        if let Some(description) = info.description {
            self.description = lines(description);
        }
        if let Some(subject) = info.subject {
            self.subject = lines(subject);
            self.subject_date = info.subject_date;
            self.subject_setter = info.subject_setter.as_deref().and_then(line);
        }
        if let Some(kind) = info.kind.filter(|kind| *kind != RoomType::Unknown) {
            self.kind = kind;
        }
        self.count = info.n_participants.or(self.count);
        if let Some(nick) = info.user_nick {
            self.nick = Some(muc::nick(&nick)).filter(|nick| !nick.is_empty()).map(String::into_boxed_str);
        }
        if let Some(features) = info.features {
            self.features = Some(Box::new(features));
        }
        Changed {
            any: *self != before,
            looks: (&self.name, &self.description, self.kind)
                != (&before.name, &before.description, before.kind),
            subject: self.subject != before.subject,
            nick: self.nick != before.nick,
        }
    }
}

/// Restores the user's rooms from the store.
pub(in crate::session) fn recover_rooms(session: &mut Session, rows: Vec<store::Room>) {
    let room = |row: store::Room| {
        let info = serde_json::from_str(&row.info).unwrap_or_default();
        let joined: Vec<Box<str>> = serde_json::from_str(&row.joined).unwrap_or_default();
        let clients = joined.into_iter().map(|resource| JoinedClient { resource, epoch: None }).collect();
        let avatar = KnownAvatar::of(row.avatar.as_deref(), row.avatar_version.as_deref());
        (Box::from(&*row.legacy_id), Room { info, avatar, clients, ..Room::default() })
    };
    session.rooms.known = rows.into_iter().map(room).collect();
}

/// Replaces the user's rooms by the network's list, or keeps them where it gives none. Rooms that
/// are not in it are forgotten, unless a client is in them: a network may let somebody in without
/// counting the room as theirs.
pub(in crate::session) fn fill_rooms(session: &mut Session, rooms: Result<Option<Vec<RoomInfo>>, Error>) {
    // The occupants may have changed while the network was away.
    forget_occupants(session);
    let rooms = match rooms {
        Ok(Some(rooms)) => rooms,
        Ok(None) => return,
        // Old rooms are better than none.
        Err(error) => return tracing::warn!(%error, "the rooms could not be read"),
    };
    let listed: std::collections::HashSet<&str> = rooms.iter().map(|info| info.id.as_str()).collect();
    // A room that a client is joining is kept as well.
    let idle = |room: &Room| room.clients.is_empty() && !matches!(room.occupants, Occupants::Asked(..));
    let missing = session.rooms.known.iter().filter(|(id, room)| !listed.contains(&***id) && idle(room));
    let missing: Vec<ContactId> = missing.map(|(id, _)| ContactId(id.to_string())).collect();
    for id in missing {
        forget_room(session, &id);
    }
    for info in rooms {
        set_room(session, info);
    }
}

/// Keeps a room that the network was asked for.
pub(in crate::session) fn found_room(session: &mut Session, id: &ContactId, info: RoomInfo) {
    let outside = session.room(id).is_none_or(|room| room.info.outside);
    room_told(session, RoomInfo { id: id.0.clone().into(), ..info }, outside);
}

/// Keeps the network's information about a room. The clients in it are told what has changed.
pub(in crate::session) fn set_room(session: &mut Session, info: RoomInfo) {
    room_told(session, info, false);
}

fn room_told(session: &mut Session, mut info: RoomInfo, outside: bool) {
    let id = ContactId(info.id.0.clone());
    if !valid_id(id.as_str()) {
        return tracing::warn!("the plugin tells of a room whose id is none: ignored");
    }
    if !session.is_room(&id) && session.rooms.known.len() >= MAX_ROOMS {
        return tracing::warn!("too many rooms: one is ignored");
    }
    let (new, avatar) = (!session.is_room(&id), info.avatar.take());
    let room = session.rooms.known.entry(id.as_str().into()).or_default();
    let mut changed = room.info.apply(info);
    changed.any |= std::mem::replace(&mut room.info.outside, outside) != outside;
    if new || changed.any {
        store_room(session, &id);
    }
    if changed.nick {
        nick_told(session, &id);
    }
    if changed.looks {
        let address = session.services.address.contact_bare(&id);
        to_clients(session, &id, |to| muc::changed(&address, to, muc_user::CONFIGURATION));
    }
    if changed.subject {
        tell_subject(session, &id, None);
    }
    if let Some(avatar) = avatar {
        session.signals.push_back(Signal::RoomAvatar(id, avatar));
    }
}

fn nick_told(session: &mut Session, id: &ContactId) {
    let nick = session.own_nick(id);
    let occupants = session.room_mut(id).and_then(Room::occupant_list_mut);
    let change = occupants
        .and_then(|occupants| occupants.rename(&crate::session::room::occupants::OccupantKey::User, &nick));
    if let Some(change @ Change::Renamed(..)) = change {
        tell_change(session, id, &change);
    }
}

/// Asks for the occupants again after a login, at once if clients are in the room.
fn forget_occupants(session: &mut Session) {
    let mut again = Vec::new();
    for (id, room) in &mut session.rooms.known {
        if let Occupants::Known(_) = room.occupants {
            if room.clients.is_empty() {
                room.occupants = Occupants::Unknown;
            } else {
                again.push(ContactId(id.to_string()));
            }
        }
    }
    for id in again {
        ask_again(session, &id);
    }
}

/// Sets the subject that the network reports.
pub(in crate::session) fn set_subject(
    session: &mut Session,
    id: &ContactId,
    subject: String,
    by: Option<&Sender>,
    when: Option<Timestamp>,
) {
    let setter = by.map(|by| author_in_room(session, id, Some(by)).1.unwrap_or_default());
    let info = RoomInfo {
        id: id.0.clone().into(),
        subject: Some(subject),
        subject_date: when.or_else(|| Some(now())),
        subject_setter: setter.filter(|nick| !nick.is_empty()),
        ..RoomInfo::default()
    };
    set_room(session, info);
}

#[cfg(test)]
mod tests {
    use crate::session::room::info::*;

    #[test]
    fn what_is_not_told_of_a_room_stays() {
        let mut state = RoomState::default();
        let info = RoomInfo {
            name: Some("Tea\nroom".into()),
            subject: Some("Cake".into()),
            user_nick: Some("Ada".into()),
            kind: Some(RoomType::Group),
            ..RoomInfo::default()
        };
        let all = Changed { any: true, looks: true, subject: true, nick: true };
        assert_eq!(state.apply(info), all);
        assert_eq!(state.name.as_deref(), Some("Tea room"));
        assert_eq!(state.apply(RoomInfo::default()), Changed::default());
        let gone = RoomInfo { subject: Some(String::new()), ..RoomInfo::default() };
        assert_eq!(state.apply(gone), Changed { any: true, subject: true, ..Changed::default() });
        assert_eq!((&state.subject, state.kind), (&None, RoomType::Group));
        let long = "ä".repeat(MAX_SUBJECT);
        state.apply(RoomInfo {
            name: Some(long.clone()),
            subject: Some(long.clone()),
            description: Some(long),
            ..RoomInfo::default()
        });
        for (text, most) in
            [(&state.name, MAX_NAME), (&state.subject, MAX_SUBJECT), (&state.description, MAX_SUBJECT)]
        {
            let text = text.as_deref().unwrap();
            assert!(text.len() <= most && text.ends_with("ä…"), "{text}");
        }
        let kept: RoomState = serde_json::from_str("{}").unwrap();
        assert_eq!(kept, RoomState::default());
    }
}
