//! A file that can be fetched from the web, said in every way that clients understand (WIRE 5.1): XEP-0385, XEP-0447, XEP-0066, and
//! its address as the body.

use crate::xmpp::{Xml, ns};
use bytes::Bytes;
use data_encoding::BASE64;

/// A message with a file.
#[derive(Debug, Default)]
pub struct FileShape<'a> {
    /// Contact with resource, or the gateway.
    pub from: &'a str,
    /// The user's bare JID.
    pub to: &'a str,
    /// Stanza id.
    pub id: &'a str,
    /// Where the file is.
    pub url: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// MIME type.
    pub content_type: &'a str,
    /// Bytes.
    pub size: u64,
    /// SHA-256.
    pub sha256: &'a [u8],
    /// Width and height of a picture, pixels.
    pub pixels: Option<(u32, u32)>,
    /// Shown in place, not offered for download.
    pub inline: bool,
}

impl FileShape<'_> {
    /// The stanza.
    #[must_use]
    pub fn stanza(&self) -> Bytes {
        let mut xml = Xml::new();
        xml.open("message")
            .attr("type", "chat")
            .attr("from", self.from)
            .attr("to", self.to)
            .attr("id", self.id)
            .text_child("body", self.url)
            .open_ns("x", ns::OOB)
            .text_child("url", self.url)
            .close();
        self.write_sims(&mut xml);
        self.write_sfs(&mut xml);
        // The body is nothing but the fallback (XEP-0428).
        xml.open_ns("fallback", ns::FALLBACK).attr("for", ns::SFS).open("body").close().close();
        xml.finish()
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

    /// XEP-0234 and XEP-0446 say the same in two namespaces; the size in pixels is of the latter only.
    fn write_file(&self, xml: &mut Xml, namespace: &str) {
        xml.open_ns("file", namespace)
            .text_child("media-type", self.content_type)
            .text_child("name", self.name)
            .text_child("size", &self.size.to_string());
        if let Some((width, height)) = self.pixels.filter(|_| namespace == ns::FILE_METADATA) {
            xml.text_child("width", &width.to_string()).text_child("height", &height.to_string());
        }
        xml.open_ns("hash", ns::HASHES)
            .attr("algo", "sha-256")
            .text(&BASE64.encode(self.sha256))
            .close()
            .close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_5_1_a_file_is_said_in_every_way_at_once() {
        let file = FileShape {
            from: "gw",
            to: "u@d",
            id: "7",
            url: "https://d/a&b.png",
            name: "a&b.png",
            content_type: "image/png",
            size: 3,
            sha256: b"hash",
            pixels: Some((300, 200)),
            inline: true,
        };
        assert_eq!(
            file.stanza(),
            "<message type='chat' from='gw' to='u@d' id='7'><body>https://d/a&amp;b.png</body><x xmlns='jabber:x:oob'><url>https://d/a&amp;b.png</url></x>\
             <reference xmlns='urn:xmpp:reference:0' type='data'><media-sharing xmlns='urn:xmpp:sims:1'>\
             <file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><media-type>image/png</media-type><name>a&amp;b.png</name><size>3</size><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>aGFzaA==</hash></file>\
             <sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='https://d/a&amp;b.png'/></sources></media-sharing></reference>\
             <file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'>\
             <file xmlns='urn:xmpp:file:metadata:0'><media-type>image/png</media-type><name>a&amp;b.png</name><size>3</size><width>300</width><height>200</height><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>aGFzaA==</hash></file>\
             <sources><url-data xmlns='http://jabber.org/protocol/url-data' target='https://d/a&amp;b.png'/></sources></file-sharing>\
             <fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'><body/></fallback></message>"
        );
        let file = FileShape { pixels: None, inline: false, ..file }.stanza();
        let text = std::str::from_utf8(&file).unwrap();
        assert!(text.contains("disposition='attachment'") && !text.contains("<width>"), "{text}");
    }
}
