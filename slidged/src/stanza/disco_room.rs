//! Service discovery of rooms and of their occupants: only what works is advertised (R14).

use bytes::Bytes;
use plugin_api::{Features, RoomType};

use super::disco::{PROFILE, entity, restrictions};
use crate::xmpp::disco::{self, Identity};
use crate::xmpp::forms::{Field, FieldType, Form, FormType};
use crate::xmpp::{Stanza, ns, reply};

/// Facts about a room.
#[derive(Debug)]
pub struct RoomFacts<'a> {
    /// Name of the room.
    pub name: Option<&'a str>,
    /// Description of the room.
    pub description: Option<&'a str>,
    /// Subject of the room.
    pub subject: Option<&'a str>,
    /// The user may change that.
    pub subject_is_free: bool,
    /// Type of the room: who may enter, and what occupants see of each other.
    pub kind: RoomType,
    /// Number of occupants, if it is known.
    pub occupants: Option<u32>,
    /// Features of the room.
    pub can: Option<&'a Features>,
    /// SHA-1 of the room's avatar, in hexadecimal.
    pub avatar: Option<&'a str>,
}

/// Form fields in which clients look for the SHA-1 of a room's avatar: that of the module of
/// Prosody which had it first, and the registered one.
const AVATAR: [&str; 2] = ["{http://modules.prosody.im/mod_vcard_muc}avatar#sha1", "muc#roominfo_avatarhash"];

impl RoomFacts<'_> {
    /// Features that say who may come in and what they see, and the same in the form.
    fn access(&self) -> [(&'static str, &'static str, bool); 3] {
        let (members, open, public) = match self.kind {
            RoomType::Group => (true, true, false),
            RoomType::ChannelNonAnonymous => (false, true, true),
            RoomType::Channel | RoomType::Unknown => (false, false, true),
        };
        [
            ("muc_membersonly", "muc_open", members),
            ("muc_nonanonymous", "muc_semianonymous", open),
            ("muc_public", "muc_hidden", public),
        ]
    }

    fn form(&self) -> Form {
        let [members, open, public] = self.access().map(|(.., is)| is);
        let flag = |is: bool| if is { "1" } else { "0" };
        let field = |var: &str, type_: FieldType, value: &str| Field::new(var, type_).value(value);
        let mut form = Form::new(FormType::Result);
        form.fields = vec![
            Field::form_type(ns::MUC_ROOM_INFO),
            field("muc#roomconfig_persistentroom", FieldType::Boolean, "1"),
            field("muc#roomconfig_membersonly", FieldType::Boolean, flag(members)),
            field("muc#roomconfig_publicroom", FieldType::Boolean, flag(public)),
            field("muc#roomconfig_whois", FieldType::ListSingle, if open { "anyone" } else { "moderators" }),
            field("muc#roomconfig_changesubject", FieldType::Boolean, flag(self.subject_is_free)),
            field("muc#roominfo_subjectmod", FieldType::Boolean, flag(self.subject_is_free)),
            field("muc#roomconfig_allowpm", FieldType::ListSingle, "none"),
            field("muc#roominfo_subject", FieldType::TextSingle, self.subject.unwrap_or("")),
        ];
        let count = self.occupants.map(|count| count.to_string());
        for (var, value) in [
            ("muc#roomconfig_roomname", self.name),
            ("muc#roominfo_description", self.description),
            ("muc#roominfo_occupants", count.as_deref()),
        ] {
            form.fields.extend(value.map(|value| field(var, FieldType::TextSingle, value)));
        }
        for (var, type_) in AVATAR.into_iter().zip([FieldType::TextSingle, FieldType::TextMulti]) {
            form.fields.extend(self.avatar.map(|hash| field(var, type_, hash)));
        }
        form
    }

    fn info(&self) -> disco::Info {
        let mut features = vec![
            ns::DISCO_INFO,
            ns::DISCO_ITEMS,
            ns::RSM,
            ns::PING,
            ns::COMMANDS,
            ns::MUC,
            ns::MUC_STABLE_ID,
            ns::MUC_SELF_PING,
            ns::STANZA_ID,
            ns::OCCUPANT_ID,
            ns::VCARD_TEMP,
            ns::MAM,
            ns::MAM_EXTENDED,
            "muc_persistent",
            "muc_unmoderated",
            "muc_unsecured",
        ];
        features.extend(self.access().map(|(yes, no, is)| if is { yes } else { no }));
        // Without a name the identity has none (K16).
        let mut info = entity(vec![Identity::new("conference", "text", self.name)], &features);
        info.forms.push(self.form());
        info.forms.extend(self.can.and_then(|can| restrictions(can).form()));
        info
    }

    /// The answer to a client that asks what the room is (K15 to K17).
    #[must_use]
    pub fn answer(&self, iq: &Stanza) -> Bytes {
        reply::result(iq, |xml| self.info().write(xml))
    }
}

