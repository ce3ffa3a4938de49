//! XEP-0231: Bits of Binary, handing out and asking for.

use data_encoding::{BASE64, HEXLOWER, HEXLOWER_PERMISSIVE};
use minidom::Element;
use sha1::{Digest, Sha1};

use super::{
    ns,
    stanza::{Kind, Stanza},
    xml::Xml,
};

/// The content id of some bytes (section 3), without the scheme `cid:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cid([u8; 20]);

impl Cid {
    /// The id of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Cid(Sha1::digest(bytes).into())
    }

    /// Reads one; `None` when it is none, or one by another hash function: we hand out no such.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hash = text.strip_prefix("sha1+")?.strip_suffix("@bob.xmpp.org")?;
        HEXLOWER_PERMISSIVE.decode(hash.as_bytes()).ok()?.try_into().ok().map(Cid)
    }

    /// The bytes that an iq of type `get` asks for; `Some(None)` when it asks for what cannot be
    /// there.
    #[must_use]
    pub fn asked(iq: &Stanza) -> Option<Option<Self>> {
        let data = iq.payload().filter(|data| iq.kind == Kind::Iq && data.is("data", ns::BOB))?;
        (iq.type_str() == "get").then(|| data.attr("cid").and_then(Cid::parse))
    }
}

impl std::fmt::Display for Cid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sha1+{}@bob.xmpp.org", HEXLOWER.encode(&self.0))
    }
}

/// Writes `<data/>` with the bytes; they may be kept for `max_age` seconds.
pub fn write_data(xml: &mut Xml, cid: &Cid, content_type: &str, max_age: u64, bytes: &[u8]) {
    xml.open_ns("data", ns::BOB)
        .attr("cid", &cid.to_string())
        .attr("max-age", &max_age.to_string())
        .attr("type", content_type)
        .text(&BASE64.encode(bytes))
        .close();
}

/// Writes the request for some bytes, the payload of an iq of type `get`.
pub fn write_request(xml: &mut Xml, cid: &Cid) {
    xml.open_ns("data", ns::BOB).attr("cid", &cid.to_string()).close();
}

/// The bytes that an answer gives; `None` when they are not those that were asked for.
#[must_use]
pub fn given(answer: &Element, cid: Cid) -> Option<Vec<u8>> {
    let text = answer.is("data", ns::BOB).then(|| answer.text())?;
    let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    BASE64.decode(text.as_bytes()).ok().filter(|bytes| Cid::of(bytes) == cid)
}

#[cfg(test)]
mod tests {
    use super::*;

    const XEP: &str = "sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org";

    #[test]
    fn the_id_of_the_xep_survives() {
        assert_eq!(Cid::parse(XEP).unwrap().to_string(), XEP);
        assert_eq!(
            Cid::parse(&XEP.to_uppercase().replace("SHA1", "sha1").replace("BOB.XMPP.ORG", "bob.xmpp.org")),
            Cid::parse(XEP)
        );
        assert_eq!(Cid::of(b"").to_string(), "sha1+da39a3ee5e6b4b0d3255bfef95601890afd80709@bob.xmpp.org");
    }

    #[test]
    fn what_is_no_id_is_none() {
        for text in [
            "",
            "sha1+@bob.xmpp.org",
            "sha1+8f35@bob.xmpp.org",
            "sha1+8f35fef110ffc5df08d579a50083ff9308fb624g@bob.xmpp.org",
            "sha1+ä€ef110ffc5df08d579a50083ff9308fb62@bob.xmpp.org",
            "sha1+8f35fef110ffc5df08d579a50083ff9308fb624242@bob.xmpp.org",
            "md5+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org",
            "sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@example.org",
            "cid:sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org",
        ] {
            assert_eq!(Cid::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_a_question_asks() {
        let iq = |type_: &str, data: &str| {
            let payload: Element = data.parse().unwrap();
            Cid::asked(&Stanza {
                type_: Some(type_.into()),
                payloads: vec![payload],
                ..Stanza::new(Kind::Iq)
            })
        };
        let data = format!("<data xmlns='urn:xmpp:bob' cid='{XEP}'/>");
        assert_eq!(iq("get", &data), Some(Cid::parse(XEP)));
        assert_eq!(iq("get", "<data xmlns='urn:xmpp:bob'/>"), Some(None));
        assert_eq!(iq("set", &data), None);
        assert_eq!(iq("get", "<data xmlns='urn:other'/>"), None);
    }

    #[test]
    fn only_the_bytes_that_were_asked_for_are_taken() {
        let cid = Cid::of(b"PNG");
        let mut xml = Xml::new();
        write_request(&mut xml, &cid);
        assert_eq!(xml.finish(), format!("<data xmlns='urn:xmpp:bob' cid='{cid}'/>"));
        for (data, bytes) in [
            ("<data xmlns='urn:xmpp:bob'>UE\n 5H\n</data>", Some(b"PNG".to_vec())),
            ("<data xmlns='urn:xmpp:bob'>UE5I</data>", None),
            ("<data xmlns='urn:xmpp:bob'>ä</data>", None),
            ("<data xmlns='urn:other'>UE5H</data>", None),
        ] {
            assert_eq!(given(&data.parse().unwrap(), cid), bytes, "{data}");
        }
    }

    #[test]
    fn data_is_written_as_in_the_xep() {
        let mut xml = Xml::new();
        write_data(&mut xml, &Cid::parse(XEP).unwrap(), "image/png", 86_400, b"PNG");
        assert_eq!(
            xml.finish(),
            format!("<data xmlns='urn:xmpp:bob' cid='{XEP}' max-age='86400' type='image/png'>UE5H</data>")
        );
    }
}
