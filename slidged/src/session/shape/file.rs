//! A file that can be fetched from the web, said in every way that clients understand (WIRE 5.1): XEP-0385, XEP-0447, XEP-0066, and
//! its address as the body; with XEP-0446, XEP-0264 (a thumbnail of some 25 bytes) and XEP-0449 (the mark of a sticker).

use super::Speaker;
use crate::{
    media::facts::Facts,
    xmpp::{Xml, fallback, ns, replies},
};
use bytes::Bytes;
use data_encoding::BASE64;

/// A message with a file.
#[derive(Debug, Default)]
pub struct FileShape<'a> {
    /// Stanza id.
    pub id: &'a str,
    /// Where the file is.
    pub url: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// What it is.
    pub facts: Option<&'a Facts>,
    /// When it was made (XEP-0082).
    pub date: Option<&'a str>,
    /// Of a recording, milliseconds.
    pub length: Option<u32>,
    /// Shown in place, not offered for download.
    pub inline: bool,
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
        self.write_sfs(xml);
        fallback::write(xml, ns::SFS, None);
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
        self.write_file(xml, ns::JINGLE_FILE);
        xml.open("sources")
            .open_ns("reference", ns::REFERENCE)
            .attr("type", "data")
            .attr("uri", self.url)
            .close()
            .close()
            .close()
            .close();
    }

    /// XEP-0447.
    fn write_sfs(&self, xml: &mut Xml) {
        let disposition = if self.inline { "inline" } else { "attachment" };
        xml.open_ns("file-sharing", ns::SFS).attr("disposition", disposition);
        self.write_file(xml, ns::FILE_METADATA);
        xml.open("sources")
            .open_ns("url-data", ns::URL_DATA)
            .attr("target", self.url)
            .close()
            .close()
            .close();
    }

    /// XEP-0234 and XEP-0446 say the same in two namespaces; sizes of pictures and lengths are of the latter only.
    fn write_file(&self, xml: &mut Xml, namespace: &str) {
        let own = namespace == ns::FILE_METADATA;
        xml.open_ns("file", namespace);
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
        if let Some((width, height)) = self.facts.and_then(|facts| facts.pixels).filter(|_| own) {
            xml.text_child("width", &width.to_string()).text_child("height", &height.to_string());
        }
        if let Some(length) = self.length.filter(|_| own) {
            xml.text_child("length", &length.to_string());
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
    use super::*;
    use crate::session::shape::AsUser;

    #[test]
    fn wire_5_1_a_file_is_said_in_every_way_at_once() {
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
            inline: true,
            ..FileShape::default()
        };
        assert_eq!(
            file.stanza(&Speaker { from: "gw".into(), to: "u@d".into(), as_user: None, room: None }),
            "<message type='chat' from='gw' to='u@d' id='7'><body>https://d/a&amp;b.png</body><x xmlns='jabber:x:oob'><url>https://d/a&amp;b.png</url></x>\
             <reference xmlns='urn:xmpp:reference:0' type='data'><media-sharing xmlns='urn:xmpp:sims:1'>\
             <file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><media-type>image/png</media-type><name>a&amp;b.png</name><size>3</size><date>2023-11-14T22:13:20Z</date><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>aGFzaA==</hash><thumbnail xmlns='urn:xmpp:thumbs:1' media-type='image/thumbhash' uri='data:image/thumbhash;base64,dGh1bWI='/></file>\
             <sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='https://d/a&amp;b.png'/></sources></media-sharing></reference>\
             <file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'>\
             <file xmlns='urn:xmpp:file:metadata:0'><media-type>image/png</media-type><name>a&amp;b.png</name><size>3</size><date>2023-11-14T22:13:20Z</date><width>300</width><height>200</height><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>aGFzaA==</hash><thumbnail xmlns='urn:xmpp:thumbs:1' media-type='image/thumbhash' uri='data:image/thumbhash;base64,dGh1bWI='/></file>\
             <sources><url-data xmlns='http://jabber.org/protocol/url-data' target='https://d/a&amp;b.png'/></sources></file-sharing>\
             <fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'><body/></fallback></message>"
        );
    }

    #[test]
    fn k67_a_sticker_of_a_contact_and_the_users_own_recording() {
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
            echo: crate::gateway::Key::default(),
        });
        let own = FileShape { length: Some(1500), ..FileShape::default() }
            .stanza(&Speaker { as_user, ..Speaker::default() });
        let text = String::from_utf8(own.to_vec()).unwrap();
        assert!(
            text.starts_with("<message from='gw' to='d'><privilege xmlns='urn:xmpp:privilege:2'>"),
            "{text}"
        );
        assert_eq!(text.matches("<length>1500</length>").count(), 1);
        assert!(text.contains("disposition='attachment'"));
    }
}
