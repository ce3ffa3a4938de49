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

/// All groups and spaces.
#[derive(Default)]
pub(super) struct Groups {
    groups: BTreeMap<GroupId, Group>,
    /// Each space with its members.
    spaces: BTreeMap<SpaceId, (Space, BTreeSet<UserId>)>,
}

impl Groups {
    pub(super) fn get(&self, id: &str) -> Option<&Group> {
        self.groups.get(id)
    }

    /// What somebody may do in a group; nothing where there is none.
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
