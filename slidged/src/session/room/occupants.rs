//! Members of a room, in the order of their resources; without any I/O.

use crate::session::contacts::Shown;
use crate::xmpp::muc;
use plugin_api::Affiliation;
use plugin_api::ContactId;
use plugin_api::ParticipantInfo;
use plugin_api::Role;
use plugin_api::Sender;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::ops::Bound;
use std::sync::Arc;

/// Most members of a room: five times the largest group of any network that there is a plugin for.
/// Further ones are not shown.
const MAX_MEMBERS: usize = 100_000;

/// Identity of a member.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::session) enum OccupantKey {
    /// User of the gateway.
    User,
    /// Contact, by id.
    Contact(Arc<str>),
    /// Occupant for whom the network gives only an id.
    Occupant(Arc<str>),
}

impl OccupantKey {
    /// Returns the identity that the network gives, if it gives one.
    pub(in crate::session) fn of(
        is_user: bool,
        contact: Option<&str>,
        occupant: Option<&str>,
    ) -> Option<OccupantKey> {
        match (is_user, contact, occupant) {
            (true, ..) => Some(OccupantKey::User),
            (_, Some(id), _) => Some(OccupantKey::Contact(id.into())),
            (_, _, Some(id)) => Some(OccupantKey::Occupant(id.into())),
            _ => None,
        }
    }

    /// Returns the id that tells a member apart from others with the same nickname.
    fn id(&self) -> &str {
        match self {
            OccupantKey::User => "me",
            OccupantKey::Contact(id) | OccupantKey::Occupant(id) => id,
        }
    }
}

/// Member of a room.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::session) struct RoomOccupant {
    pub(in crate::session) who: OccupantKey,
    /// Nickname, where the resource differs from it.
    nick: Option<Box<str>>,
    pub(in crate::session) affiliation: Affiliation,
    pub(in crate::session) role: Role,
    /// Presence, once it is known; until then they count as available.
    pub(in crate::session) shown: Option<Shown>,
}

impl RoomOccupant {
    /// Creates a member who is not in the room any more.
    pub(in crate::session) fn gone(who: OccupantKey) -> Self {
        RoomOccupant { who, nick: None, affiliation: Affiliation::None, role: Role::None, shown: None }
    }

    /// Returns the nickname, if the resource differs from it.
    pub(in crate::session) fn nick(&self) -> Option<&str> {
        self.nick.as_deref()
    }
}

/// Change of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::session) enum Change {
    /// The member with this resource is new or different.
    Shown(Arc<str>),
    /// The member's resource was the first and is now the second.
    Renamed(Arc<str>, Arc<str>),
}

/// All members of a room, by resource.
#[derive(Debug, Clone, Default)]
pub(in crate::session) struct OccupantList {
    here: BTreeMap<Arc<str>, RoomOccupant>,
    at: HashMap<OccupantKey, Arc<str>>,
}

impl OccupantList {
    pub(in crate::session) fn len(&self) -> usize {
        self.here.len()
    }

    /// Returns the member with this resource.
    pub(in crate::session) fn get(&self, resource: &str) -> Option<&RoomOccupant> {
        self.here.get(resource)
    }

    /// Returns the resource of a member.
    pub(in crate::session) fn resource_of(&self, who: &OccupantKey) -> Option<&Arc<str>> {
        self.at.get(who)
    }

