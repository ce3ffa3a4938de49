//! XEP-0191: Blocking Command, as far as somebody sends it to us: the list itself is kept by the
//! user's server. Not done: telling the list.

use jid::Jid;

use super::{
    ns,
    stanza::{Kind, Stanza},
};

/// A request to block or unblock addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Block; else unblock.
    pub block: bool,
    /// Addresses to block or unblock; empty to unblock everybody.
    pub whom: Vec<Jid>,
}

impl Change {
    /// The wish in an iq of type `set`; none when it is no such wish, or cannot be understood.
    #[must_use]
    pub fn parse(iq: &Stanza) -> Option<Self> {
        let payload = iq.payload().filter(|p| p.ns() == ns::BLOCKING && iq.kind == Kind::Iq)?;
        let block = match payload.name() {
            "block" => true,
            "unblock" => false,
            _ => return None,
        };
        let items = payload.children().filter(|c| c.is("item", ns::BLOCKING));
        let whom: Vec<Jid> = items.map(|item| Jid::new(item.attr("jid")?).ok()).collect::<Option<_>>()?;
        (iq.type_str() == "set" && !(block && whom.is_empty())).then_some(Change { block, whom })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(type_: &str, payload: &str) -> Option<Change> {
        let payloads = vec![payload.parse().unwrap()];
        Change::parse(&Stanza { type_: Some(type_.into()), payloads, ..Stanza::new(Kind::Iq) })
    }

    #[test]
    fn wishes_are_read() {
        let romeo = vec!["romeo@montague.net".parse().unwrap()];
        let block = "<block xmlns='urn:xmpp:blocking'><item jid='romeo@montague.net'/></block>";
        assert_eq!(parse("set", block), Some(Change { block: true, whom: romeo.clone() }));
        let unblock = "<unblock xmlns='urn:xmpp:blocking'><item jid='romeo@montague.net'/></unblock>";
        assert_eq!(parse("set", unblock), Some(Change { block: false, whom: romeo }));
        assert_eq!(
            parse("set", "<unblock xmlns='urn:xmpp:blocking'/>"),
            Some(Change { block: false, whom: Vec::new() })
        );
    }

    #[test]
    fn what_is_none_is_not() {
        for payload in [
            "<block xmlns='urn:xmpp:blocking'/>",
            "<block xmlns='urn:xmpp:blocking'><item/></block>",
            "<block xmlns='urn:xmpp:blocking'><item jid='@@'/></block>",
            "<blocklist xmlns='urn:xmpp:blocking'/>",
            "<block xmlns='urn:other'><item jid='romeo@montague.net'/></block>",
        ] {
            assert_eq!(parse("set", payload), None, "{payload}");
        }
        assert_eq!(parse("get", "<block xmlns='urn:xmpp:blocking'><item jid='a@b'/></block>"), None);
    }
}
