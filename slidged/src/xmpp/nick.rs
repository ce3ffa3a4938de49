//! XEP-0172: User Nickname.

use super::{ns, stanza::Stanza, xml::Xml};

/// The nickname in a stanza, unless it is blank.
#[must_use]
pub fn parse(stanza: &Stanza) -> Option<String> {
    stanza.child("nick", ns::NICK).map(|n| n.text().trim().to_owned()).filter(|n| !n.is_empty())
}

/// Writes `<nick/>`. Line ends, which a name must not have but legacy networks allow, become " | ".
pub fn write(xml: &mut Xml, name: &str) {
    xml.open_ns("nick", ns::NICK);
    for (n, line) in name.lines().map(str::trim).filter(|l| !l.is_empty()).enumerate() {
        if n > 0 {
            xml.text(" | ");
        }
        xml.text(line);
    }
    xml.close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    #[test]
    fn names_are_one_line() {
        let check = |name: &str, expected: Option<&str>| {
            let mut xml = Xml::new();
            write(&mut xml, name);
            let nick = std::str::from_utf8(&xml.finish()).unwrap().parse().unwrap();
            let stanza = Stanza { payloads: vec![nick], ..Stanza::new(Kind::Presence) };
            assert_eq!(parse(&stanza).as_deref(), expected);
        };
        check("Zoë 🦀", Some("Zoë 🦀"));
        check("a\r\nb\n\n c ", Some("a | b | c"));
        check(" \n", None);
        check("", None);
    }
}
