//! Messages with a text, from contacts and rooms to the user.

use crate::stanza::Speaker;
use crate::xmpp::{
    Xml, correction, ephemeral, geoloc::Place, link_metadata, ns, references, replies, spoiler, styling,
};
use bytes::Bytes;
use plugin_api::{Hint, LinkPreview};
use std::borrow::Cow;

/// A text.
#[derive(Debug, Default)]
pub struct TextShape<'a> {
    /// Stanza id.
    pub id: Option<&'a str>,
    /// Text.
    pub body: &'a str,
    /// XEP-0308: the id of the message that it stands in for.
    pub replaces: Option<&'a str>,
    /// XEP-0461: what it answers.
    pub reply: Option<ReplyShape<'a>>,
    /// XEP-0201.
    pub thread: Option<&'a str>,
    /// XEP-0203: when, and who says so.
    pub delay: Option<(&'a str, &'a str)>,
    /// XEP-0172: the name of someone who is not on the roster.
    pub nick: Option<&'a str>,
    /// XEP-0334, beside `store`.
    pub hints: &'a [Hint],
    /// XEP-0333: the sender wants to know when it is read.
    pub markable: bool,
    /// XEP-0393: nothing in the body is meant as styling.
    pub unstyled: bool,
    /// XEP-0372: which parts of the body name somebody, and their addresses.
    pub mentions: &'a [(u32, u32, String)],
    /// XEP-0382: a hint at what is hidden, maybe empty.
    pub spoiler: Option<&'a str>,
    /// XEP-0466: seconds until it disappears.
    pub expires_in: Option<u32>,
    /// XEP-0080: the place that it is about.
    pub place: Option<&'a Place>,
    /// XEP-0511: what its links show.
    pub previews: &'a [Preview],
}

/// Preview of a link, with a picture in JPEG.
pub type Preview = (LinkPreview, Option<Bytes>);

/// Reference to the message that a text answers.
#[derive(Debug, Default)]
pub struct ReplyShape<'a> {
    /// The stanza's id.
    pub id: &'a str,
    /// Author of that message.
    pub to: &'a str,
    /// Lines for clients that do not know replies, in front of the text.
    pub quote: String,
}

