//! Groups, as the user's name asks for them: `groups=g100,a1000` is a group of 100 contacts and one
//! of 1000 nicks.

use plugin_api::prelude::*;

/// Members of a group, and groups of a user, at most: what is asked for beyond is a slip of the
/// keyboard.
const MOST_MEMBERS: u32 = 100_000;
/// Number of groups, bounded like [`MOST_MEMBERS`].
const MOST_GROUPS: usize = 1_000;

/// A group by its id.
#[derive(Clone, Copy)]
pub(crate) struct Group {
    anonymous: bool,
    pub(crate) members: u32,
}

/// The ids that the value of `groups` names.
pub(crate) fn named(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').filter(|id| Group::parse(id).is_some()).take(MOST_GROUPS)
}

impl Group {
    /// Parses ids like `g100` and `a1000`; what follows the number only tells groups of one size
    /// apart (`g100b`).
    pub(crate) fn parse(id: &str) -> Option<Group> {
        let anonymous = match id.chars().next()? {
            'g' => false,
            'a' => true,
            _ => return None,
        };
        let rest = &id[1..];
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let members = rest[..end].parse().ok().filter(|members| (1..=MOST_MEMBERS).contains(members))?;
        Some(Group { anonymous, members })
    }

    pub(crate) fn info(self, id: &str) -> RoomInfo {
        RoomInfo {
            id: id.into(),
            name: Some(format!("Group {id}")),
            kind: Some(if self.anonymous { RoomType::Channel } else { RoomType::Group }),
            n_participants: Some(self.members.saturating_add(1)),
            ..RoomInfo::default()
        }
    }

    /// The user, and all members.
    pub(crate) fn participants(self) -> Vec<ParticipantInfo> {
        let affiliation = Some(Affiliation::Member);
        let user = ParticipantInfo {
            is_user: true,
            nickname: "user".into(),
            affiliation,
            ..ParticipantInfo::default()
        };
        let members = (0..self.members).map(|n| ParticipantInfo {
            contact: (!self.anonymous).then(|| format!("p{n}").into()),
            occupant: self.anonymous.then(|| format!("n{n}").into()),
            nickname: if self.anonymous { format!("Nick {n}") } else { format!("Person {n}") },
            affiliation,
            ..ParticipantInfo::default()
        });
        std::iter::once(user).chain(members).collect()
    }

    /// Sender of the message of that number.
    pub(crate) fn speaker(self, room: &RoomId, message: u64) -> Sender {
        let n = message % u64::from(self.members);
        Sender {
            room: Some(room.clone()),
            contact: (!self.anonymous).then(|| format!("p{n}").into()),
            occupant: self.anonymous.then(|| format!("n{n}").into()),
            ..Sender::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_how_many_and_whether_they_are_known() {
        let group = |id| Group::parse(id).map(|group| (group.anonymous, group.members));
        assert_eq!(group("g100"), Some((false, 100)));
        assert_eq!(group("a1000b"), Some((true, 1000)));
        for id in ["", "g", "g0", "x5", "g999999999", "ä5"] {
            assert_eq!(group(id), None, "{id}");
        }
        assert_eq!(named("g3,x,a2").collect::<Vec<_>>(), ["g3", "a2"]);
    }

    #[test]
    fn the_user_is_there_beside_the_members() {
        let people = Group::parse("a2").unwrap().participants();
        assert_eq!(people.len(), 3);
        assert!(people[0].is_user && people.iter().all(|one| one.contact.is_none()));
        assert_eq!(people[2].occupant.as_ref().unwrap().as_str(), "n1");
    }
}
