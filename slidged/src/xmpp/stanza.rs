//! Stanzas as the decoder yields them: the header typed, the payload as trees in `jabber:client`.

use jid::Jid;
use minidom::Element;
use rxml::{AttrMap, Namespace};

use super::{error::StanzaError, ns, repair, stream::Invalid};

/// The three stanzas of RFC 6120 section 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `<message/>`
    Message,
    /// `<presence/>`
    Presence,
    /// `<iq/>`
    Iq,
}

impl Kind {
    /// The element's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Message => "message",
            Kind::Presence => "presence",
            Kind::Iq => "iq",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Kind::Message, Kind::Presence, Kind::Iq].into_iter().find(|k| k.as_str() == name)
    }
}

/// A received stanza.
///
/// The decoder promises: an iq has an id and one of the four types, and exactly one payload when it
/// is a `get` or `set`; the types of messages and presences are as received, so that unknown ones
/// are the reader's to judge ([`Stanza::message_type`]). The language of the stream is not
/// inherited.
#[derive(Debug, Clone, PartialEq)]
pub struct Stanza {
    /// Kind: iq, message or presence.
    pub kind: Kind,
    /// The sender.
    pub from: Option<Jid>,
    /// The addressee.
    pub to: Option<Jid>,
    /// The addressee of a presence as its sender wrote it, where our library does not take that for
    /// an address: answers come from there.
    pub written_to: Option<String>,
    /// The attribute `id`.
    pub id: Option<String>,
    /// The attribute `type`.
    pub type_: Option<String>,
    /// The attribute `xml:lang` of the stanza itself.
    pub lang: Option<String>,
    /// The child elements, in order.
    pub payloads: Vec<Element>,
}

