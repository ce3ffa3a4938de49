//! Messages that the network lets disappear: the user is told when that begins in a chat, or changes.

use super::Session;
use crate::model::ids::new_id;
use crate::stanza::{Speaker, TextShape};
use crate::{language::Language, say};
use plugin_api::{ContactId, Text};

/// Chats whose timer is remembered; with more of them, some are told again.
const REMEMBERED: usize = 4096;

impl Session {
    /// Tells the user if a text disappears otherwise than the one before.
    pub(super) fn announce_disappearing(&mut self, contact: &ContactId, text: &Text) {
        let before = match text.expires_in {
            Some(seconds) => self.disappearing.insert(contact.clone(), seconds),
            None if self.disappearing.is_empty() => return,
            None => self.disappearing.remove(contact),
        };
        if before == text.expires_in {
            return;
        }
        if self.disappearing.len() > REMEMBERED {
            self.disappearing.clear();
        }
        let body = match text.expires_in.map(u64::from) {
            Some(seconds) => say!(self.language, "disappearing", time = lasting(self.language, seconds)),
            None => say!(self.language, "disappearing-no-more"),
        };
        let from = self.services.address.contact_full(contact);
        let speaker = Speaker { from, to: self.to.clone(), as_user: None, room: None };
        let id = new_id();
        let shape = TextShape { id: Some(&id), body: &body, ..TextShape::default() };
        self.deliver_stanzas([shape.stanza(&speaker)]);
    }
}

/// A time in its largest whole unit.
fn lasting(language: Language, seconds: u64) -> String {
    match seconds {
        0 => say!(language, "lasting-seconds", count = 0_u64),
        days if days % 86_400 == 0 => say!(language, "lasting-days", count = days / 86_400),
        hours if hours % 3600 == 0 => say!(language, "lasting-hours", count = hours / 3600),
        minutes if minutes % 60 == 0 => say!(language, "lasting-minutes", count = minutes / 60),
        seconds => say!(language, "lasting-seconds", count = seconds),
    }
}
