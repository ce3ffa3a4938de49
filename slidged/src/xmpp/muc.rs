//! XEP-0045: Multi-User Chat: the way in, and what a room says itself. See `muc_user` for what it
//! tells of occupants. Not done: passwords, creation and configuration of rooms, voice requests.

use crate::model::cut;
use bytes::Bytes;
use time::OffsetDateTime;

use super::{
    datetime,
    error::StanzaError,
    ns, repair,
    stanza::{Kind, Stanza},
    vcard,
    xml::Xml,
};

/// Longer than anybody's name, and so short that it fits into an address in every form. Bytes.
const MAX_NICK: usize = 256;

/// Tells whether a presence asks to enter a room.
#[must_use]
pub fn is_join(presence: &Stanza) -> bool {
    presence.kind == Kind::Presence && presence.type_str().is_empty() && presence.has("x", ns::MUC)
}

/// Part of a room's history that a joining client wants (section 7.2.14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct History {
    /// Most messages.
    pub max_stanzas: Option<u32>,
    /// Most characters of all messages together.
    pub max_chars: Option<u32>,
    /// Only messages of the last seconds.
    pub seconds: Option<u32>,
    /// Only messages since then.
    pub since: Option<OffsetDateTime>,
}

impl History {
    /// Reads what a presence that enters a room says; what is not understood is as if it were not
    /// there.
    #[must_use]
    pub fn parse(presence: &Stanza) -> Self {
        let history = presence.child("x", ns::MUC).and_then(|x| x.get_child("history", ns::MUC));
        let attr = |name| history.and_then(|history| history.attr(name));
        let number = |name| attr(name).and_then(|text: &str| text.trim().parse().ok());
        History {
            max_stanzas: number("maxstanzas"),
            max_chars: number("maxchars"),
            seconds: number("seconds"),
            since: attr("since").and_then(datetime::parse),
        }
    }
}

/// Makes a nickname of a name: one line, without what no address and no client can show, and of
/// bounded length.
#[must_use]
pub fn nick(name: &str) -> String {
    let lines = name.lines().map(|line| line.replace(char::is_control, ""));
    let lines: Vec<_> = lines.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    cut::to_bytes(lines.join(" | "), MAX_NICK).into_owned()
}

/// The resource of an occupant of that nick: the nick itself, or what is left of it where servers
/// would refuse or change it. `None`: nothing is left.
#[must_use]
pub fn resource(nick: &str) -> Option<String> {
    // That it was cut says nothing by itself.
    repair::resource(nick.trim_end_matches(cut::MARK))?;
    repair::resource(nick)
}

/// A resource that any text has, and no other: for what has no other.
#[must_use]
pub fn unreadable(text: &str) -> String {
    data_encoding::HEXLOWER.encode(text.as_bytes())
}

/// The error that answers a presence to a room: from where it went, with who says so.
#[must_use]
pub fn refusal(presence: &Stanza, room: &str, error: &StanzaError) -> Option<Bytes> {
    let to = presence.from.as_ref().filter(|_| !presence.is_error())?;
    let mut xml = Xml::new();
    xml.open("presence")
        .attr("type", "error")
        .attr_opt("from", presence.addressed())
        .attr("to", to.as_str())
        .attr_opt("id", presence.id.as_deref())
        .leaf("x", ns::MUC);
    error.write_by(&mut xml, Some(room));
    Some(xml.finish())
}

/// The subject of a room (section 7.2.15). `from` is the room, or who has set it; `delay` when, and
/// who says so.
#[must_use]
pub fn subject(
    (from, to): (&str, &str),
    id: &str,
    subject: &str,
    delay: Option<(&str, &str)>,
    more: impl FnOnce(&mut Xml),
) -> Bytes {
    let mut xml = Xml::new();
    xml.open("message").attr("type", "groupchat").attr("from", from).attr("to", to).attr("id", id);
    xml.text_child("subject", subject);
    if let Some((stamp, by)) = delay {
        xml.open_ns("delay", ns::DELAY).attr("from", by).attr("stamp", stamp).close();
    }
    more(&mut xml);
    xml.finish()
}

/// A message of the room itself that something about it has changed (section 10.2.1).
#[must_use]
pub fn changed(room: &str, to: &str, code: u16) -> Bytes {
    let mut xml = Xml::new();
    xml.open("message").attr("type", "groupchat").attr("from", room).attr("to", to);
    xml.open_ns("x", ns::MUC_USER).open("status").attr("code", &code.to_string());
    xml.finish()
}

