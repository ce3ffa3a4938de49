//! Conversations, which hold the messages.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::outcome::refuse;
use crate::protocol::{GroupId, Kind, Message, MessageId, Refusal, ThreadId, UserId, limits};

/// Key of a conversation, the same for all who are in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ChatKey {
    /// Two people, in the order of their ids; the same one twice for notes.
    Direct(UserId, UserId),
    /// Conversation of a group.
    Group(GroupId),
}

/// Messages of a conversation, oldest first. There are no gaps: the message `number` stands at
/// `number - first`.
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

    /// Returns the position of a message in [`Self::messages`].
    pub(super) fn position(&self, id: &str) -> Option<usize> {
        usize::try_from(self.numbers.get(id)? - self.first).ok()
    }

    /// Returns all messages, oldest first; deleted ones are empty shells with their id, author and
    /// time.
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

/// Tells whether a message was deleted: nothing else leaves it without any content.
pub(super) fn is_deleted(message: &Message) -> bool {
    let content = &message.content;
    content.text.is_empty()
        && content.files.is_empty()
        && content.sticker.is_none()
        && content.location.is_none()
}

/// Messages of all conversations.
#[derive(Default)]
pub(super) struct Messages(HashMap<ChatKey, Conversation>);

impl Messages {
    /// Returns a conversation, if anything was ever sent in it.
    pub(super) fn conversation(&self, key: &ChatKey) -> Option<&Conversation> {
        self.0.get(key)
    }

    /// Returns a conversation to add to, which may be new.
    pub(super) fn conversation_mut(&mut self, key: ChatKey) -> &mut Conversation {
        self.0.entry(key).or_default()
    }

    /// Forgets the conversation of a group.
    pub(super) fn forget_group(&mut self, id: &str) {
        self.0.remove(&ChatKey::Group(id.to_owned()));
    }

    /// Returns a message that exists and is not deleted.
    pub(super) fn get(&self, key: &ChatKey, id: &str) -> Result<&Message, Refusal> {
        match self.0.get(key).and_then(|conversation| conversation.get(id)) {
            Some(message) if !is_deleted(message) => Ok(message),
            _ => refuse(Kind::NotFound, "no such message"),
        }
    }

    /// Returns a message that exists and is not deleted, to change it.
    pub(super) fn get_mut(&mut self, key: &ChatKey, id: &str) -> Result<&mut Message, Refusal> {
        match self.0.get_mut(key).and_then(|conversation| conversation.get_mut(id)) {
            Some(message) if !is_deleted(message) => Ok(message),
            _ => refuse(Kind::NotFound, "no such message"),
        }
    }
}
