//! A message of the user, as it is kept until the network has it. Pure.

use crate::session::announcement::Announcement;
use crate::session::shared_file::SharedFile;
use crate::stanza;
use crate::store::Pending;
use crate::store::PendingId;
use crate::store::UserId;
use crate::xmpp::StanzaError;
use bytes::Bytes;
use plugin_api::Chat;
use plugin_api::ContactId;
use plugin_api::LinkPreview;
use plugin_api::UserText;
use serde::Deserialize;
use serde::Serialize;

/// Purpose of a message. Until it is delivered, other messages are named by the ids of their
/// stanzas.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum Kind {
    /// Text.
    #[default]
    Text,
    /// Files; the text belongs to the first.
    Files(Vec<SharedFile>),
    /// Sticker sent as bits of binary (XEP-0231); the text is its fallback.
    Bits {
        /// Content id of the sticker.
        cid: String,
    },
    /// Correction of an earlier message (XEP-0308).
    Correct {
        /// Stanza id of the corrected message.
        of: String,
    },
    /// Reactions to an earlier message: all that the user has on it (XEP-0444).
    React {
        /// Stanza id of the corrected message.
        to: String,
        /// Reactions, without repeats.
        emojis: Vec<String>,
    },
    /// Retraction of an earlier message (XEP-0424).
    Retract {
        /// Stanza id of the corrected message.
        of: String,
    },
}

impl Kind {
    /// Returns the stanza id of the earlier message, if the message is about one.
    pub(super) fn target(&self) -> Option<&str> {
        match self {
            Kind::Text | Kind::Files(_) | Kind::Bits { .. } => None,
            Kind::Correct { of } | Kind::Retract { of } => Some(of),
            Kind::React { to, .. } => Some(to),
        }
    }

    /// Returns the memory that it takes, in bytes.
    fn size(&self) -> usize {
        match self {
            Kind::Files(files) => files.iter().map(SharedFile::size).sum(),
            other => other.target().map_or(0, str::len),
        }
    }
}

/// Message of the user, with all that is needed to deliver it and to answer it, also after a
/// restart.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct UserMessage {
    /// Full JID that sent it.
    pub(super) from: String,
    /// Address that it was sent to.
    pub(super) to: String,
    /// True if a receipt was requested (XEP-0184).
    pub(super) receipt: bool,
    /// Hash of the body for [`crate::session::dedup`]; 0 for a message that is never repeated.
    pub(super) hash: i64,
    /// Time at which it came, in milliseconds since 1970.
    pub(super) at: i64,
    /// Recipient: a contact, or a room.
    pub(super) contact: ContactId,
    /// Content that a room reflects to the user's clients, as XML; none outside of rooms.
    #[serde(default)]
    pub(super) room: Option<String>,
    /// Purpose of the message.
    #[serde(default)]
    pub(super) kind: Kind,
    /// Text of the message, with the id of its stanza, which may be empty.
    pub(super) text: UserText,
    /// Body with the quote of the message that is replied to, in case the network does not know
    /// that one.
    #[serde(default)]
    pub(super) quoted: Option<String>,
    /// Earlier message that announced its file (XEP-0447).
    #[serde(default)]
    pub(super) announced: Option<Announcement>,
    /// Origin id (XEP-0359) of the message, if it differs from the stanza's: some clients refer to
    /// it by that later.
    #[serde(default)]
    pub(super) origin: Option<String>,
}

fn preview_size(preview: &LinkPreview) -> usize {
    let LinkPreview { about, title, description, url, kind, site_name, image_url, image } = preview;
    let texts = [title, description, url, kind, site_name, image_url];
    let texts: usize = texts.into_iter().flatten().map(String::len).sum();
    about.len() + texts + image.as_ref().map_or(0, |image| image.0.len())
}

impl UserMessage {
    /// Returns the conversation that it belongs to.
    pub(super) fn chat(&self) -> Chat {
        match self.room {
            Some(_) => Chat::room(self.contact.0.clone()),
            None => Chat::contact(self.contact.clone()),
        }
    }

    /// Returns the id by which clients know it best.
    pub(super) fn known_as(&self) -> &str {
        let announced = self.announced.as_ref().map(|by| by.id.as_str()).filter(|id| !id.is_empty());
        announced.unwrap_or(&self.text.stanza_id)
    }

    /// Returns the ids that receipts are to name.
    pub(super) fn receipts(&self) -> impl Iterator<Item = &str> {
        let announced = self.announced.as_ref().filter(|by| by.receipt).map(|by| by.id.as_str());
        let own = self.receipt.then_some(self.text.stanza_id.as_str());
        announced.into_iter().chain(own).filter(|id| !id.is_empty())
    }

