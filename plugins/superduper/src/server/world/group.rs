//! A single group.

use std::collections::BTreeMap;

use crate::protocol::{GroupInfo, Role, UserId};

/// Group with the roles of its users.
pub(crate) struct Group {
    /// Description without the number of members and the asker's role, which each answer adds.
    pub(super) info: GroupInfo,
    /// Users with a role other than none; the invited and banned too.
    pub(super) roles: BTreeMap<UserId, Role>,
    /// Members in the order of joining: among the highest, the oldest inherits the group.
    pub(super) seniority: Vec<UserId>,
}

impl Group {
    /// Returns the role of a user.
    pub(super) fn role(&self, user: &str) -> Role {
        self.roles.get(user).copied().unwrap_or_default()
    }

    /// Lists the members.
    pub(super) fn members(&self) -> impl Iterator<Item = &UserId> {
        self.seniority.iter()
    }
}