    pub(in crate::session) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &RoomOccupant)> {
        self.here.iter()
    }

    /// Iterates over the members whose resources come after this one.
    pub(in crate::session) fn behind(
        &self,
        resource: Option<&Arc<str>>,
    ) -> impl Iterator<Item = (&Arc<str>, &RoomOccupant)> {
        let from = resource.map_or(Bound::Unbounded, |resource| Bound::Excluded(resource.clone()));
        self.here.range((from, Bound::Unbounded))
    }

    /// Applies what the network reports about a member, where missing fields stay as they are.
    /// Returns none when nothing has changed.
    ///
    /// `presence` is that of the contact, if the member is one; `at_least` is the affiliation of
    /// members for whom none is given.
    pub(in crate::session) fn apply(
        &mut self,
        info: ParticipantInfo,
        presence: Option<Shown>,
        at_least: Affiliation,
    ) -> Option<Change> {
        let who = OccupantKey::of(
            info.is_user,
            info.contact.as_ref().map(ContactId::as_str),
            info.occupant.as_ref().map(plugin_api::OccupantId::as_str),
        )?;
        let shown = presence.or_else(|| info.presence.map(Shown::from));
        let Some(resource) = self.at.get(&who).cloned() else {
            let affiliation = info.affiliation.unwrap_or(at_least);
            let role = info.role.unwrap_or_else(|| role(affiliation));
            return self.add(&info.nickname, RoomOccupant { who, nick: None, affiliation, role, shown });
        };
        let occupant = self.here.get_mut(&resource)?;
        let before = occupant.clone();
        occupant.affiliation = info.affiliation.unwrap_or(occupant.affiliation);
        occupant.role = info.role.unwrap_or(match info.affiliation {
            Some(affiliation) if affiliation != before.affiliation => role(affiliation),
            _ => occupant.role,
        });
        occupant.shown = shown.or_else(|| occupant.shown.take());
        let changed = *occupant != before;
        self.rename(&who, &info.nickname).or(changed.then_some(Change::Shown(resource)))
    }

    /// Adds a member who was not in the room.
    fn add(&mut self, nickname: &str, mut occupant: RoomOccupant) -> Option<Change> {
        if self.here.len() >= MAX_MEMBERS {
            tracing::warn!("too many members of a room: one is ignored");
            return None;
        }
        let (resource, nick) = self.free(nickname, &occupant.who);
        occupant.nick = nick;
        self.at.insert(occupant.who.clone(), resource.clone());
        self.here.insert(resource.clone(), occupant);
        Some(Change::Shown(resource))
    }

    /// Changes the nickname of a member. Returns none when it stays the same or is empty.
    pub(in crate::session) fn rename(&mut self, who: &OccupantKey, nickname: &str) -> Option<Change> {
        let nick = muc::nick(nickname);
        let from = self.at.get(who)?.clone();
        // The nickname may have got a suffix that tells it apart from others.
        let wanted = [nick.clone(), told_apart(&nick, who)];
        let occupant = self.here.get(&from)?;
        if nick.is_empty()
            || wanted.iter().any(|nick| occupant.nick.as_deref().unwrap_or(&from) == nick.as_str())
        {
            return None;
        }
        let mut occupant = self.here.remove(&from)?;
        let (to, nick) = self.free(nickname, who);
        occupant.nick = nick;
        self.at.insert(who.clone(), to.clone());
        self.here.insert(to.clone(), occupant);
        Some(if from == to { Change::Shown(to) } else { Change::Renamed(from, to) })
    }

    /// Removes a member.
    pub(in crate::session) fn remove(&mut self, who: &OccupantKey) -> Option<(Arc<str>, RoomOccupant)> {
        self.here.remove_entry(&*self.at.remove(who)?)
    }

    /// Changes the presence of a member. Returns none when it is shown already.
    pub(in crate::session) fn show(&mut self, who: &OccupantKey, shown: Shown) -> Option<Change> {
        let resource = self.at.get(who)?;
        let occupant = self.here.get_mut(resource)?;
        if occupant.shown.as_ref() == Some(&shown) {
            return None;
        }
        occupant.shown = Some(shown);
        Some(Change::Shown(resource.clone()))
    }

    /// Finds a resource that nobody has; the nickname comes second, where it differs (K83, K95).
    fn free(&self, nickname: &str, who: &OccupantKey) -> (Arc<str>, Option<Box<str>>) {
        let (mut nick, id) = (muc::nick(nickname), muc::nick(who.id()));
        if nick.is_empty() {
            nick.clone_from(&id);
        }
        let is_free = |resource: &String| !self.here.contains_key(resource.as_str());
        // A name without any readable character is no better than the id.
        let first = muc::resource(&nick).or_else(|| muc::resource(&id)).filter(is_free);
        let resource = first.unwrap_or_else(|| {
            nick = told_apart(&nick, who);
            // The suffix may be lost where the direction of writing changes.
            let readable = [muc::resource(&nick), muc::resource(&id)].into_iter().flatten();
            let numbered = (2_u32..).map(|n| format!("{} {n}", muc::unreadable(&id)));
            readable.chain(numbered).find(is_free).unwrap_or_default()
        });
        let nick = (nick != resource).then(|| nick.into());
        (resource.into(), nick)
    }
}

fn told_apart(nick: &str, who: &OccupantKey) -> String {
    format!("{nick} ({})", muc::nick(who.id()))
}

/// Returns the role of members for whom the network gives none.
fn role(affiliation: Affiliation) -> Role {
    match affiliation {
        Affiliation::Owner | Affiliation::Admin => Role::Moderator,
        _ => Role::Participant,
    }
}

/// Returns the identity of a sender in a room.
pub(in crate::session) fn occupant_key(from: &Sender) -> Option<OccupantKey> {
    let contact = from.contact.as_ref().map(ContactId::as_str);
    OccupantKey::of(from.is_user, contact, from.occupant.as_ref().map(plugin_api::OccupantId::as_str))
}

#[cfg(test)]
mod tests {
    use crate::session::room::occupants::*;
    use plugin_api::{Availability, Presence};

    fn info(id: &str, nickname: &str) -> ParticipantInfo {
        ParticipantInfo { contact: Some(id.into()), nickname: nickname.into(), ..ParticipantInfo::default() }
    }

    fn apply(occupants: &mut OccupantList, info: ParticipantInfo) -> Option<Change> {
        occupants.apply(info, None, Affiliation::Member)
    }