impl Stanza {
    /// An empty stanza, for tests and replies.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Stanza {
            kind,
            from: None,
            to: None,
            written_to: None,
            id: None,
            type_: None,
            lang: None,
            payloads: Vec::new(),
        }
    }

    /// Makes a stanza of its parts, and checks what [`Stanza`] promises.
    pub(super) fn from_parts(
        kind: Kind,
        mut attrs: AttrMap,
        payloads: Vec<Element>,
    ) -> Result<Self, Invalid> {
        let mut take = |name: &str| attrs.remove(&Namespace::NONE, name);
        let (from, to, id, type_) = (take("from"), take("to"), take("id"), take("type"));
        let from = from.map(|from| Jid::new(&from)).transpose().map_err(|_| Invalid::From)?;
        let (to, written_to) = match to.as_deref().map(Jid::new) {
            None => (None, None),
            Some(Ok(to)) => (Some(to), None),
            // A nick in a room is ours to give, whatever is asked for.
            Some(Err(_)) if kind == Kind::Presence => {
                (Some(to.as_deref().and_then(repair::resource_of).ok_or(Invalid::To)?), to)
            }
            Some(Err(_)) => return Err(Invalid::To),
        };
        let lang = attrs.remove(&Namespace::XML, "lang");
        let stanza = Stanza { kind, from, to, written_to, id, type_, lang, payloads };
        let sound = match stanza.type_str() {
            _ if kind != Kind::Iq => true,
            "get" | "set" => stanza.payloads.len() == 1 && stanza.id.is_some(),
            "result" | "error" => stanza.id.is_some(),
            _ => false,
        };
        if sound { Ok(stanza) } else { Err(Invalid::Iq) }
    }

    /// A stanza that is part of a tree, such as a forwarded one.
    ///
    /// # Errors
    /// [`Invalid`] when it would not have been decoded by itself.
    pub fn from_element(element: &Element) -> Result<Self, Invalid> {
        let kind =
            Kind::parse(element.name()).filter(|_| element.has_ns(ns::CLIENT)).ok_or(Invalid::Unknown)?;
        Stanza::from_parts(kind, element.attrs().clone(), element.children().cloned().collect())
    }

    /// The addressee as its sender knows it: where an answer comes from.
    #[must_use]
    pub fn addressed(&self) -> Option<&str> {
        self.written_to.as_deref().or(self.to.as_ref().map(Jid::as_str))
    }

    /// The resource of the addressee as its sender wrote it: in a presence to a room, the nick that
    /// somebody wants.
    #[must_use]
    pub fn wanted_nick(&self) -> Option<&str> {
        self.addressed()?.split_once('/').map(|(_, nick)| nick)
    }

    /// The first child of that name and namespace.
    #[must_use]
    pub fn child(&self, name: &str, namespace: &str) -> Option<&Element> {
        self.payloads.iter().find(|p| p.is(name, namespace))
    }

    /// Whether there is such a child.
    #[must_use]
    pub fn has(&self, name: &str, namespace: &str) -> bool {
        self.child(name, namespace).is_some()
    }

    /// The attribute `type`, or nothing.
    #[must_use]
    pub fn type_str(&self) -> &str {
        self.type_.as_deref().unwrap_or("")
    }

    /// A message's type; an unknown one counts as `normal` (RFC 6121 section 5.2.2).
    #[must_use]
    pub fn message_type(&self) -> &str {
        match self.type_str() {
            known @ ("chat" | "error" | "groupchat" | "headline") => known,
            _ => "normal",
        }
    }

    /// Whether it is of type `error`; such a stanza is never answered (RFC 6120 section 8.3.1).
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.type_str() == "error"
    }

    /// The only or first payload of an iq.
    #[must_use]
    pub fn payload(&self) -> Option<&Element> {
        self.payloads.first()
    }

    /// The error of a stanza of type `error`, also of one that came without the element.
    #[must_use]
    pub fn error(&self) -> Option<StanzaError> {
        self.is_error().then(|| match self.child("error", ns::CLIENT) {
            Some(error) => StanzaError::parse(error),
            None => StanzaError::new(super::error::Condition::UndefinedCondition),
        })
    }

    /// Language of the sender (`xml:lang`): that of the body, since servers put the stream's on the
    /// stanza itself.
    #[must_use]
    pub fn language(&self) -> Option<&str> {
        let of_body = self.child("body", ns::CLIENT).and_then(|body| body.attr_ns(ns::XML, "lang"));
        of_body.or(self.lang.as_deref())
    }

    /// The body for a reader without a preferred language.
    #[must_use]
    pub fn body(&self) -> Option<String> {
        self.localised("body")
    }

    /// Whether it has a body of nothing but spaces. An empty one is none: libraries write it beside
    /// chat states.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.body().is_some_and(|body| !body.is_empty() && body.trim().is_empty())
    }

    /// The subject for a reader without a preferred language. `Some("")` clears a subject.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        self.localised("subject")
    }

    /// The thread's id (XEP-0201), the first when somebody sends two.
    #[must_use]
    pub fn thread(&self) -> Option<String> {
        self.child("thread", ns::CLIENT).map(Element::text).filter(|t| !t.is_empty())
    }

    /// Text of a child that may exist in several languages (RFC 6121 section 5.2.3): in that of the
    /// stanza itself, else the first. An empty one counts only where there is no other: some
    /// libraries write one in front.
    fn localised(&self, name: &str) -> Option<String> {
        let lang = |e: &Element| e.attr_ns(ns::XML, "lang").map(str::to_owned);
        let all = || self.payloads.iter().filter(|p| p.is(name, ns::CLIENT));
        let filled = || all().filter(|e| !e.text().is_empty());
        let own = |e: &&Element| lang(e).is_none() || lang(e) == self.lang;
        let found = filled().find(own).or_else(|| filled().next()).or_else(|| all().next())?;
        Some(found.text())
    }

    /// A presence's `<show/>`: `away`, `chat`, `dnd`, `xa`, else nothing.
    #[must_use]
    pub fn show(&self) -> Option<&'static str> {
        let text = self.child("show", ns::CLIENT)?.text();
        ["away", "chat", "dnd", "xa"].into_iter().find(|s| *s == text.trim())
    }

    /// A presence's `<status/>`.
    #[must_use]
    pub fn status(&self) -> Option<String> {
        self.localised("status").filter(|s| !s.is_empty())
    }

    /// A presence's `<priority/>`; 0 when it is missing or no number of -128 to 127 (RFC 6121
    /// section 4.7.2.3).
    #[must_use]
    pub fn priority(&self) -> i8 {
        self.child("priority", ns::CLIENT).and_then(|p| p.text().trim().parse().ok()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(children: &str) -> Stanza {
        let tree: Element = format!("<message xmlns='jabber:client'>{children}</message>").parse().unwrap();
        Stanza { payloads: tree.children().cloned().collect(), ..Stanza::new(Kind::Message) }
    }

    #[test]
    fn the_body_without_a_language_is_preferred() {
        assert_eq!(
            message("<body xml:lang='de'>Hallo</body><body>Hello</body>").body().as_deref(),
            Some("Hello")
        );
        assert_eq!(
            message("<body xml:lang='de'>Hallo</body><body xml:lang='fr'>Salut</body>").body().as_deref(),
            Some("Hallo")
        );
        let mut french = message("<body xml:lang='de'>Hallo</body><body xml:lang='fr'>Salut</body>");
        french.lang = Some("fr".into());
        assert_eq!(french.body().as_deref(), Some("Salut"));
        assert_eq!(message("<body xmlns='urn:other'>no</body>").body(), None);
    }

    #[test]
    fn an_empty_body_does_not_hide_the_one_behind_it() {
        for (bodies, expected) in [
            ("<body/><body>words</body>", "words"),
            ("<body></body><body xml:lang='de'>Worte</body>", "Worte"),
            ("<body xml:lang='de'>Worte</body><body/>", "Worte"),
            ("<body/><body/>", ""),
        ] {
            assert_eq!(message(bodies).body().as_deref(), Some(expected), "{bodies}");
        }
        assert_eq!(message("<subject/>").subject().as_deref(), Some(""));
    }

    #[test]
    fn a_presence_to_a_nick_that_is_no_resource_is_one_all_the_same() {
        let read = |kind: &str, to: &str| {
            Stanza::from_element(&format!("<{kind} xmlns='jabber:client' to='{to}'/>").parse().unwrap())
        };
        for (to, address) in
            [("#tea@gw/🙌 Ann", "#tea@gw/Ann"), ("#tea@gw/Ann Ⱥ", "#tea@gw/Ann"), ("#tea@gw/🦊", "#tea@gw/?")]
        {
            let stanza = read("presence", to).unwrap();
            assert_eq!(stanza.to.as_ref().map(Jid::as_str), Some(address));
            assert_eq!((stanza.addressed(), stanza.wanted_nick()), (Some(to), to.split('/').nth(1)));
            assert_eq!(read("message", to).unwrap_err(), Invalid::To, "it could be somebody else's");
        }
        assert_eq!(read("presence", "🦊@gw/nick").unwrap_err(), Invalid::To);
        let plain = read("presence", "#tea@gw/Ann").unwrap();
        assert_eq!((plain.addressed(), plain.written_to.as_deref()), (Some("#tea@gw/Ann"), None));
    }

    #[test]
    fn an_unknown_message_type_is_normal() {
        let mut m = message("");
        assert_eq!(m.message_type(), "normal");
        m.type_ = Some("bogus".into());
        assert_eq!(m.message_type(), "normal");
        m.type_ = Some("chat".into());
        assert_eq!(m.message_type(), "chat");
    }

    #[test]
    fn bogus_show_and_priority_are_ignored() {
        let p = message("<show>busy</show><priority>999</priority>");
        assert_eq!((p.show(), p.priority()), (None, 0));
        let p = message("<show> dnd\n</show><priority>-5</priority><status>x</status>");
        assert_eq!((p.show(), p.priority(), p.status().as_deref()), (Some("dnd"), -5, Some("x")));
    }

    #[test]
    fn an_error_without_its_element_is_still_an_error() {
        let mut m = message("<body>x</body>");
        assert_eq!(m.error(), None);
        m.type_ = Some("error".into());
        assert_eq!(m.error().unwrap().condition, super::super::Condition::UndefinedCondition);
    }
}