/// The presence of a room itself, which says how it looks (XEP-0153): the SHA-1 of its picture,
/// nothing if it has none.
#[must_use]
pub fn photo(room: &str, to: &str, photo: &str) -> Bytes {
    let mut xml = Xml::new();
    xml.open("presence").attr("from", room).attr("to", to);
    vcard::write_update(&mut xml, photo);
    xml.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::Condition;

    #[test]
    fn the_wanted_history_is_read() {
        let history = |attributes: &str| {
            let x = format!("<x xmlns='{}'><history {attributes}/></x>", ns::MUC);
            History::parse(&Stanza { payloads: vec![x.parse().unwrap()], ..Stanza::new(Kind::Presence) })
        };
        let max = History { max_stanzas: Some(5), max_chars: Some(0), ..History::default() };
        assert_eq!(history("maxstanzas='5' maxchars='0'"), max);
        assert_eq!(history("seconds='60'"), History { seconds: Some(60), ..History::default() });
        let since = Some(time::macros::datetime!(2026-01-01 0:00 UTC));
        assert_eq!(history("since='2026-01-01T00:00:00Z'"), History { since, ..History::default() });
        assert_eq!(history("since='yesterday' maxstanzas='-1'"), History::default());
    }

    #[test]
    fn k94_a_nick_is_in_one_line_and_has_a_resource_that_servers_take() {
        for (name, shown, part) in [
            ("Ada", "Ada", "Ada"),
            ("Ada Lovelace", "Ada Lovelace", "Ada Lovelace"),
            ("a\nb\r\n\n c ", "a | b | c", "a | b | c"),
            ("a\u{7}b", "ab", "ab"),
            ("weirdguy🎉", "weirdguy🎉", "weirdguy"),
            ("Мария 🎉", "Мария 🎉", "Мария"),
            ("Ünïcödé", "Ünïcödé", "Ünïcödé"),
        ] {
            let nick = nick(name);
            assert_eq!((nick.as_str(), resource(&nick).as_deref()), (shown, Some(part)));
        }
        let long = nick(&"Ada ".repeat(1000));
        assert!(long.len() <= MAX_NICK && long.ends_with("A…"), "{long}");
        assert!(resource(&long).unwrap().ends_with("A..."));
        let long = nick(&"🎉".repeat(1000));
        assert!(long.len() <= MAX_NICK && resource(&long).is_none() && unreadable(&long).len() <= 1023);
    }

    #[test]
    fn a_refusal_says_who_refuses() {
        let presence = Stanza {
            from: Some("u@d/r".parse().unwrap()),
            to: Some("r@gw".parse().unwrap()),
            id: Some("1".into()),
            payloads: vec![minidom::Element::bare("x", ns::MUC)],
            ..Stanza::new(Kind::Presence)
        };
        assert!(is_join(&presence));
        let error = StanzaError::new(Condition::JidMalformed);
        assert_eq!(
            refusal(&presence, "r@gw", &error).unwrap(),
            "<presence type='error' from='r@gw' to='u@d/r' id='1'><x xmlns='http://jabber.org/protocol/muc'/>\
             <error type='modify' by='r@gw'><jid-malformed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"
        );
        let gone = Stanza { type_: Some("unavailable".into()), ..presence.clone() };
        assert!(!is_join(&gone));
        assert_eq!(refusal(&Stanza { type_: Some("error".into()), ..presence }, "r@gw", &error), None);
    }

    #[test]
    fn k107_a_subject_may_be_empty_and_old() {
        assert_eq!(
            subject(("r@gw", "u@d/r"), "1", "", Some(("2023-11-14T22:13:20.000Z", "r@gw")), |_| ()),
            "<message type='groupchat' from='r@gw' to='u@d/r' id='1'><subject></subject>\
             <delay xmlns='urn:xmpp:delay' from='r@gw' stamp='2023-11-14T22:13:20.000Z'/></message>"
        );
        assert_eq!(
            changed("r@gw", "u@d/r", 104),
            "<message type='groupchat' from='r@gw' to='u@d/r'><x xmlns='http://jabber.org/protocol/muc#user'>\
             <status code='104'/></x></message>"
        );
    }
}
