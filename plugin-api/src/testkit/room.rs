//! Rooms of a daemon in memory.

use crate::types::{ParticipantInfo, RoomId, RoomInfo, Sender};
use std::collections::BTreeMap;

/// Rooms of a user, as a plugin told of them.
#[derive(Default)]
pub(super) struct Rooms(BTreeMap<RoomId, Room>);

#[derive(Default)]
struct Room {
    info: RoomInfo,
    participants: Vec<ParticipantInfo>,
}

impl Rooms {
    pub(super) fn ids(&self) -> Vec<RoomId> {
        self.0.keys().cloned().collect()
    }

    pub(super) fn info(&self, id: &RoomId) -> Option<RoomInfo> {
        self.0.get(id).map(|room| room.info.clone())
    }

    pub(super) fn participants(&self, id: &RoomId) -> Vec<ParticipantInfo> {
        self.0.get(id).map(|room| room.participants.clone()).unwrap_or_default()
    }

    /// Merges news of a room: a field that is `None` is left as it is.
    pub(super) fn merge(&mut self, new: RoomInfo) {
        let known = &mut self.0.entry(new.id.clone()).or_default().info;
        let old = std::mem::take(known);
        *known = RoomInfo {
            id: new.id,
            name: new.name.or(old.name),
            description: new.description.or(old.description),
            subject: new.subject.or(old.subject),
            subject_date: new.subject_date.or(old.subject_date),
            subject_setter: new.subject_setter.or(old.subject_setter),
            kind: new.kind.or(old.kind),
            n_participants: new.n_participants.or(old.n_participants),
            user_nick: new.user_nick.or(old.user_nick),
            avatar: new.avatar.or(old.avatar),
            space: new.space.or(old.space),
            features: new.features.or(old.features),
            extra: new.extra.or(old.extra),
        };
    }

    pub(super) fn remove(&mut self, id: &RoomId) {
        self.0.remove(id);
    }

    /// Adds participants, or takes the place of what was known of them.
    pub(super) fn seat(&mut self, id: RoomId, participants: Vec<ParticipantInfo>) {
        let known = &mut self.0.entry(id.clone()).or_default();
        known.info.id = id;
        for new in participants {
            known.participants.retain(|old| who(old) != who(&new));
            known.participants.push(new);
        }
    }

    pub(super) fn unseat(&mut self, participant: &Sender) {
        if let Some(room) = participant.room.as_ref().and_then(|room| self.0.get_mut(room)) {
            room.participants.retain(|old| !is(old, participant));
        }
    }

    pub(super) fn rename(&mut self, participant: &Sender, nickname: String) {
        let room = participant.room.as_ref().and_then(|room| self.0.get_mut(room));
        let known = room.and_then(|room| room.participants.iter_mut().find(|old| is(old, participant)));
        if let Some(known) = known {
            known.nickname = nickname;
        }
    }
}

/// Identity of a participant; of all participants who are the user there is one.
fn who(participant: &ParticipantInfo) -> Option<(&Option<crate::ContactId>, &Option<crate::OccupantId>)> {
    (!participant.is_user).then_some((&participant.contact, &participant.occupant))
}

fn is(known: &ParticipantInfo, sender: &Sender) -> bool {
    who(known) == (!sender.is_user).then_some((&sender.contact, &sender.occupant))
}
