//! What exists from the start: accounts, friendships and groups from a file.

use serde::Deserialize;

use crate::protocol::{GroupId, GroupKind, UserId};

/// What to create. What exists already is left as it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seed {
    /// Accounts.
    pub accounts: Vec<SeedAccount>,
    /// Groups.
    pub groups: Vec<SeedGroup>,
}

/// An account to create.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeedAccount {
    /// Its id.
    pub user: UserId,
    /// Its password.
    pub password: String,
    /// Its second factor, if it has one.
    pub code: Option<String>,
    /// Its displayed name; the id when empty.
    pub name: String,
    /// A telephone number.
    pub phone: Option<String>,
    /// A mail address.
    pub email: Option<String>,
    /// Who its friends are, from among all accounts.
    pub friends: Vec<UserId>,
}

/// A group to create.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeedGroup {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// How it is entered.
    pub kind: GroupKind,
    /// Its founder.
    pub owner: UserId,
    /// Who else is in it.
    pub members: Vec<UserId>,
}
