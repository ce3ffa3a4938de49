//! The contacts of a user that are known, in memory.

use crate::model::cut;
use crate::session::contact_avatar::Portrait;
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

/// Nobody's contact list is longer; beyond it new contacts are refused.
pub(super) const MAX_CONTACTS: usize = 50_000;

/// Somebody of the network, as far as the user knows them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Contact {
    /// Most names need no memory of their own in this form.
    pub(super) name: Option<CompactString>,
    pub(super) friend: bool,
    /// We have put them on the roster, or asked the user to.
    pub(super) on_roster: bool,
    /// They asked to be on the roster, and the user's server or the user has not said anything to it yet.
    pub(super) unanswered: bool,
    pub(super) client: ClientType,
    /// As it was last told.
    pub(super) availability: Option<Availability>,
    /// What was told beside it.
    pub(super) beside: Option<Box<Beside>>,
    /// What they were seen doing in the chat last.
    pub(super) state: Option<ChatState>,
    /// They wait for the user's answer to their request.
    pub(super) asks: bool,
    /// Roster groups that the network puts them in, beside that of the gateway.
    pub(super) groups: Box<[Box<str>]>,
    pub(super) portrait: Portrait,
    /// Tells what is known of their card apart; 0 when nothing is.
    pub(super) card: i64,
    /// What this contact can do, if not what contacts can.
    pub(super) features: Option<Box<Features>>,
}

impl Contact {
    /// Whether a request to be on the roster is to be sent, which is noted then; `again` is how many may be repeated.
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

/// What a presence says beside the availability: with most contacts nothing, so it is kept apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Beside {
    status: Option<Box<str>>,
    last_seen: Option<Timestamp>,
}

/// Longer than anybody's name, and so short that a roster of them is no burden to anybody. Bytes.
const MAX_NAME: usize = 512;
/// Longer than anybody reads in a contact list. Bytes.
const MAX_STATUS: usize = 4096;

/// A name in one line.
fn one_line(name: &str) -> String {
    let lines: Vec<_> = name.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    cut::to_bytes(lines.join(" | "), MAX_NAME).into_owned()
}

/// More groups than anybody sorts a contact into.
const MAX_GROUPS: usize = 32;

fn one_line_each(groups: &[String]) -> Box<[Box<str>]> {
    let groups = groups.iter().map(|group| one_line(group)).filter(|group| !group.is_empty());
    let groups: BTreeSet<Box<str>> = groups.map(String::into_boxed_str).collect();
    groups.into_iter().take(MAX_GROUPS).collect()
}

/// A presence as it was last told.
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

/// All of them.
pub(super) type Contacts = HashMap<ContactId, Contact>;

/// What changed when the network told about a contact.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// To be stored.
    pub(super) stored: bool,
    /// The name the roster shows.
    pub(super) name: bool,
    /// The groups that the roster shows.
    pub(super) groups: bool,
    /// Became a friend.
    pub(super) befriended: bool,
    /// Is no longer a friend.
    pub(super) unfriended: bool,
    /// Looks different in presence.
    pub(super) presence: bool,
}

impl Contact {
    /// Takes over what the network tells; what it does not tell stays.
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

    /// Can they be reached, as far as was told?
    pub(super) fn is_available(&self) -> bool {
        self.availability.is_some_and(|availability| availability != Availability::Offline)
    }

    /// Their presence, as it was last told.
    pub(super) fn shown(&self) -> Option<Shown> {
        Some(Shown { availability: self.availability?, beside: self.beside.clone() })
    }

    /// When they were there last, if that was told.
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

    /// Nothing is known any more of where they are.
    pub(super) fn forget_presence(&mut self) {
        (self.availability, self.beside) = (None, None);
    }
}

/// What is kept of a contact beside what has a column.
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
