//! Changes of messages: edits, deletions, reactions, names of threads.

use super::outcome::{Actor, Outcome, done, refuse};
use super::{ChatKey, World, rules};
use crate::protocol::message::{Delete, Edit, NameThread, React};
use crate::protocol::{Content, Event, Kind, Millis, Refusal, Role, limits};

/// Most threads with names in one conversation. Beyond that the naming is refused; threads
/// themselves need no name.
const NAMED_THREADS: usize = 1_000;

impl World {
    pub(super) fn edit(&mut self, by: &Actor, ask: &Edit, now: Millis) -> Outcome {
        let key = self.write_chat(by, &ask.chat)?;
        let mut content = self.content(&ask.content)?;
        let message = self.messages.get_mut(&key, &ask.id)?;
        if message.from != by.user {
            return refuse(Kind::Forbidden, "only its author edits a message");
        }
        content.reply_to.clone_from(&message.content.reply_to);
        content.thread.clone_from(&message.content.thread);
        message.content = content.clone();
        message.edited = Some(now);
        self.tell_chat(&key, by, |chat| Event::Edited {
            chat,
            id: ask.id.clone(),
            by: by.user.clone(),
            at: now,
            content: content.clone(),
        });
        done()
    }

    pub(super) fn delete(&mut self, by: &Actor, ask: &Delete, now: Millis) -> Outcome {
        rules::text(&ask.reason, limits::NAME)?;
        let key = self.write_chat(by, &ask.chat)?;
        let author = self.messages.get(&key, &ask.id)?.from.clone();
        if author != by.user && !self.moderates(by, &key, &author) {
            return refuse(Kind::Forbidden, "only its author or an admin deletes a message");
        }
        let message = self.messages.get_mut(&key, &ask.id)?;
        message.content = Content { thread: message.content.thread.take(), ..Content::default() };
        message.quote = None;
        message.reactions.clear();
        self.tell_chat(&key, by, |chat| Event::Deleted {
            chat,
            id: ask.id.clone(),
            by: by.user.clone(),
            at: now,
            author: author.clone(),
            reason: ask.reason.clone(),
        });
        done()
    }

    /// Tells whether the actor is an admin of the message's group, of at least its author's role.
    fn moderates(&self, by: &Actor, key: &ChatKey, author: &str) -> bool {
        let ChatKey::Group(id) = key else { return false };
        let role = self.groups.role(id, &by.user);
        role >= Role::Admin && role >= self.groups.role(id, author)
    }

    pub(super) fn react(&mut self, by: &Actor, ask: &React, now: Millis) -> Outcome {
        rules::count(ask.emojis.len(), limits::EMOJIS)?;
        for emoji in &ask.emojis {
            emoji_rule(emoji)?;
        }
        let key = self.write_chat(by, &ask.chat)?;
        let message = self.messages.get_mut(&key, &ask.id)?;
        let mut emojis: Vec<String> = Vec::new();
        for emoji in &ask.emojis {
            if !emojis.contains(emoji) {
                emojis.push(emoji.clone());
            }
        }
        if emojis.is_empty() {
            message.reactions.remove(&by.user);
        } else {
            message.reactions.insert(by.user.clone(), emojis.clone());
        }
        self.tell_chat(&key, by, |chat| Event::Reaction {
            chat,
            id: ask.id.clone(),
            by: by.user.clone(),
            at: now,
            emojis: emojis.clone(),
        });
        done()
    }

    pub(super) fn name_thread(&mut self, by: &Actor, ask: &NameThread) -> Outcome {
        rules::id(&ask.thread)?;
        rules::text(&ask.name, limits::NAME)?;
        let key = self.write_chat(by, &ask.chat)?;
        let conversation = self.messages.conversation_mut(key.clone());
        if !conversation.threads.contains_key(&ask.thread) {
            rules::count(conversation.threads.len() + 1, NAMED_THREADS)?;
        }
        conversation.threads.insert(ask.thread.clone(), ask.name.clone());
        self.tell_chat(&key, by, |chat| Event::Thread {
            chat,
            thread: ask.thread.clone(),
            name: ask.name.clone(),
            by: by.user.clone(),
        });
        done()
    }
}

fn emoji_rule(emoji: &str) -> Result<(), Refusal> {
    if emoji.is_empty() {
        return refuse(Kind::BadRequest, "an emoji is missing");
    }
    rules::text(emoji, limits::EMOJI)
}
