//! Access to conversations: who may write in them, and who is told.

use super::World;
use super::chat::ChatKey;
use super::device::Line;
use super::group::Group;
use super::outcome::{Actor, Outcome, done, refuse};
use super::rules;
use crate::protocol::message::Typing;
use crate::protocol::{Chat, Event, Kind, Refusal, Role, UserId, limits};

impl World {
    /// Returns the conversation that a chat is for the actor, who must be allowed in it.
    pub(super) fn open_chat(&self, by: &Actor, chat: &Chat) -> Result<ChatKey, Refusal> {
        match chat {
            Chat::User(user) => {
                rules::id(user)?;
                self.people.other(user)?;
                let (one, other) = if by.user <= *user { (&by.user, user) } else { (user, &by.user) };
                Ok(ChatKey::Direct(one.clone(), other.clone()))
            }
            Chat::Group(id) => {
                let role = self.groups.role(id, &by.user);
                if role < Role::Member {
                    return refuse(Kind::NotFound, "no such group, or you are not in it");
                }
                Ok(ChatKey::Group(id.clone()))
            }
        }
    }

    /// Returns the conversation to write something that the other side will see. It is refused when
    /// one of the two blocks the other.
    pub(super) fn write_chat(&self, by: &Actor, chat: &Chat) -> Result<ChatKey, Refusal> {
        let key = self.open_chat(by, chat)?;
        if let Chat::User(user) = chat {
            if self.people.blocks(user, &by.user) {
                return refuse(Kind::Forbidden, "this user does not take messages from you");
            }
            if self.people.blocks(&by.user, user) {
                return refuse(Kind::Forbidden, "you block this user");
            }
        }
        Ok(key)
    }

    /// Lists all users in a conversation, each with the chat as they see it.
    pub(super) fn audience(&self, key: &ChatKey) -> Vec<(UserId, Chat)> {
        match key {
            ChatKey::Direct(one, other) if one == other => vec![(one.clone(), Chat::User(one.clone()))],
            ChatKey::Direct(one, other) => {
                vec![(one.clone(), Chat::User(other.clone())), (other.clone(), Chat::User(one.clone()))]
            }
            ChatKey::Group(id) => {
                let members = self.groups.get(id).into_iter().flat_map(Group::members);
                members.map(|user| (user.clone(), Chat::Group(id.clone()))).collect()
            }
        }
    }

    /// Writes a durable event into the logs of all users in a conversation, each with the chat as
    /// they see it. The device that caused it is left out.
    pub(super) fn tell_chat(&mut self, key: &ChatKey, by: &Actor, event: impl Fn(Chat) -> Event) {
        match key {
            ChatKey::Direct(one, other) => {
                self.people.tell(one, by, &event(Chat::User(other.clone())));
                if one != other {
                    self.people.tell(other, by, &event(Chat::User(one.clone())));
                }
            }
            ChatKey::Group(id) => {
                self.groups.tell_group(id, by, &event(Chat::Group(id.clone())), &mut self.people);
            }
        }
    }

    pub(super) fn typing(&self, by: &Actor, ask: &Typing) -> Outcome {
        let key = self.open_chat(by, &ask.chat)?;
        rules::optional(ask.thread.as_ref(), limits::ID)?;
        for (user, chat) in self.audience(&key) {
            if self.people.blocks(&user, &by.user) {
                continue;
            }
            let event = Event::Typing {
                chat,
                by: by.user.clone(),
                activity: ask.activity,
                thread: ask.thread.clone(),
            };
            if let Some(account) = self.people.get(&user) {
                account.tell_live(&user, by, &Line::of(&event));
            }
        }
        done()
    }
}
