//! Creation of everything that a seed lists, through the same requests as a client's.

use std::io;

use super::hub::{Hub, random};
use super::seed::{Seed, SeedAccount};
use super::world::{Actor, Change, NewAccount, Secret};
use crate::protocol::group::CreateGroup;
use crate::protocol::person::{Befriend, SetProfile};
use crate::protocol::{Kind, Refusal, Request};

/// Creates everything that the seed lists.
///
/// # Errors
/// When something in it is refused, with the thing's name.
pub(super) fn create(seed: &Seed, hub: &Hub) -> io::Result<()> {
    for account in &seed.accounts {
        named(&account.user, create_account(account, hub))?;
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

fn create_account(account: &SeedAccount, hub: &Hub) -> Result<String, Refusal> {
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

/// Returns a device that does not exist, so that all real ones get the events.
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
