//! XEP-0045: Multi-User Chat: what a room tells of its occupants. Not done: mediated invitations.

use bytes::Bytes;

use super::{ns, occupant_id, pieces, stanza::Stanza, xml::Xml};

/// The presence is the recipient's own (section 7.2.2).
pub const SELF: u16 = 110;
/// The room is non-anonymous: everybody in it sees real addresses.
pub const NON_ANONYMOUS: u16 = 100;
/// The room's configuration has changed.
pub const CONFIGURATION: u16 = 104;
/// The room has changed the nick.
pub const NICK_GIVEN: u16 = 210;
/// Banned.
pub const BANNED: u16 = 301;
/// Called something else from now on.
pub const RENAMED: u16 = 303;
/// Thrown out.
pub const KICKED: u16 = 307;
/// The occupant is not a member any longer and was removed.
pub const NOT_MEMBER: u16 = 321;
/// The service is shutting down.
pub const SHUTDOWN: u16 = 332;
/// The occupant was removed for a technical reason and may enter again.
pub const TECHNICAL: u16 = 333;

/// Longer than anybody reads of why somebody is gone. Bytes as XML.
const MAX_REASON: usize = 16 << 10;

/// Tells whether a message is an invitation or an answer to one (section 7.8.2).
#[must_use]
pub fn is_invitation(message: &Stanza) -> bool {
    let all = message.payloads.iter().filter(|payload| payload.is("x", ns::MUC_USER));
    all.flat_map(minidom::Element::children).any(|child| matches!(child.name(), "invite" | "decline"))
}

/// A presence of an occupant.
#[derive(Debug, Default)]
pub struct Occupant<'a> {
    /// Room and nick.
    pub from: &'a str,
    /// One client of the user.
    pub to: &'a str,
    /// Id of the presence that this one answers.
    pub id: Option<&'a str>,
    /// The occupant has left the room.
    pub gone: bool,
    /// RFC 6121 `<show/>`.
    pub show: Option<&'a str>,
    /// Free text.
    pub status: Option<&'a str>,
    /// XEP-0319: idle since.
    pub idle: Option<&'a str>,
    /// Lasting rights.
    pub affiliation: &'a str,
    /// Rights of the moment.
    pub role: &'a str,
    /// Real address, where it may be known.
    pub jid: Option<&'a str>,
    /// New nickname.
    pub renamed: Option<&'a str>,
    /// Reason of the departure.
    pub reason: Option<&'a str>,
    /// XEP-0421.
    pub occupant_id: &'a str,
    /// XEP-0172: what they are called, if the address does not say it.
    pub nick: Option<&'a str>,
    /// Further status codes.
    pub codes: &'a [u16],
}

impl Occupant<'_> {
    /// The stanza.
    #[must_use]
    pub fn stanza(&self) -> Bytes {
        let mut xml = Xml::new();
        xml.open("presence").attr("from", self.from).attr("to", self.to).attr_opt("id", self.id);
        if self.gone {
            xml.attr("type", "unavailable");
        }
        if let Some(show) = self.show.filter(|_| !self.gone) {
            xml.text_child("show", show);
        }
        if let Some(status) = self.status {
            xml.text_child("status", status);
        }
        if let Some(since) = self.idle.filter(|_| !self.gone) {
            xml.open_ns("idle", ns::IDLE).attr("since", since).close();
        }
        xml.open_ns("x", ns::MUC_USER);
        xml.open("item")
            .attr("affiliation", self.affiliation)
            .attr("role", self.role)
            .attr_opt("jid", self.jid)
            .attr_opt("nick", self.renamed);
        if let Some(reason) = self.reason.filter(|reason| !reason.is_empty()) {
            xml.text_child("reason", &pieces::first(reason, MAX_REASON));
        }
        xml.close();
        for code in self.codes {
            xml.open("status").attr("code", &code.to_string()).close();
        }
        xml.close();
        occupant_id::write(&mut xml, self.occupant_id);
        if let Some(nick) = self.nick {
            xml.open_ns("nick", ns::NICK).text(nick).close();
        }
        xml.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k80_an_occupant_is_there_with_rights_and_an_id() {
        let ada = Occupant {
            from: "r@gw/ada",
            to: "u@d/r",
            show: Some("away"),
            affiliation: "member",
            role: "participant",
            jid: Some("ada@gw/slidge"),
            occupant_id: "o1",
            ..Occupant::default()
        };
        assert_eq!(
            ada.stanza(),
            "<presence from='r@gw/ada' to='u@d/r'><show>away</show><x xmlns='http://jabber.org/protocol/muc#user'>\
             <item affiliation='member' role='participant' jid='ada@gw/slidge'/></x>\
             <occupant-id xmlns='urn:xmpp:occupant-id:0' id='o1'/></presence>"
        );
        let own = Occupant { id: Some("j1"), show: None, codes: &[NON_ANONYMOUS, SELF], ..ada };
        assert_eq!(
            own.stanza(),
            "<presence from='r@gw/ada' to='u@d/r' id='j1'><x xmlns='http://jabber.org/protocol/muc#user'>\
             <item affiliation='member' role='participant' jid='ada@gw/slidge'/><status code='100'/><status code='110'/></x>\
             <occupant-id xmlns='urn:xmpp:occupant-id:0' id='o1'/></presence>"
        );
    }

    #[test]
    fn k94_k96_who_goes_says_how() {
        let gone = Occupant {
            from: "r@gw/ada",
            to: "u@d/r",
            gone: true,
            show: Some("away"),
            affiliation: "none",
            role: "none",
            reason: Some("noise"),
            codes: &[KICKED],
            occupant_id: "o1",
            ..Occupant::default()
        };
        assert_eq!(
            gone.stanza(),
            "<presence from='r@gw/ada' to='u@d/r' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'>\
             <item affiliation='none' role='none'><reason>noise</reason></item><status code='307'/></x>\
             <occupant-id xmlns='urn:xmpp:occupant-id:0' id='o1'/></presence>"
        );
        let renamed = Occupant {
            renamed: Some("weirdguy"),
            reason: None,
            nick: Some("weirdguy🎉"),
            codes: &[RENAMED],
            ..gone
        };
        assert_eq!(
            renamed.stanza(),
            "<presence from='r@gw/ada' to='u@d/r' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'>\
             <item affiliation='none' role='none' nick='weirdguy'/><status code='303'/></x>\
             <occupant-id xmlns='urn:xmpp:occupant-id:0' id='o1'/><nick xmlns='http://jabber.org/protocol/nick'>weirdguy🎉</nick></presence>"
        );
    }
}
