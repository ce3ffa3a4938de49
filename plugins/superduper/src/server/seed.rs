//! What exists from the start: accounts, friendships and groups from a file.

use std::io;

use serde::Deserialize;

use super::hub::{Hub, random};
use super::world::{Actor, Change, NewAccount, Secret};
use crate::protocol::group::CreateGroup;
use crate::protocol::person::{Befriend, SetProfile};
use crate::protocol::{GroupId, GroupKind, Kind, Refusal, Request, UserId};

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

/// Creates what the seed names.
///
/// # Errors
/// When something in it is refused, with the thing's name.
pub(super) fn plant(seed: &Seed, hub: &Hub) -> io::Result<()> {
    for account in &seed.accounts {
        named(&account.user, create(account, hub))?;
    }
    for account in &seed.accounts {
        for friend in &account.friends {
            let ask = |from: &str, to: &str| {
                let request = Request::Befriend(Befriend { user: to.to_owned(), text: String::new() });
                hub.carry_out(&actor(from), request)
            };
            named(friend, ask(&account.user, friend).and_then(|_| ask(friend, &account.user)))?;
        }
    }
    for group in &seed.groups {
        let request = Request::CreateGroup(CreateGroup {
            id: Some(group.id.clone()),
            kind: group.kind,
            name: group.name.clone(),
            members: group.members.clone(),
            space: None,
        });
        named(&group.id, or_exists(hub.carry_out(&actor(&group.owner), request)))?;
    }
    Ok(())
}

fn create(account: &SeedAccount, hub: &Hub) -> Result<String, Refusal> {
    let secret = |secret: &String| Ok::<_, Refusal>(Secret::new(secret, &random()?));
    let new = NewAccount {
        user: account.user.clone(),
        name: account.name.clone(),
        password: secret(&account.password)?,
        code: account.code.as_ref().map(secret).transpose()?,
    };
    match hub.change(&Change::Account(new)) {
        Err(refusal) if refusal.kind == Kind::Conflict => Ok(String::new()),
        Err(refusal) => Err(refusal),
        Ok(_) if account.phone.is_none() && account.email.is_none() => Ok(String::new()),
        Ok(_) => {
            let (phone, email) = (account.phone.clone(), account.email.clone());
            let profile = SetProfile { phone, email, ..SetProfile::default() };
            hub.carry_out(&actor(&account.user), Request::SetProfile(profile))
        }
    }
}

/// A device that does not exist: all real ones are told.
fn actor(user: &str) -> Actor {
    Actor { user: user.to_owned(), device: String::new() }
}

fn or_exists(outcome: Result<String, Refusal>) -> Result<String, Refusal> {
    match outcome {
        Err(refusal) if refusal.kind == Kind::Conflict => Ok(String::new()),
        outcome => outcome,
    }
}

fn named(name: &str, outcome: Result<String, Refusal>) -> io::Result<()> {
    match outcome {
        Ok(_) => Ok(()),
        Err(refusal) => {
            Err(io::Error::new(io::ErrorKind::InvalidInput, format!("seed: {name:?}: {refusal}")))
        }
    }
}
