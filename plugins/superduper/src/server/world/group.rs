//! One group.

use std::collections::BTreeMap;

use crate::protocol::{GroupInfo, Role, UserId};

/// A group.
pub(crate) struct Group {
    /// Without the number of members and the asker's role, which are added for each answer.
    pub(super) info: GroupInfo,
    /// Everybody with a role other than none; the invited and banned too.
    pub(super) roles: BTreeMap<UserId, Role>,
    /// Who is in it, in the order of joining: the highest and then the oldest inherits the group.
    pub(super) seniority: Vec<UserId>,
}

impl Group {
    /// What somebody may do.
    pub(super) fn role(&self, user: &str) -> Role {
        self.roles.get(user).copied().unwrap_or_default()
    }

    /// Everybody who is in it.
    pub(super) fn members(&self) -> impl Iterator<Item = &UserId> {
        self.seniority.iter()
    }
}
