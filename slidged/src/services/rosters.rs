//! Users' rosters, read and written as their server lets us (XEP-0356 section 5).

use crate::services::privileges::PrivilegeTable;
use crate::services::uplink::Uplink;
use crate::xmpp::link::events::IqError;
use crate::xmpp::link::events::IqType;
use crate::xmpp::roster;
use crate::xmpp::roster::Item;
use crate::xmpp::roster::Subscription;
use jid::BareJid;
use minidom::Element;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

/// Servers that are remembered: those of users, which the administrator has let in.
const MAX_SERVERS: usize = 1000;

/// Reason why contacts are not on a roster as they should be.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// The server refused, or did not answer.
    #[error(transparent)]
    Iq(#[from] IqError),
    /// The entries exist, but presence is not shared. COMPAT ejabberd 24.12: it takes names and
    /// groups from a component and leaves the subscription as it was.
    #[error("the server writes entries without a subscription")]
    Unsubscribed,
}

/// Servers that are known to write subscriptions as well.
#[derive(Clone, Default)]
struct WholeServers(Arc<Mutex<HashSet<String>>>);

impl WholeServers {
    fn has(&self, domain: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(domain)
    }

    fn learn(&self, domain: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MAX_SERVERS {
            known.insert(domain.to_owned());
        }
    }
}

/// Rosters on the users' servers. A clone shares what is known of these.
#[derive(Clone)]
pub struct Rosters {
    uplink: Uplink,
    privileges: PrivilegeTable,
    whole: WholeServers,
}

impl Rosters {
    pub(super) fn new(uplink: Uplink, privileges: PrivilegeTable) -> Self {
        Rosters { uplink, privileges, whole: WholeServers::default() }
    }

    /// Reads a user's roster, or writes these entries into it.
    ///
    /// # Errors
    ///
    /// When the answer is an error, or does not come.
    pub async fn ask(&self, type_: IqType, user: &str, items: &[Item]) -> Result<Option<Element>, IqError> {
        self.uplink.ask(type_, user, true, |xml| roster::write(xml, items)).await
    }

    /// Reads the roster back to see whether the written entries have their subscription, unless the
    /// server is known to write it.
    ///
    /// # Errors
    ///
    /// When they do not have it, or the roster cannot be read.
    pub async fn check(&self, user: &BareJid, written: &[Item]) -> Result<(), RosterError> {
        let domain = user.domain().as_str();
        let readable = self.privileges.of(domain).is_some_and(|p| p.roster.can_get());
        if !readable || written.is_empty() || self.whole.has(domain) {
            return Ok(());
        }
        let answer = self.ask(IqType::Get, user.as_str(), &[]).await?;
        if all_shared(written, &answer.as_ref().and_then(roster::parse).unwrap_or_default()) {
            self.whole.learn(domain);
            return Ok(());
        }
        Err(RosterError::Unsubscribed)
    }
}

/// Whether each entry that should have both subscriptions has them.
fn all_shared(written: &[Item], there: &[Item]) -> bool {
    let both: HashSet<&BareJid> =
        there.iter().filter(|item| item.subscription == Subscription::Both).map(|item| &item.jid).collect();
    let wanted = written.iter().filter(|item| item.subscription == Subscription::Both);
    wanted.map(|item| &item.jid).all(|jid| both.contains(jid))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(jid: &str, subscription: Subscription) -> Item {
        Item { jid: jid.parse().unwrap(), name: None, subscription, ask: false, groups: Vec::new() }
    }

    #[test]
    fn an_entry_without_its_subscription_is_noticed() {
        use Subscription::{Both, None, Remove};
        let written = [item("a@gw", Both), item("b@gw", Remove)];
        assert!(all_shared(&written, &[item("a@gw", Both), item("c@gw", None)]));
        assert!(!all_shared(&written, &[item("a@gw", None), item("c@gw", Both)]));
        assert!(!all_shared(&written, &[]));
        assert!(all_shared(&[], &[]));
    }

    #[test]
    fn what_is_known_is_bounded() {
        let rosters = WholeServers::default();
        for n in 0..3 * MAX_SERVERS {
            rosters.learn(&n.to_string());
        }
        assert!(rosters.has("0") && !rosters.has("2999"));
    }
}