impl TextShape<'_> {
    /// The stanza.
    #[must_use]
    pub fn stanza(&self, speaker: &Speaker) -> Bytes {
        speaker.message(self.id, |xml| self.write(xml, speaker.room.is_some()))
    }

    /// The body with the quote in front.
    #[must_use]
    pub fn whole_body(&self) -> Cow<'_, str> {
        match &self.reply {
            Some(reply) if !reply.quote.is_empty() => format!("{}{}", reply.quote, self.body).into(),
            _ => self.body.into(),
        }
    }

    fn write(&self, xml: &mut Xml, in_room: bool) {
        xml.text_child("body", &self.whole_body());
        xml.leaf("active", ns::CHAT_STATES);
        self.write_hints(xml, in_room);
        if self.markable {
            xml.leaf("markable", ns::MARKERS);
        }
        if let Some(id) = self.replaces {
            correction::write(xml, id);
        }
        if let Some(thread) = self.thread {
            xml.text_child("thread", thread);
        }
        if let Some((stamp, from)) = self.delay {
            xml.open_ns("delay", ns::DELAY).attr("from", from).attr("stamp", stamp).close();
        }
        if let Some(reply) = &self.reply {
            replies::write(xml, reply.id, Some(reply.to), &reply.quote);
        }
        if let Some(nick) = self.nick {
            xml.open_ns("nick", ns::NICK).text(nick).close();
        }
        self.write_rich(xml);
    }

    fn write_rich(&self, xml: &mut Xml) {
        if self.unstyled {
            styling::write_unstyled(xml);
        }
        let quote = self.reply.as_ref().map_or(0, |reply| reply.quote.chars().count());
        let quote = u32::try_from(quote).unwrap_or(0);
        for (begin, end, jid) in self.mentions {
            references::write_mention(xml, (begin.saturating_add(quote), end.saturating_add(quote)), jid);
        }
        if let Some(hint) = self.spoiler {
            spoiler::write(xml, hint);
        }
        if let Some(seconds) = self.expires_in {
            ephemeral::write(xml, seconds);
        }
        if let Some(place) = self.place {
            place.write(xml);
        }
        for (preview, image) in self.previews {
            link_metadata::write(xml, preview, image.as_ref().map(|image| ("image/jpeg", &image[..])));
        }
    }

    fn write_hints(&self, xml: &mut Xml, in_room: bool) {
        // Rooms have archives of their own.
        if !in_room && !self.hints.iter().any(|hint| matches!(hint, Hint::NoStore | Hint::NoPermanentStore)) {
            xml.leaf("store", ns::HINTS);
        }
        for hint in self.hints {
            match hint {
                Hint::NoStore => drop(xml.leaf("no-store", ns::HINTS)),
                Hint::NoPermanentStore => drop(xml.leaf("no-permanent-store", ns::HINTS)),
                Hint::NoCopy => drop(xml.leaf("no-copy", ns::HINTS)),
                Hint::Store | Hint::Unknown => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::stanza::AsUser;
    use crate::stanza::text::*;

    fn check(stanza: &Bytes, expected: &str) {
        assert_eq!(std::str::from_utf8(stanza).unwrap(), expected);
    }

    fn contact() -> Speaker {
        Speaker { from: "c@gw/slidge".into(), to: "u@d".into(), as_user: None, room: None }
    }

    #[test]
    fn a_text_has_its_elements_in_order() {
        let text = TextShape {
            id: Some("7"),
            body: "a < b",
            thread: Some("t"),
            delay: Some(("2023-11-14T22:13:20.000Z", "gw")),
            nick: Some("Carl"),
            hints: &[Hint::NoCopy],
            markable: true,
            ..TextShape::default()
        };
        check(
            &text.stanza(&contact()),
            "<message type='chat' from='c@gw/slidge' to='u@d' id='7'><body>a &lt; b</body><active xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='urn:xmpp:hints'/><no-copy xmlns='urn:xmpp:hints'/><markable xmlns='urn:xmpp:chat-markers:0'/><thread>t</thread><delay xmlns='urn:xmpp:delay' from='gw' stamp='2023-11-14T22:13:20.000Z'/><nick xmlns='http://jabber.org/protocol/nick'>Carl</nick></message>",
        );
    }

    #[test]
    fn k59_a_correction_names_what_it_replaces() {
        let text = TextShape { body: "b", replaces: Some("7"), ..TextShape::default() };
        check(
            &text.stanza(&contact()),
            "<message type='chat' from='c@gw/slidge' to='u@d'><body>b</body><active xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='urn:xmpp:hints'/><replace xmlns='urn:xmpp:message-correct:0' id='7'/></message>",
        );
    }

    #[test]
    fn a_reply_has_its_quote_in_front_counted_in_characters() {
        let reply = ReplyShape { id: "6", to: "u@d", quote: replies::quote(Some("Ä"), "ö") };
        let text = TextShape { id: Some("7"), body: "b", reply: Some(reply), ..TextShape::default() };
        check(
            &text.stanza(&contact()),
            "<message type='chat' from='c@gw/slidge' to='u@d' id='7'><body>&gt; Ä:\n&gt; ö\nb</body><active xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='urn:xmpp:hints'/><reply xmlns='urn:xmpp:reply:0' id='6' to='u@d'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='9'/></fallback></message>",
        );
    }

    #[test]
    fn a_carbon_is_a_client_stanza_of_the_user_inside_a_privilege() {
        let as_user = Some(AsUser {
            gateway: "gw".into(),
            domain: "d".into(),
            namespace: ns::PRIVILEGE_2,
            echo: crate::model::key::Key::new([1; 32]),
        });
        let user = Speaker { from: "u@d".into(), to: "c@gw".into(), as_user, room: None };
        let text = TextShape { id: Some("7"), body: "x", ..TextShape::default() };
        check(
            &text.stanza(&user),
            "<message from='gw' to='d'><privilege xmlns='urn:xmpp:privilege:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' from='u@d' to='c@gw' id='7'><body>x</body><active xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='urn:xmpp:hints'/><echo xmlns='urn:slidged:echo:0' mark='dws7geftv6teek3oq6kwqqlvza'/></message></forwarded></privilege></message>",
        );
    }
}
