//! Files that a client announces before it has uploaded them (XEP-0447): a message without an
//! address, to which later messages with the addresses are attached (XEP-0367). Clients show the
//! first message, so the file is known by its ids.

use crate::session::announcement::Announcement;
use crate::session::message::Kind;
use crate::session::shared_file::SharedFile;
use crate::xmpp::Stanza;
use crate::xmpp::attaching;
use crate::xmpp::file_metadata::FileMetadata;
use crate::xmpp::receipts;
use crate::xmpp::sfs;
use crate::xmpp::stanza_id;
use plugin_api::ContactId;
use std::collections::VecDeque;

/// Most announcements that are remembered; nobody uploads more at the same time.
const MAX: usize = 64;
/// Most files of one announcement whose names are remembered.
const MAX_FILES: usize = 32;
/// Longest id that is remembered, in bytes.
const MAX_ID: usize = 1024;

/// The latest announcements of a user's clients.
#[derive(Debug, Default)]
pub(super) struct Announcements(VecDeque<Announced>);

#[derive(Debug)]
struct Announced {
    chat: ContactId,
    /// Id by which attached messages refer to the announcement.
    name: String,
    by: Announcement,
    at: i64,
    files: Vec<(Option<String>, FileMetadata)>,
    /// Number of files that have not come yet.
    left: usize,
}

impl Announcements {
    /// Notes the files that a message announces, in a room with the id that the room gave it.
    /// Returns false if it announces none.
    pub(super) fn note(&mut self, chat: &ContactId, stanza: &Stanza, in_room: Option<&str>, at: i64) -> bool {
        let files: Vec<_> = sfs::announced(stanza).take(MAX_FILES).collect();
        let named = in_room.or_else(|| stanza_id::origin_id(stanza)).or(stanza.id.as_deref());
        let (Some(name), false) = (named.filter(|name| name.len() <= MAX_ID), files.is_empty()) else {
            return false;
        };
        if self.0.len() >= MAX {
            self.0.pop_front();
        }
        self.0.push_back(Announced {
            chat: chat.clone(),
            name: name.to_owned(),
            by: Announcement {
                id: stanza.id.clone().unwrap_or_default(),
                in_room: in_room.map(str::to_owned),
                receipt: receipts::is_requested(stanza),
            },
            at,
            left: files.len(),
            files,
        });
        true
    }

    /// Returns the announcement of the files in a message, and the time at which it came. Name and
    /// type of the file are filled in from it.
    pub(super) fn of(
        &mut self,
        chat: &ContactId,
        stanza: &Stanza,
        kind: &mut Kind,
    ) -> Option<(Announcement, i64)> {
        let Kind::Files(files) = kind else { return None };
        let name = attaching::target(stanza)?;
        let announced = self.0.iter_mut().rfind(|known| known.chat == *chat && known.name == name)?;
        let id = sfs::attached(stanza).and_then(|(_, id)| id);
        let said = announced.files.iter().find(|(known, _)| *known == id).or(match &*announced.files {
            [only] => Some(only),
            _ => None,
        });
        if let (Some((_, said)), [file]) = (said, &mut **files) {
            let SharedFile { name, media_type, .. } = file;
            *name = name.take().or_else(|| said.name.clone());
            *media_type = media_type.take().or_else(|| said.media_type.clone());
        }
        announced.left = announced.left.saturating_sub(1);
        // The network has all of the announcement with the last file.
        let receipt = announced.by.receipt && announced.left == 0;
        Some((Announcement { receipt, ..announced.by.clone() }, announced.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stanza(id: &str, payloads: &[&str]) -> Stanza {
        let xml = format!("<message xmlns='jabber:client' id='{id}'>{}</message>", payloads.concat());
        Stanza::from_element(&xml.parse().unwrap()).unwrap()
    }

    fn file(id: &str, name: &str) -> String {
        format!(
            "<file-sharing xmlns='urn:xmpp:sfs:0' id='{id}'><file xmlns='urn:xmpp:file:metadata:0'><name>{name}</name></file></file-sharing>"
        )
    }

    fn attached(
        announcements: &mut Announcements,
        to: &str,
        id: &str,
    ) -> Option<(Announcement, i64, String)> {
        let stanza = stanza(
            "b",
            &[
                &format!("<attach-to xmlns='urn:xmpp:message-attaching:1' id='{to}'/>"),
                &format!(
                    "<sources xmlns='urn:xmpp:sfs:0' id='{id}'><url-data xmlns='http://jabber.org/protocol/url-data' target='https://a/b'/></sources>"
                ),
            ],
        );
        let mut kind = Kind::Files(vec![SharedFile { url: "https://a/b".into(), ..SharedFile::default() }]);
        let (by, at) = announcements.of(&"chat".into(), &stanza, &mut kind)?;
        let Kind::Files(files) = kind else { panic!("no file") };
        Some((by, at, files[0].name.clone().unwrap_or_default()))
    }

    #[test]
    fn a_file_is_known_by_what_announced_it() {
        let mut announcements = Announcements::default();
        let request = "<request xmlns='urn:xmpp:receipts'/>";
        let both = [&*file("1", "one.png"), &file("2", "two.png"), request];
        announcements.note(&"chat".into(), &stanza("a", &both), None, 7);
        assert_eq!(attached(&mut announcements, "other", "1"), None);
        let (by, at, name) = attached(&mut announcements, "a", "2").unwrap();
        assert_eq!((by.id.as_str(), by.receipt, at, name.as_str()), ("a", false, 7, "two.png"));
        let (by, _, name) = attached(&mut announcements, "a", "1").unwrap();
        assert_eq!((by.receipt, name.as_str()), (true, "one.png"), "the receipt comes with the last");
        announcements.note(&"chat".into(), &stanza("c", &[&*file("1", "one.png")]), Some("room-id"), 8);
        assert_eq!(attached(&mut announcements, "c", "1"), None, "in a room only the room's id counts");
        let (by, ..) = attached(&mut announcements, "room-id", "1").unwrap();
        assert_eq!((by.id.as_str(), by.in_room.as_deref()), ("c", Some("room-id")));
    }

    #[test]
    fn no_client_makes_us_remember_without_end() {
        let mut announcements = Announcements::default();
        for n in 0..1000 {
            announcements.note(&"chat".into(), &stanza(&n.to_string(), &[&*file("1", "x")]), None, 0);
        }
        announcements.note(&"chat".into(), &stanza(&"x".repeat(5000), &[&*file("1", "x")]), None, 0);
        announcements.note(&"chat".into(), &stanza("text", &["<body>hi</body>"]), None, 0);
        assert_eq!(announcements.0.len(), MAX);
        assert!(attached(&mut announcements, "999", "1").is_some());
    }
}