/// disco#info of an occupant, as a client (K19).
#[must_use]
pub fn occupant_info(iq: &Stanza, plugin: &plugin_api::Info) -> Bytes {
    let can = &plugin.room_features;
    let mut features = vec![ns::DISCO_INFO, ns::DISCO_ITEMS, ns::PING, ns::CORRECT];
    features.extend(&PROFILE[1..]);
    for (has, feature) in [
        (can.chat_states, ns::CHAT_STATES),
        (can.marks, ns::MARKERS),
        (can.reaction, ns::REACTIONS),
        (can.retraction, ns::RETRACT),
        (can.replies, ns::REPLY),
    ] {
        if has {
            features.push(feature);
        }
    }
    let name = &plugin.component_name;
    let info = entity(vec![Identity::new("client", "pc", Some(name))], &features);
    reply::result(iq, |xml| info.write(xml))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(kind: RoomType) -> RoomFacts<'static> {
        RoomFacts {
            name: None,
            description: None,
            subject: Some("Cake"),
            subject_is_free: false,
            kind,
            occupants: Some(3),
            can: None,
            avatar: None,
        }
    }

    #[test]
    fn k15_k16_a_room_says_who_may_come_in_and_what_they_see() {
        for (kind, features, values) in [
            (RoomType::Group, ["muc_membersonly", "muc_nonanonymous", "muc_hidden"], ["1", "0", "anyone"]),
            (RoomType::Channel, ["muc_open", "muc_semianonymous", "muc_public"], ["0", "1", "moderators"]),
            (
                RoomType::ChannelNonAnonymous,
                ["muc_open", "muc_nonanonymous", "muc_public"],
                ["0", "1", "anyone"],
            ),
        ] {
            let info = facts(kind).info();
            assert!(
                features.iter().all(|feature| info.has_feature(feature)),
                "{kind:?}: {:?}",
                info.features
            );
            let vars = ["muc#roomconfig_membersonly", "muc#roomconfig_publicroom", "muc#roomconfig_whois"];
            assert_eq!(vars.map(|var| info.forms[0].value(var).unwrap_or("")), values);
            assert_eq!(info.identities, [Identity::new("conference", "text", None)]);
            assert_eq!(info.forms[0].value("muc#roominfo_occupants"), Some("3"));
            assert_eq!(info.forms[0].value("muc#roomconfig_roomname"), None);
            assert!(AVATAR.iter().all(|var| info.forms[0].value(var).is_none()));
        }
    }

    #[test]
    fn k17_a_room_with_a_picture_says_its_hash() {
        let info = RoomFacts { avatar: Some("0a"), ..facts(RoomType::Group) }.info();
        assert_eq!(AVATAR.map(|var| info.forms[0].value(var)), [Some("0a"), Some("0a")]);
        assert!(info.has_feature(ns::VCARD_TEMP));
    }
}
