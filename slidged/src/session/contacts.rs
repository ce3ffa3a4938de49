//! The contacts of a user that are known, in memory.

use crate::model::cut;
use crate::session::contact_avatar::KnownAvatar;
use compact_str::CompactString;
use plugin_api::Availability;
use plugin_api::ChatState;
use plugin_api::ClientType;
use plugin_api::ContactId;
use plugin_api::ContactInfo;
use plugin_api::Features;
use plugin_api::Friendship;
use plugin_api::Presence;
use plugin_api::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeSet;
use std::collections::HashMap;

/// Most contacts of a user, more than any contact list has; new ones beyond it are refused.
pub(super) const MAX_CONTACTS: usize = 50_000;

/// Contact on the network, as far as the user knows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Contact {
    /// Name; in this form most need no memory of their own.
    pub(super) name: Option<CompactString>,
    pub(super) friend: bool,
    /// True once the gateway has put the contact on the roster, or has asked the user to.
    pub(super) on_roster: bool,
    /// True while a subscription request of the contact is neither answered by the user nor by
    /// their server.
    pub(super) unanswered: bool,
    pub(super) client: ClientType,
    /// Availability, as the network told it last.
    pub(super) availability: Option<Availability>,
    /// Status text and time of the last activity, as the network told them last.
    pub(super) beside: Option<Box<Beside>>,
    /// Last chat state that was shown.
    pub(super) state: Option<ChatState>,
    /// True while the contact waits for the user's answer to a friend request.
    pub(super) asks: bool,
    /// Roster groups that the network puts the contact in, besides that of the gateway.
    pub(super) groups: Box<[Box<str>]>,
    pub(super) avatar: KnownAvatar,
    /// Hash of the contact's vCard as it is known; 0 without one.
    pub(super) card: i64,
    /// Features of this contact, where they differ from those of all contacts.
    pub(super) features: Option<Box<Features>>,
}

impl Contact {
    /// Decides whether a subscription request is to be sent, and notes that it was. `again` is the
    /// number of requests that may still be repeated.
    pub(super) fn asks_for_roster(&mut self, again: &mut usize) -> bool {
        let first = !self.on_roster;
        if !self.friend || !(first || (self.unanswered && *again > 0)) {
            return false;
        }
        if !first {
            *again -= 1;
        }
        (self.on_roster, self.unanswered) = (true, true);
        true
    }
}

/// Details of a presence besides the availability. Most contacts have none, so they are kept apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Beside {
    status: Option<Box<str>>,
    last_seen: Option<Timestamp>,
}

/// Longest name, in bytes: longer than anybody's, and so short that a roster of them is no burden.
const MAX_NAME: usize = 512;
/// Longest status text, in bytes.
const MAX_STATUS: usize = 4096;

/// Puts a name into one line.
fn one_line(name: &str) -> String {
    let lines: Vec<_> = name.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    cut::to_bytes(lines.join(" | "), MAX_NAME).into_owned()
}

/// Most roster groups of a contact.
const MAX_GROUPS: usize = 32;

fn one_line_each(groups: &[String]) -> Box<[Box<str>]> {
    let groups = groups.iter().map(|group| one_line(group)).filter(|group| !group.is_empty());
    let groups: BTreeSet<Box<str>> = groups.map(String::into_boxed_str).collect();
    groups.into_iter().take(MAX_GROUPS).collect()
}

/// Presence as it was last told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    availability: Availability,
    beside: Option<Box<Beside>>,
}

impl From<Presence> for Shown {
    fn from(presence: Presence) -> Self {
        let status = presence.status.filter(|status| !status.is_empty());
        let status = status.map(|status| cut::to_bytes(status, MAX_STATUS).into());
        let beside = Beside { status, last_seen: presence.last_seen };
        let says_something = beside.status.is_some() || beside.last_seen.is_some();
        let beside = says_something.then(|| Box::new(beside));
        Shown { availability: presence.availability, beside }
    }
}

impl From<Shown> for Presence {
    fn from(shown: Shown) -> Self {
        let Shown { availability, beside } = shown;
        let (status, last_seen) = beside.map_or((None, None), |beside| (beside.status, beside.last_seen));
        Presence { availability, status: status.map(String::from), last_seen }
    }
}

/// Contacts of a user, by the network's id.
pub(super) type Contacts = HashMap<ContactId, Contact>;

/// Changes that a piece of news about a contact has made.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// True if the contact has to be stored.
    pub(super) stored: bool,
    /// True if the name that the roster shows has changed.
    pub(super) name: bool,
    /// True if the groups that the roster shows have changed.
    pub(super) groups: bool,
    /// True if the contact has become a friend.
    pub(super) befriended: bool,
    /// True if the contact is no longer a friend.
    pub(super) unfriended: bool,
    /// True if the contact's presence looks different.
    pub(super) presence: bool,
}