    /// Makes the row that keeps the message until the network has it.
    pub(super) fn pending(&self, id: PendingId, user: UserId) -> Pending {
        Pending {
            id,
            user,
            chat: self.contact.as_str().into(),
            sender: self.from.as_str().into(),
            xmpp_id: Some(self.text.stanza_id.as_str().into()),
            kind: if self.room.is_some() { "groupchat" } else { "chat" }.into(),
            created_at: self.at,
            // This is a type of our own, whose every value has a form in JSON.
            operation: serde_json::to_vec(self).unwrap_or_default().into(),
        }
    }

    /// Returns the memory that it takes, in bytes.
    pub(super) fn size(&self) -> usize {
        let quoted = self.quoted.as_ref().map_or(0, String::len);
        let fallback =
            self.text.reply.as_ref().and_then(|reply| reply.fallback.as_ref()).map_or(0, String::len);
        let previews: usize = self.text.link_previews.iter().map(preview_size).sum();
        let values = self.text.spans.iter().filter_map(|span| span.value.as_ref());
        let spans = size_of_val(&*self.text.spans) + values.map(String::len).sum::<usize>();
        let shown = self.room.as_ref().map_or(0, String::len);
        let text =
            shown + self.text.body.len() + self.text.stanza_id.len() + quoted + fallback + previews + spans;
        let origin = self.origin.as_ref().map_or(0, String::len);
        let announced = self.announced.as_ref();
        let announced = announced.map_or(0, |by| by.id.len() + by.in_room.as_ref().map_or(0, String::len));
        self.from.len() + self.to.len() + self.kind.size() + origin + text + announced
    }

    /// Tells whether the network may get the message twice. A second change of an earlier message
    /// does no harm.
    pub(super) fn is_repeatable(&self, idempotent: bool) -> bool {
        match self.kind {
            Kind::Text | Kind::Files(_) | Kind::Bits { .. } => idempotent && !self.text.stanza_id.is_empty(),
            Kind::Correct { .. } | Kind::React { .. } | Kind::Retract { .. } => true,
        }
    }

    /// Makes the error that answers the message.
    pub(super) fn error(&self, error: &StanzaError) -> Bytes {
        stanza::bounce(&self.to, &self.from, &self.text.stanza_id, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plugin_api::{Blob, Reply, Span};

    #[test]
    fn all_that_a_user_decides_counts_in_the_size() {
        let message = |kind, text| UserMessage {
            from: "u@d/r".into(),
            to: "c@gw".into(),
            receipt: false,
            hash: 0,
            at: 0,
            contact: "c".into(),
            room: None,
            kind,
            text,
            quoted: None,
            announced: None,
            origin: None,
        };
        let text = |text| message(Kind::Text, text).size();
        let none = text(UserText::default());
        let more = |text_of: UserText| text(text_of) - none;
        assert_eq!(more(UserText { body: "12".into(), stanza_id: "345".into(), ..UserText::default() }), 5);
        let preview = LinkPreview {
            about: "1".into(),
            title: Some("23".into()),
            description: Some("456".into()),
            site_name: Some("7890".into()),
            image: Some(Blob(vec![0; 1000])),
            ..LinkPreview::default()
        };
        let twice = vec![preview.clone(), preview];
        assert_eq!(more(UserText { link_previews: twice, ..UserText::default() }), 2020);
        let reply = Reply { fallback: Some("123".into()), ..Reply::default() };
        assert_eq!(more(UserText { reply: Some(reply), ..UserText::default() }), 3);
        let link = Span { value: Some("1234".into()), ..Span::default() };
        assert_eq!(more(UserText { spans: vec![link], ..UserText::default() }), size_of::<Span>() + 4);
        let quoted = UserMessage { quoted: Some("12".into()), ..message(Kind::Text, UserText::default()) };
        assert_eq!(quoted.size() - none, 2);
        let origin = UserMessage { origin: Some("123".into()), ..message(Kind::Text, UserText::default()) };
        assert_eq!(origin.size() - none, 3);
        let in_room =
            UserMessage { room: Some("<body/>".into()), ..message(Kind::Text, UserText::default()) };
        assert_eq!(in_room.size() - none, 7);
        let by = Announcement { id: "1".into(), in_room: Some("23".into()), receipt: true };
        let announced = UserMessage { announced: Some(by), ..message(Kind::Text, UserText::default()) };
        assert_eq!(announced.size() - none, 3);
        let file = SharedFile { url: "1".into(), name: Some("23".into()), ..SharedFile::default() };
        let files = Kind::Files(vec![file.clone(), SharedFile { media_type: Some("456".into()), ..file }]);
        assert_eq!(message(files, UserText::default()).size() - none, 9);
        assert_eq!(message(Kind::Retract { of: "123".into() }, UserText::default()).size() - none, 3);
    }
}