    fn who(id: &str) -> OccupantKey {
        OccupantKey::Contact(id.into())
    }

    #[test]
    fn k83_k95_nobody_has_the_address_of_another() {
        let mut occupants = OccupantList::default();
        let me = ParticipantInfo { is_user: true, nickname: "Ada".into(), ..ParticipantInfo::default() };
        assert_eq!(apply(&mut occupants, me.clone()), Some(Change::Shown("Ada".into())));
        assert_eq!(apply(&mut occupants, info("a", "Ada")), Some(Change::Shown("Ada (a)".into())));
        assert_eq!(apply(&mut occupants, info("b", "Ada")), Some(Change::Shown("Ada (b)".into())));
        // They are recognized when the network reports them again.
        for again in [me, info("a", "Ada"), info("b", "Ada")] {
            assert_eq!(apply(&mut occupants, again), None);
        }
        assert_eq!(apply(&mut occupants, info("c", "")), Some(Change::Shown("c".into())));
        assert_eq!(apply(&mut occupants, ParticipantInfo::default()), None, "nobody");
        assert_eq!(occupants.len(), 4);
    }

    #[test]
    fn k94_who_is_renamed_leaves_the_address_to_others() {
        let mut occupants = OccupantList::default();
        apply(&mut occupants, info("a", "Ada"));
        apply(&mut occupants, info("b", "Bob"));
        let change = occupants.rename(&who("a"), "weirdguy🎉");
        assert_eq!(change, Some(Change::Renamed("Ada".into(), "weirdguy".into())));
        assert_eq!(occupants.get("weirdguy").and_then(RoomOccupant::nick), Some("weirdguy🎉"));
        assert_eq!(occupants.rename(&who("a"), "weirdguy🎉"), None);
        assert_eq!(occupants.rename(&who("a"), "weirdguy 🦊"), Some(Change::Shown("weirdguy".into())));
        assert_eq!(occupants.rename(&who("a"), ""), None);
        assert_eq!(
            apply(&mut occupants, info("b", "Ada")),
            Some(Change::Renamed("Bob".into(), "Ada".into()))
        );
        assert_eq!(occupants.resource_of(&who("b")).map(|at| &**at), Some("Ada"));
        assert_eq!(occupants.remove(&who("b")).map(|(at, _)| at), Some("Ada".into()));
        assert_eq!((occupants.remove(&who("b")), occupants.len()), (None, 1));
    }

    #[test]
    fn names_with_emoji_stay_readable_and_only_equals_are_told_apart() {
        let mut occupants = OccupantList::default();
        for (id, name, at) in [
            ("o1", "Мария 🎉", "Мария"),
            ("o2", "🙌 Zoë", "Zoë"),
            ("o3", "Мария", "Мария (o3)"),
            ("o4", "🧑🏽‍🚀", "o4"),
            ("o5", "אנה", "אנה"),
            ("o6", "אנה", "o6"),
            ("🎉", "אנה", "f09f8e89 2"),
        ] {
            assert_eq!(apply(&mut occupants, info(id, name)), Some(Change::Shown(at.into())), "{name}");
            // They are recognized when the network reports them again.
            assert_eq!(apply(&mut occupants, info(id, name)), None, "{name}");
            let nick = occupants.get(at).and_then(RoomOccupant::nick).unwrap_or(at);
            assert!(nick.starts_with(name), "{nick}");
        }
    }

    #[test]
    fn k96_only_what_is_different_is_a_change() {
        let mut occupants = OccupantList::default();
        apply(&mut occupants, info("a", "Ada"));
        let shown = Some(Change::Shown("Ada".into()));
        let owner = ParticipantInfo { affiliation: Some(Affiliation::Owner), ..info("a", "Ada") };
        assert_eq!(apply(&mut occupants, owner.clone()), shown);
        assert_eq!(occupants.get("Ada").map(|ada| ada.role), Some(Role::Moderator));
        assert_eq!(apply(&mut occupants, owner), None);
        assert_eq!(apply(&mut occupants, info("a", "Ada")), None, "what is not told stays");
        let away = || Shown::from(Presence::new(Availability::Away));
        assert_eq!(occupants.show(&who("a"), away()), shown);
        assert_eq!(occupants.show(&who("a"), away()), None);
        assert_eq!(occupants.show(&who("b"), away()), None);
    }

    #[test]
    fn a_walk_goes_on_behind_where_it_was_whatever_has_changed() {
        let mut occupants = OccupantList::default();
        for id in ["a", "b", "c"] {
            apply(&mut occupants, info(id, id));
        }
        let second = occupants.resource_of(&who("b")).cloned();
        occupants.remove(&who("b"));
        let rest: Vec<_> = occupants.behind(second.as_ref()).map(|(at, _)| at.to_string()).collect();
        assert_eq!(rest, ["c"]);
        assert_eq!(occupants.behind(None).count(), 2);
    }
}
