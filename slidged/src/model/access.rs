//! Policy of who may register. Addresses are compared as prepared by RFC 7622 and exactly: a domain
//! names everybody there, and nobody on its sub-domains.

use jid::BareJid;
use serde::Deserialize;
use std::collections::HashMap;

/// Mode of registration for those whom the administrator's list names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Users register at once.
    #[default]
    Open,
    /// Users register when an administrator has approved them.
    Approval,
    /// Users register with a token that an administrator has made.
    Invitation,
    /// No new users register.
    Closed,
}

/// A domain or a bare address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed(pub BareJid);

/// A bare address of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin(pub BareJid);

/// A ban of a user, or of a domain with all its users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// A bare address or a domain.
    pub subject: BareJid,
    /// Reason that the banned are given; may be empty.
    pub reason: String,
    /// The administrator.
    pub by: BareJid,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// All bans, by address or domain: looked at for each stanza of a stranger.
#[derive(Debug, Default)]
pub struct Bans(HashMap<BareJid, Ban>);

impl Bans {
    /// One more, in the place of an earlier one of the same subject.
    pub fn add(&mut self, ban: Ban) {
        self.0.insert(ban.subject.clone(), ban);
    }

    /// Lifts one; false when there is none.
    pub fn lift(&mut self, subject: &BareJid) -> bool {
        self.0.remove(subject).is_some()
    }

    /// The ban that hits this user: their own before that of their domain.
    #[must_use]
    pub fn of(&self, user: &BareJid) -> Option<&Ban> {
        self.0.get(user).or_else(|| self.0.get(&BareJid::from_parts(None, user.domain())))
    }

    /// All of them, the newest first.
    #[must_use]
    pub fn newest(&self) -> Vec<Ban> {
        let mut bans: Vec<_> = self.0.values().cloned().collect();
        bans.sort_unstable_by(|a, b| b.at.cmp(&a.at).then_with(|| a.subject.cmp(&b.subject)));
        bans
    }
}

impl FromIterator<Ban> for Bans {
    fn from_iter<I: IntoIterator<Item = Ban>>(bans: I) -> Bans {
        Bans(bans.into_iter().map(|ban| (ban.subject.clone(), ban)).collect())
    }
}

/// Registration policy of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// Mode of registration for those in `allow`.
    pub mode: Mode,
    /// Addresses and domains that the gateway serves at all.
    pub allow: &'a [Allowed],
    /// Administrators of the gateway.
    pub admins: &'a [Admin],
}

/// Whether somebody may register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The user may register.
    Allowed,
    /// The configuration does not name them.
    NotServed,
    /// The user is banned, for this reason (may be empty).
    Banned(String),
    /// The gateway lets nobody new in.
    Closed,
    /// An administrator must approve them first.
    NeedsApproval,
    /// The user needs an invitation's token.
    NeedsInvitation,
}

impl Policy<'_> {
    /// Whether the configuration names this user among those whom the gateway serves.
    #[must_use]
    pub fn serves(&self, user: &BareJid) -> bool {
        // A domain is a server, not somebody who chats.
        user.node().is_some() && self.allow.iter().any(|Allowed(entry)| names(entry, user))
    }

    /// Whether this user administers the gateway.
    #[must_use]
    pub fn is_admin(&self, user: &BareJid) -> bool {
        self.admins.iter().any(|Admin(admin)| admin == user)
    }

    /// Decides whether a user may register. `granted`: an administrator has let them in, by
    /// approval or by an invitation that can be redeemed; that opens a door that `mode` keeps,
    /// never one that `allow`, a ban or `closed` keeps shut.
    ///
    /// Administrators always may: the configuration is above any decision at run time.
    #[must_use]
    pub fn decide(&self, user: &BareJid, bans: &Bans, granted: bool) -> Decision {
        if self.is_admin(user) {
            return Decision::Allowed;
        }
        if let Some(ban) = bans.of(user) {
            return Decision::Banned(ban.reason.clone());
        }
        if !self.serves(user) {
            return Decision::NotServed;
        }
        match self.mode {
            Mode::Closed => Decision::Closed,
            Mode::Approval if !granted => Decision::NeedsApproval,
            Mode::Invitation if !granted => Decision::NeedsInvitation,
            Mode::Open | Mode::Approval | Mode::Invitation => Decision::Allowed,
        }
    }
}

