//! What happens to groups and in them, told to the daemon.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use plugin_api::Departure;
use plugin_api::prelude::*;

use super::events::{Teller, sent};
use super::rooms;
use crate::protocol::{self, Event, Role};

impl Teller {
    /// Tells what happened to a group. Spaces are not bridged yet.
    pub(super) fn room_event(&self, event: Event) -> Option<BoxFuture<'static, Result<()>>> {
        Some(match event {
            Event::Group { group, .. } => self.host.set_room(rooms::info(&group)).boxed(),
            Event::Member { group, user, name, was, role, by, reason } => {
                let change = Change { user, name, was, role, by, reason };
                self.member_changed(&self.host.room(rooms::room_id(&group)), change)?.boxed()
            }
            Event::Invitation { group, by, text } => {
                let from = Sender { contact: Some(by.into()), ..Sender::default() };
                sent(self.host.invite_to(from, rooms::room_id(&group.id), given(text), None))
            }
            Event::GroupGone { group, reason, .. } => {
                self.host.room(rooms::room_id(&group)).remove(Departure::Kicked, given(reason)).boxed()
            }
            _ => return None,
        })
    }

    /// Nothing to tell of those who were and are outside.
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

    /// A message is gone: its author withdrew it, or an admin of the group did.
    pub(super) fn deleted(
        &self,
        by: Sender,
        id: MessageId,
        own: bool,
        reason: String,
    ) -> BoxFuture<'static, Result<()>> {
        match by.room.clone() {
            Some(room) if !own => sent(self.host.moderate(room, Some(by), id, given(reason))),
            _ => sent(self.host.retract(by, id, None)),
        }
    }

    /// Whoever did something in a chat.
    pub(super) fn speaker(&self, chat: protocol::Chat, by: &str) -> Sender {
        match chat {
            protocol::Chat::User(user) => {
                Sender { contact: Some(user.into()), is_user: by == self.me, ..Sender::default() }
            }
            protocol::Chat::Group(group) => self.member(rooms::room_id(&group), by),
        }
    }

    /// Somebody in a group.
    pub(super) fn member(&self, room: RoomId, who: &str) -> Sender {
        let is_user = who == self.me;
        let contact = (!is_user).then(|| who.into());
        Sender { room: Some(room), contact, is_user, ..Sender::default() }
    }
}

/// Somebody's role in a group has changed.
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
