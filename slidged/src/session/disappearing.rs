//! Disappearing messages of the network: the user is told when they begin in a chat, and when their
//! timer changes.

use crate::language::Language;
use crate::model::ids::new_id;
use crate::say;
use crate::session::state::Session;
use crate::stanza::Speaker;
use crate::stanza::TextShape;
use plugin_api::ContactId;
use plugin_api::Text;

/// Most chats whose timer is remembered; with more of them, some are told again.
const REMEMBERED: usize = 4096;

/// Tells the user if the timer of a text differs from that of the one before.
pub(in crate::session) fn announce_disappearing(session: &mut Session, contact: &ContactId, text: &Text) {
    let before = match text.expires_in {
        Some(seconds) => session.messages.disappearing.insert(contact.clone(), seconds),
        None if session.messages.disappearing.is_empty() => return,
        None => session.messages.disappearing.remove(contact),
    };
    if before == text.expires_in {
        return;
    }
    if session.messages.disappearing.len() > REMEMBERED {
        session.messages.disappearing.clear();
    }
    let body = match text.expires_in.map(u64::from) {
        Some(seconds) => {
            say!(session.user.language, "disappearing", time = lasting(session.user.language, seconds))
        }
        None => say!(session.user.language, "disappearing-no-more"),
    };
    let from = session.services.address.contact_full(contact);
    let speaker = Speaker { from, to: session.user.address.clone(), as_user: None, room: None };
    let id = new_id();
    let shape = TextShape { id: Some(&id), body: &body, ..TextShape::default() };
    session.deliver_stanzas([shape.stanza(&speaker)]);
}

/// Writes a duration in its largest whole unit.
fn lasting(language: Language, seconds: u64) -> String {
    match seconds {
        0 => say!(language, "lasting-seconds", count = 0_u64),
        days if days % 86_400 == 0 => say!(language, "lasting-days", count = days / 86_400),
        hours if hours % 3600 == 0 => say!(language, "lasting-hours", count = hours / 3600),
        minutes if minutes % 60 == 0 => say!(language, "lasting-minutes", count = minutes / 60),
        seconds => say!(language, "lasting-seconds", count = seconds),
    }
}
