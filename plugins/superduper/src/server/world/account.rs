//! Accounts and their secrets.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::device::{Device, Line};
use super::outcome::{Actor, refuse};
use crate::protocol::{DeviceId, GroupId, Kind, Millis, Presence, Profile, Refusal, Relation, Show, UserId};

/// Salted digest of a password or code. One round of SHA-256 will do: this network lives on the
/// loopback and has nothing to hide.
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

    /// Tells whether this is the secret.
    pub(crate) fn matches(&self, secret: &str) -> bool {
        self.digest == digest(&format!("{}{secret}", self.salt))
    }
}

/// Returns the SHA-256 digest of a text in hexadecimal.
pub(crate) fn digest(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

/// Data that an account is created from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NewAccount {
    pub(crate) user: UserId,
    pub(crate) name: String,
    pub(crate) password: Secret,
    pub(crate) code: Option<Secret>,
}

/// Entry of a contact list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) nickname: String,
    pub(super) relation: Relation,
    pub(super) blocked: bool,
}

/// Account of a user.
pub(crate) struct Account {
    pub(super) password: Secret,
    pub(super) code: Option<Secret>,
    pub(super) profile: Profile,
    pub(super) contacts: BTreeMap<UserId, Entry>,
    pub(super) groups: BTreeSet<GroupId>,
    pub(super) devices: BTreeMap<DeviceId, Device>,
    /// Presence that the account shows while it is connected.
    pub(super) chosen: Presence,
    pub(super) last_seen: Option<Millis>,
}

impl Account {
    /// Tells whether a password, and the code with it, opens this account.
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

    /// Sends an event to the connected devices, except the one that caused it.
    pub(super) fn tell_live(&self, user: &str, by: &Actor, line: &Line) {
        let own = by.user == user;
        for (id, device) in &self.devices {
            if !(own && *id == by.device) {
                device.live(line);
            }
        }
    }

    /// Tells whether a device is connected.
    pub(crate) fn connected(&self) -> bool {
        self.devices.values().any(|device| device.link.is_some())
    }

    /// Returns the presence that friends see.
    pub(super) fn presence(&self) -> Presence {
        if self.connected() && self.chosen.show != Show::Offline {
            self.chosen.clone()
        } else {
            Presence { show: Show::Offline, text: String::new(), last_seen: self.last_seen }
        }
    }
}
