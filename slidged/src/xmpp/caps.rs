//! XEP-0115: Entity Capabilities, with SHA-1 as everybody has it. Not done: checking what others
//! claim (section 5.4); the caller asks and hashes.

use data_encoding::BASE64;
use minidom::Element;
use sha1::{Digest, Sha1};

use super::{disco::Info, forms::Form, ns, stanza::Stanza, xml::Xml};

/// Entity capabilities as a presence announces them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Caps {
    /// The software, a URI.
    pub node: String,
    /// The hash function's name.
    pub hash: String,
    /// The hash.
    pub ver: String,
}

impl Caps {
    /// Builds our own capabilities from what disco#info would answer.
    #[must_use]
    pub fn of(node: &str, info: &Info) -> Self {
        Caps { node: node.to_owned(), hash: "sha-1".to_owned(), ver: ver(info) }
    }

    /// Parses the capabilities of a presence; `None` when there are none, or in the form of before
    /// version 1.4, without hash.
    #[must_use]
    pub fn parse(presence: &Stanza) -> Option<Self> {
        let c: &Element = presence.child("c", ns::CAPS)?;
        let owned = |name: &str| c.attr(name).map(str::to_owned);
        Some(Caps { node: owned("node")?, hash: owned("hash")?, ver: owned("ver")? })
    }

    /// The node to ask for what is behind the hash.
    #[must_use]
    pub fn query_node(&self) -> String {
        format!("{}#{}", self.node, self.ver)
    }

    /// Writes `<c/>`.
    pub fn write(&self, xml: &mut Xml) {
        xml.open_ns("c", ns::CAPS)
            .attr("hash", &self.hash)
            .attr("node", &self.node)
            .attr("ver", &self.ver)
            .close();
    }
}

/// The verification string (section 5.1).
#[must_use]
pub fn ver(info: &Info) -> String {
    let mut text = String::new();
    let mut push = |parts: &[&str]| {
        for part in parts {
            // What ends a part must not be in it; no legal value has it.
            text.push_str(&part.replace('<', "&lt;"));
            text.push('/');
        }
        text.pop();
        text.push('<');
    };
    let mut identities: Vec<_> = info.identities.iter().collect();
    identities.sort_by_key(|i| {
        (&i.category, &i.type_, i.lang.as_deref().unwrap_or(""), i.name.as_deref().unwrap_or(""))
    });
    for i in identities {
        push(&[&i.category, &i.type_, i.lang.as_deref().unwrap_or(""), i.name.as_deref().unwrap_or("")]);
    }
    let mut features: Vec<_> = info.features.iter().collect();
    features.sort();
    features.dedup();
    for feature in features {
        push(&[feature]);
    }
    let mut forms: Vec<&Form> = info.forms.iter().filter(|f| f.form_type().is_some()).collect();
    forms.sort_by_key(|f| f.form_type());
    for form in forms {
        push(&[form.form_type().unwrap_or_default()]);
        let mut fields: Vec<_> = form.fields.iter().filter(|f| f.var != "FORM_TYPE").collect();
        fields.sort_by_key(|f| &f.var);
        for field in fields {
            push(&[&field.var]);
            let mut values: Vec<_> = field.values.iter().collect();
            values.sort();
            for value in values {
                push(&[value]);
            }
        }
    }
    BASE64.encode(&Sha1::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    fn info(xml: &str) -> Info {
        Info::parse(
            &format!("<query xmlns='http://jabber.org/protocol/disco#info'>{xml}</query>").parse().unwrap(),
        )
        .unwrap()
    }

    #[test]
    fn the_simple_example_of_the_xep() {
        let i = info(
            "<identity category='client' name='Exodus 0.9.1' type='pc'/><feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/><feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>",
        );
        assert_eq!(ver(&i), "QgayPKawpkPSDYmwT/WM94uAlu0=");
    }

    #[test]
    fn the_complex_example_of_the_xep() {
        let i = info(
            "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/><identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>
             <feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/muc'/><feature var='http://jabber.org/protocol/disco#info'/>
             <x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>
             <field var='os'><value>Mac</value></field><field var='ip_version' type='text-multi'><value>ipv6</value><value>ipv4</value></field><field var='os_version'><value>10.5.1</value></field><field var='software'><value>Psi</value></field><field var='software_version'><value>0.11</value></field></x>",
        );
        assert_eq!(ver(&i), "q07IKJEyjvHSyhy//CH0CxmKi8w=");
    }

    #[test]
    fn caps_are_read_and_written() {
        let caps = Caps::of("https://example.org/s", &Info::default());
        let mut xml = Xml::new();
        caps.write(&mut xml);
        let c: Element = std::str::from_utf8(&xml.finish()).unwrap().parse().unwrap();
        let mut presence = Stanza { payloads: vec![c], ..Stanza::new(Kind::Presence) };
        assert_eq!(Caps::parse(&presence), Some(caps));
        presence.payloads =
            vec!["<c xmlns='http://jabber.org/protocol/caps' node='x' ver='1.0'/>".parse().unwrap()];
        assert_eq!(Caps::parse(&presence), None);
    }
}
