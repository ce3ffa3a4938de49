//! Receipts: messages that were delivered or read.

use super::World;
use super::outcome::{Actor, Outcome, done};
use crate::protocol::message::{Delivered, Read};
use crate::protocol::{Chat, Event, Millis};

use super::ChatKey;

impl World {
    pub(super) fn delivered(&mut self, by: &Actor, ask: &Delivered, now: Millis) -> Outcome {
        let key = self.open_chat(by, &ask.chat)?;
        let author = self.messages.get(&key, &ask.id)?.from.clone();
        if author == by.user || self.people.blocks(&author, &by.user) {
            return done();
        }
        let chat = match &key {
            ChatKey::Direct(..) => Chat::User(by.user.clone()),
            ChatKey::Group(id) => Chat::Group(id.clone()),
        };
        self.people.tell(
            &author,
            by,
            &Event::Delivered { chat, id: ask.id.clone(), by: by.user.clone(), at: now },
        );
        done()
    }

    pub(super) fn read(&mut self, by: &Actor, ask: &Read, now: Millis) -> Outcome {
        let key = self.open_chat(by, &ask.chat)?;
        self.messages.get(&key, &ask.id)?;
        let conversation = self.messages.conversation_mut(key.clone());
        let before = conversation.read.get(&by.user).and_then(|id| conversation.position(id));
        if before >= conversation.position(&ask.id) {
            // Read marks only go forward, and a repeated one is no news.
            return done();
        }
        conversation.read.insert(by.user.clone(), ask.id.clone());
        self.tell_chat(&key, by, |chat| Event::Read {
            chat,
            id: ask.id.clone(),
            by: by.user.clone(),
            at: now,
        });
        done()
    }
}
