//! People: their accounts, contact lists and devices.

mod accounts;
mod contacts;
mod devices;
mod friends;
mod presence;
mod profile;
mod search;

use std::collections::{BTreeMap, HashMap};

use super::account::Account;
use super::device::Line;
use super::outcome::Actor;
use crate::protocol::{Event, UserId};

/// Collection of all accounts.
#[derive(Default)]
pub(super) struct People {
    accounts: BTreeMap<UserId, Account>,
    /// Devices by the digests of their tokens.
    tokens: HashMap<String, Actor>,
}

impl People {
    pub(super) fn get(&self, user: &str) -> Option<&Account> {
        self.accounts.get(user)
    }

    pub(super) fn get_mut(&mut self, user: &str) -> Option<&mut Account> {
        self.accounts.get_mut(user)
    }

    /// Returns the name in a user's profile.
    pub(super) fn name(&self, user: &str) -> String {
        self.accounts.get(user).map_or_else(|| user.to_owned(), |account| account.profile.name.clone())
    }

    /// Writes a durable event into the logs of all of a user's devices, except the one that caused
    /// it.
    pub(super) fn tell(&mut self, user: &str, by: &Actor, event: &Event) {
        if let Some(account) = self.accounts.get_mut(user) {
            account.tell(user, by, &Line::of(event));
        }
    }
}
