//! New messages.

use super::chat::is_deleted;
use super::outcome::{Actor, Outcome, answer, refuse};
use super::{ChatKey, World, rules};
use crate::protocol::message::Send;
use crate::protocol::{Content, Event, Kind, Message, Millis, Quote, Refusal, Sent, limits};

/// Unicode scalar values of a message that a reply to it quotes.
const QUOTE: usize = 500;

/// Styles that a span may have.
const STYLES: [&str; 7] = ["bold", "italic", "strike", "code", "spoiler", "quote", "link"];

impl World {
    pub(super) fn send(&mut self, by: &Actor, ask: &Send, now: Millis) -> Outcome {
        rules::optional(ask.nonce.as_ref(), limits::ID)?;
        let known =
            ask.nonce.as_ref().and_then(|nonce| self.people.device(&by.user, &by.device)?.sent(nonce));
        if let Some((id, at)) = known {
            return answer(&Sent { id, at, repeated: true });
        }
        let key = self.write_chat(by, &ask.chat)?;
        let content = self.content(&ask.content)?;
        let quote = content.reply_to.as_ref().map(|id| self.quote(&key, id)).transpose()?;
        let id = self.ids.next('m');
        let message = Message { id, from: by.user.clone(), at: now, content, quote, ..Message::default() };
        if let (Some(nonce), Some(device)) = (&ask.nonce, self.people.device_mut(&by.user, &by.device)) {
            device.remember(nonce, &message.id, now);
        }
        let sent = Sent { id: message.id.clone(), at: now, repeated: false };
        self.tell_chat(&key, by, |chat| Event::Message { chat, message: message.clone() });
        self.messages.conversation_mut(key).push(message);
        answer(&sent)
    }

    /// Checks the content of a message, and replaces each file that it names by the server's
    /// description.
    pub(super) fn content(&self, content: &Content) -> Result<Content, Refusal> {
        rules::text(&content.text, limits::TEXT)?;
        rules::count(content.files.len(), limits::FILES)?;
        for extras in [content.previews.len(), content.mentions.len(), content.spans.len()] {
            rules::count(extras, limits::EXTRAS)?;
        }
        for id in [&content.reply_to, &content.thread].into_iter().flatten() {
            rules::id(id)?;
        }
        if is_deleted(&Message { content: content.clone(), ..Message::default() }) {
            return refuse(Kind::BadRequest, "this message says nothing");
        }
        let mut content = content.clone();
        for file in &mut content.files {
            *file = self.files.stored(&file.id)?;
        }
        if let Some(sticker) = &mut content.sticker {
            rules::text(&sticker.emoji, limits::EMOJI)?;
            rules::text(&sticker.pack, limits::NAME)?;
            sticker.file = self.files.stored(&sticker.file.id)?;
        }
        if let Some(place) = &content.location {
            rules::text(&place.name, limits::NAME)?;
            if !(place.latitude.abs() <= 90.0 && place.longitude.abs() <= 180.0) {
                return refuse(Kind::BadRequest, "this place is not on Earth");
            }
        }
        for preview in &mut content.previews {
            rules::text(&preview.url, limits::ABOUT)?;
            rules::text(&preview.title, limits::NAME)?;
            rules::text(&preview.description, limits::ABOUT)?;
            if let Some(image) = &mut preview.image {
                *image = self.files.stored(&image.id)?;
            }
        }
        for mention in &content.mentions {
            self.people.other(&mention.user)?;
        }
        for span in &content.spans {
            rules::text(&span.url, limits::ABOUT)?;
            if !STYLES.contains(&span.style.as_str()) {
                return refuse(Kind::BadRequest, "there is no such style");
            }
        }
        Ok(content)
    }

    fn quote(&self, key: &ChatKey, id: &str) -> Result<Quote, Refusal> {
        let message = self.messages.get(key, id)?;
        Ok(Quote { from: message.from.clone(), text: beginning(message.content.summary()) })
    }
}

/// Returns as much of a text as a quote may have, with an ellipsis where it is cut.
fn beginning(text: String) -> String {
    if text.chars().nth(QUOTE).is_none() {
        return text;
    }
    text.chars().take(QUOTE - 1).chain(['…']).collect()
}
