//! Conversations: where messages live, and who may be in them.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::{Actor, World, refuse, rules};
use crate::protocol::{Chat, GroupId, Kind, Message, MessageId, Refusal, Role, ThreadId, UserId, limits};

/// A conversation, the same for all who are in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ChatKey {
    /// Two people, in the order of their ids; the same one twice for notes.
    Direct(UserId, UserId),
    /// A group.
    Group(GroupId),
}

/// The messages of a conversation, oldest first. The row is dense: the message `number` stands at `number - first`.
#[derive(Default)]
pub(crate) struct Conversation {
    messages: VecDeque<Message>,
    first: u64,
    numbers: HashMap<MessageId, u64>,
    pub(super) read: BTreeMap<UserId, MessageId>,
    pub(super) threads: BTreeMap<ThreadId, String>,
}

impl Conversation {
    /// Adds a message; the oldest one leaves when there are [`limits::HISTORY`].
    pub(super) fn push(&mut self, message: Message) {
        if self.messages.len() >= limits::HISTORY
            && let Some(old) = self.messages.pop_front()
        {
            self.first += 1;
            self.numbers.remove(&old.id);
        }
        self.numbers.insert(message.id.clone(), self.first + self.messages.len() as u64);
        self.messages.push_back(message);
    }

    /// Where a message stands in [`Self::messages`].
    pub(super) fn position(&self, id: &str) -> Option<usize> {
        usize::try_from(self.numbers.get(id)? - self.first).ok()
    }

    /// All messages, oldest first; deleted ones are empty shells with their id, author and time.
    pub(super) fn messages(&self) -> &VecDeque<Message> {
        &self.messages
    }

    pub(super) fn get(&self, id: &str) -> Option<&Message> {
        self.messages.get(self.position(id)?)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Message> {
        let position = self.position(id)?;
        self.messages.get_mut(position)
    }
}

/// Whether a message was deleted: nothing else leaves it without any content.
pub(super) fn is_deleted(message: &Message) -> bool {
    let content = &message.content;
    content.text.is_empty()
        && content.files.is_empty()
        && content.sticker.is_none()
        && content.location.is_none()
}

impl World {
    /// The conversation that a chat is for the actor, who must be allowed in it.
    pub(super) fn open_chat(&self, by: &Actor, chat: &Chat) -> Result<ChatKey, Refusal> {
        match chat {
            Chat::User(user) => {
                rules::id(user)?;
                self.other(user)?;
                let (one, other) = if by.user <= *user { (&by.user, user) } else { (user, &by.user) };
                Ok(ChatKey::Direct(one.clone(), other.clone()))
            }
            Chat::Group(id) => {
                let role = self.groups.get(id).map_or(Role::None, |group| group.role(&by.user));
                if role < Role::Member {
                    return refuse(Kind::NotFound, "no such group, or you are not in it");
                }
                Ok(ChatKey::Group(id.clone()))
            }
        }
    }

    /// The same for something that the other side will see: refused when it blocks the actor.
    pub(super) fn write_chat(&self, by: &Actor, chat: &Chat) -> Result<ChatKey, Refusal> {
        let key = self.open_chat(by, chat)?;
        if let Chat::User(user) = chat {
            if self.blocks(user, &by.user) {
                return refuse(Kind::Forbidden, "this user does not take messages from you");
            }
            if self.blocks(&by.user, user) {
                return refuse(Kind::Forbidden, "you block this user");
            }
        }
        Ok(key)
    }

    /// Everybody in a conversation, each with the chat as they see it.
    pub(super) fn audience(&self, key: &ChatKey) -> Vec<(UserId, Chat)> {
        match key {
            ChatKey::Direct(one, other) if one == other => vec![(one.clone(), Chat::User(one.clone()))],
            ChatKey::Direct(one, other) => {
                vec![(one.clone(), Chat::User(other.clone())), (other.clone(), Chat::User(one.clone()))]
            }
            ChatKey::Group(id) => {
                let members = self.groups.get(id).into_iter().flat_map(super::Group::members);
                members.map(|user| (user.clone(), Chat::Group(id.clone()))).collect()
            }
        }
    }

    /// A message that is there and not deleted.
    pub(super) fn message(&self, key: &ChatKey, id: &str) -> Result<&Message, Refusal> {
        match self.conversations.get(key).and_then(|conversation| conversation.get(id)) {
            Some(message) if !is_deleted(message) => Ok(message),
            _ => refuse(Kind::NotFound, "no such message"),
        }
    }

    /// The same, to change it.
    pub(super) fn message_mut(&mut self, key: &ChatKey, id: &str) -> Result<&mut Message, Refusal> {
        match self.conversations.get_mut(key).and_then(|conversation| conversation.get_mut(id)) {
            Some(message) if !is_deleted(message) => Ok(message),
            _ => refuse(Kind::NotFound, "no such message"),
        }
    }
}
