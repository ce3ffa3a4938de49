//! Sender and recipient of a stanza: a contact to the user, or the user to a contact from another
//! client of the network, for which the server lets us speak as them (XEP-0356).

use crate::model::key::Key;
use crate::xmpp::{Xml, echo, nick, ns, occupant_id, stanza_id};
use bytes::Bytes;

/// Both ends of a message.
#[derive(Debug, Clone, Default)]
pub struct Speaker {
    /// A contact with resource, the gateway, or the user.
    pub from: String,
    /// The user's bare JID, or the contact's.
    pub to: String,
    /// The user is the sender.
    pub as_user: Option<AsUser>,
    /// The stanza is from a room.
    pub room: Option<InRoom>,
}

/// Facts that a room adds to a stanza.
#[derive(Debug, Clone, Default)]
pub struct InRoom {
    /// Address of the room.
    pub address: String,
    /// XEP-0421; none if the room itself speaks.
    pub occupant_id: Option<String>,
    /// XEP-0172: the nick, where the address does not say it.
    pub nick: Option<String>,
    /// The user is the speaker.
    pub own: bool,
    /// Key of the speaker in the room's archive; empty for the room itself.
    pub author: String,
}

impl InRoom {
    fn write(&self, xml: &mut Xml, id: Option<&str>) {
        if let Some(id) = id {
            stanza_id::write_stanza_id(xml, &self.address, id);
        }
        if let Some(id) = &self.occupant_id {
            occupant_id::write(xml, id);
        }
        if let Some(name) = &self.nick {
            nick::write(xml, name);
        }
    }
}

/// Data of the request to the server to send in the user's name.
#[derive(Debug, Clone)]
pub struct AsUser {
    /// Domain of the gateway.
    pub gateway: String,
    /// The user's server.
    pub domain: String,
    /// The version of the privilege that it speaks.
    pub namespace: &'static str,
    /// Marks it, so that we know it when it comes back.
    pub echo: Key,
}

impl Speaker {
    /// Tells whether the user speaks, here or elsewhere.
    #[must_use]
    pub fn is_user(&self) -> bool {
        self.as_user.is_some() || self.room.as_ref().is_some_and(|room| room.own)
    }

    /// A message of the user to a room, as the room shows it: `payload` is what was in it.
    #[must_use]
    pub fn reflection(&self, own: Option<&str>, stanza_id: &str, payload: &[u8]) -> Bytes {
        let mut xml = Xml::new();
        self.open(&mut xml, "groupchat", own);
        xml.raw(payload);
        if let Some(room) = &self.room {
            room.write(&mut xml, Some(stanza_id));
        }
        xml.finish()
    }

    fn open(&self, xml: &mut Xml, type_: &str, id: Option<&str>) {
        xml.open_ns("message", ns::CLIENT)
            .attr("type", type_)
            .attr("from", &self.from)
            .attr("to", &self.to)
            .attr_opt("id", id);
    }

    /// A message of type `chat`, or `groupchat` in a room; `build` writes what is in it.
    #[must_use]
    pub fn message(&self, id: Option<&str>, build: impl FnOnce(&mut Xml)) -> Bytes {
        let mut xml = Xml::new();
        if let Some(AsUser { gateway, domain, namespace, .. }) = &self.as_user {
            xml.open("message")
                .attr("from", gateway)
                .attr("to", domain)
                .open_ns("privilege", namespace)
                .open_ns("forwarded", ns::FORWARD);
        }
        self.open(&mut xml, if self.room.is_some() { "groupchat" } else { "chat" }, id);
        build(&mut xml);
        if let Some(AsUser { echo: key, .. }) = &self.as_user {
            echo::write(&mut xml, key.bytes(), (&self.from, &self.to), id);
        }
        if let Some(room) = &self.room {
            room.write(&mut xml, id);
        }
        xml.finish()
    }
}

#[cfg(test)]
mod tests {
    use crate::stanza::speaker::*;

    #[test]
    fn k84_k86_a_room_gives_what_is_said_in_it_its_ids() {
        let speaker = Speaker {
            from: "r@gw/weirdguy".into(),
            to: "u@d/r".into(),
            as_user: None,
            room: Some(InRoom {
                address: "r@gw".into(),
                occupant_id: Some("o1".into()),
                nick: Some("weirdguy🎉".into()),
                own: false,
                author: String::new(),
            }),
        };
        let ids = "<stanza-id xmlns='urn:xmpp:sid:0' by='r@gw' id='7'/><occupant-id xmlns='urn:xmpp:occupant-id:0' id='o1'/>\
             <nick xmlns='http://jabber.org/protocol/nick'>weirdguy🎉</nick></message>";
        assert_eq!(
            speaker.message(Some("7"), |xml| {
                xml.text_child("body", "hi");
            }),
            format!("<message type='groupchat' from='r@gw/weirdguy' to='u@d/r' id='7'><body>hi</body>{ids}")
        );
        assert_eq!(
            speaker.reflection(Some("mine"), "7", b"<body>hi</body>"),
            format!(
                "<message type='groupchat' from='r@gw/weirdguy' to='u@d/r' id='mine'><body>hi</body>{ids}"
            )
        );
    }
}