/// Whether a list's entry names this address: it is the same, or the domain that it is on.
pub(crate) fn names(entry: &BareJid, user: &BareJid) -> bool {
    entry == user || (entry.node().is_none() && entry.domain() == user.domain())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jid(text: &str) -> BareJid {
        BareJid::new(text).unwrap()
    }

    fn bans<const N: usize>(bans: [(&str, &str); N]) -> Bans {
        let by = jid("juliet@example.org");
        let ban = |(subject, reason): (&str, &str)| Ban {
            subject: jid(subject),
            reason: reason.into(),
            by: by.clone(),
            at: 0,
        };
        bans.into_iter().map(ban).collect()
    }

    /// Decides under a policy that allows all of example.org, and romeo@example.net; Juliet is
    /// their administrator, and one from elsewhere.
    fn decide(mode: Mode, user: &str, bans: &Bans, granted: bool) -> Decision {
        let allow = ["example.org", "romeo@example.net"].map(|text| Allowed(jid(text)));
        let admins = ["juliet@example.org", "friar@abbey.example"].map(|text| Admin(jid(text)));
        Policy { mode, allow: &allow, admins: &admins }.decide(&jid(user), bans, granted)
    }

    #[test]
    fn exact_domains_and_addresses_are_served_and_nobody_else() {
        use Decision::{Allowed, NotServed};
        for (user, expected) in [
            ("juliet@example.org", Allowed),
            ("Nurse@Example.ORG", Allowed),
            ("romeo@example.net", Allowed),
            ("paris@example.net", NotServed),
            ("nurse@sub.example.org", NotServed),
            ("nurse@badexample.org", NotServed),
            ("nurse@example.org.evil.example", NotServed),
            ("example.org\\40x@evil.example", NotServed),
            ("example.org", NotServed),
            ("friar@abbey.example", Allowed),
            ("other@abbey.example", NotServed),
        ] {
            assert_eq!(decide(Mode::Open, user, &Bans::default(), false), expected, "{user}");
        }
    }

    #[test]
    fn each_mode_lets_in_whom_it_should() {
        use Decision::{Allowed, Closed, NeedsApproval, NeedsInvitation, NotServed};
        for (mode, stranger, granted) in [
            (Mode::Open, Allowed, Allowed),
            (Mode::Approval, NeedsApproval, Allowed),
            (Mode::Invitation, NeedsInvitation, Allowed),
            (Mode::Closed, Closed, Closed),
        ] {
            assert_eq!(decide(mode, "nurse@example.org", &Bans::default(), false), stranger, "{mode:?}");
            assert_eq!(
                decide(mode, "nurse@example.org", &Bans::default(), true),
                granted,
                "{mode:?}, granted"
            );
            // Nothing that an administrator grants reaches beyond the list.
            assert_eq!(
                decide(mode, "paris@example.net", &Bans::default(), true),
                NotServed,
                "{mode:?}, not served"
            );
            for admin in ["juliet@example.org", "friar@abbey.example"] {
                assert_eq!(decide(mode, admin, &Bans::default(), false), Allowed, "{mode:?}, {admin}");
            }
        }
    }

    #[test]
    fn a_ban_hits_an_address_or_a_whole_domain_and_never_an_administrator() {
        let banned = |text: &str| Decision::Banned(text.to_owned());
        let bans =
            bans([("example.org", "spam"), ("tybalt@example.org", "brawling"), ("romeo@example.net", "")]);
        for mode in [Mode::Open, Mode::Approval, Mode::Invitation, Mode::Closed] {
            for granted in [false, true] {
                for (user, expected) in [
                    ("tybalt@example.org", banned("brawling")),
                    ("Tybalt@example.org", banned("brawling")),
                    ("nurse@example.org", banned("spam")),
                    ("example.org", banned("spam")),
                    ("romeo@example.net", banned("")),
                    // Not served is told apart from banned; a ban of a domain says nothing about
                    // its sub-domains.
                    ("nurse@sub.example.org", Decision::NotServed),
                    ("juliet@example.org", Decision::Allowed),
                ] {
                    assert_eq!(decide(mode, user, &bans, granted), expected, "{user} in {mode:?}");
                }
            }
        }
    }

    #[test]
    fn a_ban_takes_the_place_of_an_earlier_one_and_can_be_lifted() {
        let mut all = bans([("tybalt@example.org", "brawling"), ("evil.example", "spam")]);
        let by = jid("juliet@example.org");
        let subject = jid("tybalt@example.org");
        all.add(Ban { subject: subject.clone(), reason: "still brawling".into(), by, at: 1 });
        let newest: Vec<_> = all.newest().into_iter().map(|ban| ban.reason).collect();
        assert_eq!(newest, ["still brawling", "spam"]);
        assert!(all.lift(&subject) && !all.lift(&subject));
        assert_eq!(all.of(&subject), None);
        assert!(all.of(&jid("anybody@evil.example")).is_some());
    }

    #[test]
    fn a_list_of_nobody_serves_nobody() {
        let policy = Policy { mode: Mode::Open, allow: &[], admins: &[] };
        assert_eq!(policy.decide(&jid("nurse@example.org"), &Bans::default(), true), Decision::NotServed);
    }
}