impl Contact {
    /// Takes over the network's news about a contact; details that it leaves out stay as they were.
    pub(super) fn apply(&mut self, info: ContactInfo) -> Change {
        let mut change = Change::default();
        if let Some(name) = info.name {
            let name = Some(one_line(&name)).filter(|name| !name.is_empty()).map(CompactString::from);
            change.name = self.name != name;
            self.name = name;
        }
        if let Some(groups) = info.groups {
            let groups = one_line_each(&groups);
            change.groups = self.groups != groups;
            self.groups = groups;
        }
        if let Some(client) = info.client_type {
            change.presence |= self.client != client;
            change.stored |= self.client != client;
            self.client = client;
        }
        if let Some(features) = info.features {
            let features = Some(Box::new(features));
            change.presence |= self.features != features;
            self.features = features;
        }
        if let Some(friendship) = info.friendship {
            let friend = friendship == Friendship::Friend;
            change.befriended = friend && !self.friend;
            change.unfriended = !friend && self.friend;
            self.friend = friend;
        }
        if let Some(presence) = info.presence {
            change.presence |= self.show(presence);
        }
        change.stored |= change.name || change.groups || change.befriended || change.unfriended;
        change
    }

    /// Tells whether the contact is available, as far as the network said.
    pub(super) fn is_available(&self) -> bool {
        self.availability.is_some_and(|availability| availability != Availability::Offline)
    }

    /// Returns the contact's presence, as it was last told.
    pub(super) fn shown(&self) -> Option<Shown> {
        Some(Shown { availability: self.availability?, beside: self.beside.clone() })
    }

    /// Returns the time at which the contact was last seen, if that was told.
    pub(super) fn last_seen(&self) -> Option<Timestamp> {
        self.beside.as_ref()?.last_seen
    }

    /// Takes over a presence; false when it is the one that was shown already.
    pub(super) fn show(&mut self, presence: Presence) -> bool {
        let Shown { availability, beside } = presence.into();
        let availability = Some(availability);
        let changed = self.availability != availability || self.beside != beside;
        (self.availability, self.beside) = (availability, beside);
        changed
    }

    /// Forgets the presence of the contact.
    pub(super) fn forget_presence(&mut self) {
        (self.availability, self.beside) = (None, None);
    }
}

/// Details of a contact that are stored without a column of their own.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Extra {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) groups: Box<[Box<str>]>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) unanswered: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_requests_that_were_not_answered_come_again_and_no_others() {
        let asked = |unanswered| Contact { friend: true, on_roster: true, unanswered, ..Contact::default() };
        let mut again = 1;
        assert!(
            Contact { friend: true, ..Contact::default() }.asks_for_roster(&mut again),
            "for the first time"
        );
        assert!(!Contact::default().asks_for_roster(&mut again), "no friend");
        assert!(!asked(false).asks_for_roster(&mut again), "answered");
        assert!(asked(true).asks_for_roster(&mut again), "not answered");
        assert!(!asked(true).asks_for_roster(&mut again), "enough for now");
    }

    #[test]
    fn what_is_not_told_stays() {
        let mut contact = Contact::default();
        let change = contact.apply(ContactInfo::friend("a", "Alice").presence(Presence::default()));
        assert_eq!(
            change,
            Change { stored: true, name: true, befriended: true, presence: true, ..Change::default() }
        );
        let change = contact.apply(ContactInfo { id: "a".into(), ..ContactInfo::default() });
        assert_eq!(change, Change::default());
        assert_eq!(contact.name.as_deref(), Some("Alice"));
        let change = contact.apply(ContactInfo::stranger("a", "Alice"));
        assert_eq!(change, Change { stored: true, unfriended: true, ..Change::default() });
    }

    #[test]
    fn a_name_a_group_and_a_status_that_are_cut_say_so() {
        let long = "ä".repeat(MAX_STATUS);
        let mut contact = Contact::default();
        contact.apply(ContactInfo { groups: Some(vec![long.clone()]), ..ContactInfo::friend("a", &*long) });
        let name = contact.name.as_deref().unwrap();
        assert!(name.len() <= MAX_NAME && name.ends_with("ä…"), "{name}");
        assert_eq!(&*contact.groups[0], name);
        contact.show(Presence::new(Availability::Away).status(&*long));
        let status = contact.beside.unwrap().status.unwrap();
        assert!(status.len() <= MAX_STATUS && status.ends_with("ä…"), "{status}");
    }

    #[test]
    fn the_same_presence_again_is_no_change() {
        let mut contact = Contact::default();
        assert!(contact.show(Presence::new(Availability::Away).status("lunch")));
        assert!(!contact.show(Presence::new(Availability::Away).status("lunch")));
        assert!(contact.show(Presence::new(Availability::Away).status("")));
        assert!(!contact.show(Presence::new(Availability::Away)));
    }
}
