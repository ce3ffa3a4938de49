//! Seed of a network: the accounts, friendships and groups that a file lists.

use serde::Deserialize;

use crate::protocol::{GroupId, GroupKind, UserId};

/// Things to create at the start. Those that exist already are left as they are.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seed {
    /// Accounts to create.
    pub accounts: Vec<SeedAccount>,
    /// Groups to create.
    pub groups: Vec<SeedGroup>,
}

/// Account to create.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeedAccount {
    /// Id of the account.
    pub user: UserId,
    /// Password of the account.
    pub password: String,
    /// Second factor, if the account has one.
    pub code: Option<String>,
    /// Displayed name; the id when empty.
    pub name: String,
    /// Telephone number, if there is one.
    pub phone: Option<String>,
    /// Mail address, if there is one.
    pub email: Option<String>,
    /// Friends of the account, from among all accounts.
    pub friends: Vec<UserId>,
}

/// Group to create.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeedGroup {
    /// Id of the group.
    pub id: GroupId,
    /// Name of the group.
    pub name: String,
    /// Condition of entering it.
    pub kind: GroupKind,
    /// Founder of the group.
    pub owner: UserId,
    /// Members besides the founder.
    pub members: Vec<UserId>,
}
