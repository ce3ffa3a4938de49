//! `[registration]`: who may use the gateway.

use crate::config::Duration;
use crate::config::value;
use crate::model::access::Policy;
use crate::model::attempts::Limits;
use jid::BareJid;
use serde::Deserialize;
use serde::Deserializer;

pub use crate::model::access::{Admin, Allowed, Mode};

/// Enough for typing errors, too few for guessing passwords through us.
const DEFAULT_ATTEMPTS: u32 = 5;
/// Default of `attempts_window`, which [`DEFAULT_ATTEMPTS`] is counted over: a pause that ends
/// guessing, and that a person sits out.
const DEFAULT_ATTEMPTS_WINDOW: Duration = Duration::minutes(10);
/// One every twelve seconds: a whole server moves in within an afternoon, and whoever makes
/// accounts by the thousand to guess through us does not look like an attack to the network.
const DEFAULT_ATTEMPTS_PER_HOUR: u32 = 300;

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;

/// The section `[registration]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Registration {
    /// Domains (everybody there, but nobody on their sub-domains) and bare addresses (that person).
    pub allow: Vec<Allowed>,
    /// Mode of registration.
    pub mode: Mode,
    /// The gateway's administrators, by bare address.
    pub admins: Vec<Admin>,
    /// Tries of one address to register within `attempts_window`.
    #[serde(deserialize_with = "value::number::<1, 1_000, _>")]
    pub attempts: u32,
    /// Time over which `attempts` is counted.
    #[serde(deserialize_with = "value::time::<MINUTE, DAY, _>")]
    pub attempts_window: Duration,
    /// Tries of all strangers of a domain together within an hour.
    #[serde(deserialize_with = "value::number::<1, 100_000, _>")]
    pub attempts_per_hour: u32,
}

impl Default for Registration {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            mode: Mode::default(),
            admins: Vec::new(),
            attempts: DEFAULT_ATTEMPTS,
            attempts_window: DEFAULT_ATTEMPTS_WINDOW,
            attempts_per_hour: DEFAULT_ATTEMPTS_PER_HOUR,
        }
    }
}

impl Registration {
    /// Policy of who may register.
    pub fn policy(&self) -> Policy<'_> {
        Policy { mode: self.mode, allow: &self.allow, admins: &self.admins }
    }

    /// Limits of attempts.
    pub fn limits(&self) -> Limits {
        let count = |number: u32| number.try_into().unwrap_or(usize::MAX);
        Limits {
            tries: count(self.attempts),
            window: self.attempts_window.into(),
            strangers_per_hour: count(self.attempts_per_hour),
        }
    }

    /// Whether the gateway serves this user at all.
    pub fn allows(&self, user: &BareJid) -> bool {
        self.policy().serves(user) || self.is_admin(user)
    }

    /// Whether this user administers the gateway.
    pub fn is_admin(&self, user: &BareJid) -> bool {
        self.policy().is_admin(user)
    }
}

impl<'de> Deserialize<'de> for Allowed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::config::text::text(
            deserializer,
            "a domain or an address such as \"juliet@example.org\"",
            |text| BareJid::new(text).ok().map(Self),
        )
    }
}

impl<'de> Deserialize<'de> for Admin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::config::text::text(deserializer, "an address such as \"juliet@example.org\"", |text| {
            BareJid::new(text).ok().filter(|jid| jid.node().is_some()).map(Self)
        })
    }
}
