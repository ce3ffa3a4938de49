//! `[registration]`: who may use the gateway.

use super::value;
use jid::BareJid;
use serde::{Deserialize, Deserializer};

/// The section `[registration]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// Domains (everybody there, but nobody on their sub-domains) and bare addresses (that person).
    pub allow: Vec<Allowed>,
    /// The gateway's administrators, by bare address.
    #[serde(default)]
    pub admins: Vec<Admin>,
}

impl Registration {
    /// Whether this user may register.
    pub fn allows(&self, user: &BareJid) -> bool {
        self.allow.iter().any(|Allowed(entry)| match entry.node() {
            Some(_) => entry == user,
            None => user.node().is_some() && entry.domain() == user.domain(),
        })
    }

    /// Whether this user administers the gateway.
    pub fn is_admin(&self, user: &BareJid) -> bool {
        self.admins.iter().any(|Admin(admin)| admin == user)
    }
}

/// A domain or a bare address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed(pub BareJid);

/// A bare address of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin(pub BareJid);

impl<'de> Deserialize<'de> for Allowed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        value::text(deserializer, "a domain or an address such as \"juliet@example.org\"", |text| {
            BareJid::new(text).ok().map(Self)
        })
    }
}

impl<'de> Deserialize<'de> for Admin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        value::text(deserializer, "an address such as \"juliet@example.org\"", |text| {
            BareJid::new(text).ok().filter(|jid| jid.node().is_some()).map(Self)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_domains_and_addresses_may_register_and_nobody_else() {
        let jid = |text: &str| BareJid::new(text).unwrap();
        let registration = Registration {
            allow: ["example.org", "romeo@example.net"].map(|text| Allowed(jid(text))).into(),
            admins: vec![Admin(jid("juliet@example.org"))],
        };
        for (user, allowed, admin) in [
            ("juliet@example.org", true, true),
            ("Juliet@Example.ORG", true, true),
            ("romeo@example.org", true, false),
            ("romeo@example.net", true, false),
            ("paris@example.net", false, false),
            ("juliet@sub.example.org", false, false),
            ("juliet@badexample.org", false, false),
            ("example.org", false, false),
        ] {
            let user = jid(user);
            assert_eq!(
                (registration.allows(&user), registration.is_admin(&user)),
                (allowed, admin),
                "{user}"
            );
        }
    }
}
