//! Accounts and their secrets.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::contact::Entry;
use super::{Actor, Device, Line, Outcome, World, done, refuse, rules};
use crate::protocol::{DeviceId, GroupId, Kind, Millis, Presence, Profile, Refusal, Show, UserId, limits};

/// A salted digest of a password or code. One round of SHA-256: this network lives on the loopback and has nothing to hide.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Secret {
    salt: String,
    digest: String,
}

impl Secret {
    /// Digests a secret. The salt must be random.
    pub(crate) fn new(secret: &str, salt: &str) -> Secret {
        Secret { salt: salt.to_owned(), digest: digest(&format!("{salt}{secret}")) }
    }

    /// Whether this is the secret.
    pub(crate) fn matches(&self, secret: &str) -> bool {
        self.digest == digest(&format!("{}{secret}", self.salt))
    }
}

/// SHA-256 in hexadecimal.
pub(crate) fn digest(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

/// What an account is created from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NewAccount {
    pub(crate) user: UserId,
    pub(crate) name: String,
    pub(crate) password: Secret,
    pub(crate) code: Option<Secret>,
}

/// Somebody on the network.
pub(crate) struct Account {
    password: Secret,
    code: Option<Secret>,
    pub(super) profile: Profile,
    pub(super) contacts: BTreeMap<UserId, Entry>,
    pub(super) groups: BTreeSet<GroupId>,
    pub(super) devices: BTreeMap<DeviceId, Device>,
    /// What the account shows while it is connected.
    pub(super) chosen: Presence,
    pub(super) last_seen: Option<Millis>,
}

impl Account {
    /// Whether a password opens this account, and the code with it.
    ///
    /// # Errors
    /// [`Kind::BadCredentials`], [`Kind::CodeRequired`] or [`Kind::BadCode`].
    pub(crate) fn check(&self, password: &str, code: Option<&str>) -> Result<(), Refusal> {
        if !self.password.matches(password) {
            return refuse(Kind::BadCredentials, "unknown user or wrong password");
        }
        match (&self.code, code) {
            (None, _) => Ok(()),
            (Some(_), None) => refuse(Kind::CodeRequired, "this account wants its second factor"),
            (Some(secret), Some(code)) if secret.matches(code) => Ok(()),
            (Some(_), Some(_)) => refuse(Kind::BadCode, "this code is wrong"),
        }
    }

    /// Writes an event into the logs of all devices except the one that caused it.
    pub(super) fn tell(&mut self, user: &str, by: &Actor, line: &Line) {
        let own = by.user == user;
        for (id, device) in &mut self.devices {
            if !(own && *id == by.device) {
                device.push(line.clone());
            }
        }
    }

    /// Tells the connected devices, except the one that caused it.
    pub(super) fn tell_live(&self, user: &str, by: &Actor, line: &Line) {
        let own = by.user == user;
        for (id, device) in &self.devices {
            if !(own && *id == by.device) {
                device.live(line);
            }
        }
    }
}

impl World {
    pub(super) fn create_account(&mut self, new: &NewAccount) -> Outcome {
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

    pub(super) fn set_secrets(
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

    /// The actor's account. It exists as long as the actor is logged in, but a replayed journal should not have to prove it.
    pub(super) fn own(&mut self, by: &Actor) -> Result<&mut Account, Refusal> {
        self.accounts.get_mut(&by.user).ok_or_else(|| Refusal::new(Kind::NotLoggedIn, "this account is gone"))
    }

    /// An account that a request is about.
    pub(super) fn other(&self, user: &str) -> Result<&Account, Refusal> {
        self.accounts.get(user).ok_or_else(|| Refusal::new(Kind::NotFound, "no such user"))
    }
}
