//! Events of groups and in them, reported to the daemon.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use plugin_api::Departure;
use plugin_api::prelude::*;

use super::super::ids::room_id;
use super::super::rooms;
use super::{EventForwarder, sent};
use crate::protocol::{self, Event, Role};

impl EventForwarder {
    /// Reports an event of a group. Spaces are not bridged yet.
    pub(super) fn room_event(&self, event: Event) -> Option<BoxFuture<'static, Result<()>>> {
        Some(match event {
            Event::Group { group, .. } => {
                self.host.room(room_id(&group.id)).update(rooms::info(&group)).boxed()
            }
            Event::Member { group, user, name, was, role, by, reason } => {
                let change = Change { user, name, was, role, by, reason };
                self.member_changed(&self.host.room(room_id(&group)), change)?.boxed()
            }
            Event::Invitation { group, by, text } => {
                sent(self.host.contact(by).invite_to(room_id(&group.id), given(text)))
            }
            Event::GroupGone { group, reason, .. } => {
                self.host.room(room_id(&group)).remove(Departure::Kicked, given(reason)).boxed()
            }
            _ => return None,
        })
    }

    /// Reports the new role of a member; `None` for a user who was and is outside of the group.
    fn member_changed(&self, room: &Room, change: Change) -> Option<Sending> {
        let Change { user, name, was, role, by, reason } = change;
        if role >= Role::Member {
            return Some(room.set_participants(vec![rooms::participant(&self.me, &user, &name, role)]));
        }
        let departure = match role {
            Role::Banned => Departure::Banned,
            _ if by == user => Departure::Left,
            _ => Departure::Kicked,
        };
        if user == self.me {
            // The user may have declined an invitation: then there is no room to leave.
            return (was >= Role::Member).then(|| room.remove(departure, given(reason)));
        }
        let who = room.participant(user);
        (was >= Role::Member).then(|| match departure {
            Departure::Banned => who.ban(given(reason)),
            Departure::Kicked => who.kick(given(reason)),
            _ => who.leave(),
        })
    }

    /// Reports a deleted message: its author withdrew it, or an admin of the group did.
    pub(super) fn deleted(
        &self,
        chat: &protocol::Chat,
        by: &str,
        id: MessageId,
        own: bool,
        reason: String,
    ) -> BoxFuture<'static, Result<()>> {
        match chat {
            protocol::Chat::Group(group) if !own => {
                sent(self.member(room_id(group), by).moderate(id, given(reason)))
            }
            chat => sent(self.speaker(chat.clone(), by).retract(id)),
        }
    }

    /// Returns the user who did something in a chat.
    pub(super) fn speaker(&self, chat: protocol::Chat, by: &str) -> Actor {
        match chat {
            protocol::Chat::User(user) if by == self.me => self.host.contact(user).carbon(),
            protocol::Chat::User(user) => (*self.host.contact(user)).clone(),
            protocol::Chat::Group(group) => (*self.member(room_id(&group), by)).clone(),
        }
    }

    /// Returns a participant of a group.
    pub(super) fn member(&self, room: RoomId, who: &str) -> Participant {
        let room = self.host.room(room);
        if who == self.me { room.user() } else { room.participant(who) }
    }
}

/// Change of a member's role.
struct Change {
    user: String,
    name: String,
    was: Role,
    role: Role,
    by: String,
    reason: String,
}

fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
