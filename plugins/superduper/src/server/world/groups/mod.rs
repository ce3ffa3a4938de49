//! Groups, and the spaces that they are in.

mod founding;
mod members;
mod spaces;

use std::collections::{BTreeMap, BTreeSet};

use super::device::Line;
use super::group::Group;
use super::outcome::Actor;
use super::people::People;
use crate::protocol::{Event, GroupId, Role, Space, SpaceId, UserId};

/// Collection of all groups and spaces.
#[derive(Default)]
pub(super) struct Groups {
    groups: BTreeMap<GroupId, Group>,
    /// Spaces, each with its members.
    spaces: BTreeMap<SpaceId, (Space, BTreeSet<UserId>)>,
}

impl Groups {
    pub(super) fn get(&self, id: &str) -> Option<&Group> {
        self.groups.get(id)
    }

    /// Returns the role of a user in a group; none if there is no such group.
    pub(super) fn role(&self, id: &str, user: &str) -> Role {
        self.groups.get(id).map_or(Role::None, |group| group.role(user))
    }

    /// Writes a durable event into the logs of all members' devices, except the one that caused it.
    pub(super) fn tell_group(&self, id: &str, by: &Actor, event: &Event, people: &mut People) {
        let Some(group) = self.groups.get(id) else { return };
        let line = Line::of(event);
        for user in group.members() {
            if let Some(account) = people.get_mut(user) {
                account.tell(user, by, &line);
            }
        }
    }
}
