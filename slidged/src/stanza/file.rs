//! A file that can be fetched from the web, said in the ways that all clients open: its
//! address as the body, XEP-0066, and XEP-0385 with XEP-0264 (a thumbnail of some 25 bytes); and
//! XEP-0449 (the mark of a sticker).
//!
//! Not XEP-0447, nor a fallback for it: Dino 0.5.0 opens no file that has it, see ARCHITECTURE.md.

use crate::stanza::Speaker;
use crate::{
    media::facts::Facts,
    xmpp::{Xml, ns, replies},
};
use bytes::Bytes;
use data_encoding::BASE64;

/// A message with a file.
#[derive(Debug, Default)]
pub struct FileShape<'a> {
    /// Stanza id.
    pub id: &'a str,
    /// URL of the file.
    pub url: &'a str,
    /// Name of the file.
    pub name: &'a str,
    /// Metadata of the file.
    pub facts: Option<&'a Facts>,
    /// Date of the file (XEP-0082).
    pub date: Option<&'a str>,
    /// XEP-0449.
    pub sticker: bool,
    /// XEP-0461: the id and the author of the stanza that it answers.
    pub answers: Option<(&'a str, &'a str)>,
    /// XEP-0201.
    pub thread: Option<&'a str>,
    /// XEP-0203: when, and who says so.
    pub delay: Option<(&'a str, &'a str)>,
    /// XEP-0172: the name of someone who is not on the roster.
    pub nick: Option<&'a str>,
    /// XEP-0333: the sender wants to know when it is seen.
    pub markable: bool,
}

impl FileShape<'_> {
    /// The stanza.
    #[must_use]
    pub fn stanza(&self, speaker: &Speaker) -> Bytes {
        speaker.message(Some(self.id), |xml| self.write(xml))
    }

    fn write(&self, xml: &mut Xml) {
        xml.text_child("body", self.url).open_ns("x", ns::OOB).text_child("url", self.url).close();
        self.write_sims(xml);
        if self.sticker {
            xml.leaf("sticker", ns::STICKERS);
        }
        if self.markable {
            xml.leaf("markable", ns::MARKERS);
        }
        if let Some(thread) = self.thread {
            xml.text_child("thread", thread);
        }
        if let Some((stamp, from)) = self.delay {
            xml.open_ns("delay", ns::DELAY).attr("from", from).attr("stamp", stamp).close();
        }
        if let Some(nick) = self.nick {
            xml.open_ns("nick", ns::NICK).text(nick).close();
        }
        if let Some((id, to)) = self.answers {
            replies::write(xml, id, Some(to), "");
        }
    }

    /// XEP-0385, in a reference (XEP-0372).
    fn write_sims(&self, xml: &mut Xml) {
        xml.open_ns("reference", ns::REFERENCE).attr("type", "data").open_ns("media-sharing", ns::SIMS);
        self.write_file(xml);
        xml.open("sources")
            .open_ns("reference", ns::REFERENCE)
            .attr("type", "data")
            .attr("uri", self.url)
            .close()
            .close()
            .close()
            .close();
    }

    /// XEP-0234.
    fn write_file(&self, xml: &mut Xml) {
        xml.open_ns("file", ns::JINGLE_FILE);
        if let Some(facts) = self.facts {
            xml.text_child("media-type", &facts.content_type);
        }
        xml.text_child("name", self.name);
        if let Some(facts) = self.facts.filter(|facts| facts.size > 0) {
            xml.text_child("size", &facts.size.to_string());
        }
        if let Some(date) = self.date {
            xml.text_child("date", date);
        }
        if let Some(facts) = self.facts.filter(|facts| !facts.sha256.is_empty()) {
            let hash = BASE64.encode(&facts.sha256);
            xml.open_ns("hash", ns::HASHES).attr("algo", "sha-256").text(&hash).close();
        }
        if let Some(thumbhash) = self.facts.and_then(|facts| facts.thumbhash.as_ref()) {
            let uri = format!("data:image/thumbhash;base64,{}", BASE64.encode(thumbhash));
            xml.open_ns("thumbnail", ns::THUMBS)
                .attr("media-type", "image/thumbhash")
                .attr("uri", &uri)
                .close();
        }
        xml.close();
    }
}

#[cfg(test)]
mod tests {
    use crate::stanza::AsUser;
    use crate::stanza::file::*;

    #[test]
    fn a_file_has_the_elements_that_all_clients_open() {
        let facts = Facts {
            content_type: "image/png".into(),
            size: 3,
            sha256: b"hash".into(),
            pixels: Some((300, 200)),
            thumbhash: Some(b"thumb".into()),
            extension: None,
        };
        let file = FileShape {
            id: "7",
            url: "https://d/a&b.png",
            name: "a&b.png",
            facts: Some(&facts),
            date: Some("2023-11-14T22:13:20Z"),
            ..FileShape::default()
        };
        assert_eq!(
            file.stanza(&Speaker { from: "gw".into(), to: "u@d".into(), as_user: None, room: None }),
            "<message type='chat' from='gw' to='u@d' id='7'><body>https://d/a&amp;b.png</body><x xmlns='jabber:x:oob'><url>https://d/a&amp;b.png</url></x>\
             <reference xmlns='urn:xmpp:reference:0' type='data'><media-sharing xmlns='urn:xmpp:sims:1'>\
             <file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><media-type>image/png</media-type><name>a&amp;b.png</name><size>3</size><date>2023-11-14T22:13:20Z</date><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>aGFzaA==</hash><thumbnail xmlns='urn:xmpp:thumbs:1' media-type='image/thumbhash' uri='data:image/thumbhash;base64,dGh1bWI='/></file>\
             <sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='https://d/a&amp;b.png'/></sources></media-sharing></reference></message>"
        );
    }

    #[test]
    fn k67_a_sticker_of_a_contact_and_the_users_own_file() {
        let file = FileShape {
            url: "u",
            name: "n",
            sticker: true,
            markable: true,
            nick: Some("Carl"),
            ..FileShape::default()
        };
        let text = String::from_utf8(file.stanza(&Speaker::default()).to_vec()).unwrap();
        assert!(
            text.ends_with(
                "<sticker xmlns='urn:xmpp:stickers:0'/><markable xmlns='urn:xmpp:chat-markers:0'/>\
             <nick xmlns='http://jabber.org/protocol/nick'>Carl</nick></message>"
            ),
            "{text}"
        );
        assert!(!text.contains("<size>") && !text.contains("<hash"), "what is not known is not said: {text}");
        let as_user = Some(AsUser {
            gateway: "gw".into(),
            domain: "d".into(),
            namespace: ns::PRIVILEGE_2,
            echo: crate::model::key::Key::default(),
        });
        let own = FileShape::default().stanza(&Speaker { as_user, ..Speaker::default() });
        let text = String::from_utf8(own.to_vec()).unwrap();
        assert!(
            text.starts_with("<message from='gw' to='d'><privilege xmlns='urn:xmpp:privilege:2'>"),
            "{text}"
        );
    }
}
