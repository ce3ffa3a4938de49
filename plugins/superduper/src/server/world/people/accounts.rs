//! Accounts: their creation, their secrets, and access to them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::account::{Account, NewAccount, Secret};
use super::super::outcome::{Actor, Outcome, done, refuse};
use super::super::rules;
use super::People;
use crate::protocol::{DeviceId, Kind, Presence, Profile, Refusal, Show, limits};

impl People {
    pub(in super::super) fn create_account(&mut self, new: &NewAccount) -> Outcome {
        rules::id(&new.user)?;
        if new.user.starts_with('#') {
            return refuse(Kind::BadRequest, "a user's id does not begin with #");
        }
        rules::text(&new.name, limits::NAME)?;
        if self.accounts.contains_key(&new.user) {
            return refuse(Kind::Conflict, "this user exists already");
        }
        rules::count(self.accounts.len() + 1, limits::POPULATION)?;
        let name = if new.name.is_empty() { &new.user } else { &new.name };
        let account = Account {
            password: new.password.clone(),
            code: new.code.clone(),
            profile: Profile { name: name.clone(), ..Profile::default() },
            contacts: BTreeMap::new(),
            groups: BTreeSet::new(),
            devices: BTreeMap::new(),
            chosen: Presence { show: Show::Available, ..Presence::default() },
            last_seen: None,
        };
        self.accounts.insert(new.user.clone(), account);
        done()
    }

    pub(in super::super) fn set_secrets(
        &mut self,
        by: &Actor,
        password: Option<&Secret>,
        code: Option<&Option<Secret>>,
    ) -> Outcome {
        let account = self.own(by)?;
        if let Some(password) = password {
            account.password = password.clone();
        }
        if let Some(code) = code {
            account.code.clone_from(code);
        }
        let others: Vec<DeviceId> =
            account.devices.keys().filter(|device| **device != by.device).cloned().collect();
        for device in others {
            self.forget_device(&by.user, &device)?;
        }
        done()
    }

    /// Returns the actor's account. It exists as long as the actor is logged in, but a replayed
    /// journal should not have to prove it.
    pub(in super::super) fn own(&mut self, by: &Actor) -> Result<&mut Account, Refusal> {
        self.accounts.get_mut(&by.user).ok_or_else(|| Refusal::new(Kind::NotLoggedIn, "this account is gone"))
    }

    /// Returns an account that a request is about.
    pub(in super::super) fn other(&self, user: &str) -> Result<&Account, Refusal> {
        self.accounts.get(user).ok_or_else(|| Refusal::new(Kind::NotFound, "no such user"))
    }
}
