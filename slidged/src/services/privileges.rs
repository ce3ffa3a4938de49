//! Privileges that servers grant the gateway (XEP-0356), and requests in users' names that rest on
//! them.

use crate::model::ids::new_id;
use crate::model::lock::read;
use crate::model::lock::write;
use crate::services::address::Address;
use crate::services::privilege as granted;
use crate::services::privilege::Privilege;
use crate::services::uplink::Uplink;
use crate::xmpp::Kind;
use crate::xmpp::Stanza;
use crate::xmpp::Xml;
use crate::xmpp::link::events::IqError;
use crate::xmpp::link::events::IqType;
use crate::xmpp::ns;
use crate::xmpp::privilege;
use crate::xmpp::privilege::Access;
use crate::xmpp::privilege::Privileges;
use jid::BareJid;
use jid::Jid;
use minidom::Element;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::RwLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// Servers whose privileges are remembered: those on our host are few, but a server elsewhere can
/// send adverts for itself.
const MAX_SERVERS: usize = 1000;

/// An advert of privileges (XEP-0356 section 3).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Advert {
    /// The server grants something else than before.
    Changed(String),
    /// The server grants what it granted.
    Same,
}

/// Privileges of a server, with the connection on which they were advertised.
type Advertised = (u64, Arc<Privileges>);

/// Privileges by the server that grants them. A clone shares them.
#[derive(Clone)]
pub struct PrivilegeTable {
    uplink: Uplink,
    address: Address,
    /// Last advert of each server, by domain.
    servers: Arc<RwLock<HashMap<String, Advertised>>>,
    /// The connection that there is, or was last.
    epoch: Arc<AtomicU64>,
}

impl PrivilegeTable {
    pub(super) fn new(uplink: Uplink, address: Address) -> Self {
        PrivilegeTable { uplink, address, servers: Arc::default(), epoch: Arc::default() }
    }

    /// The privileges that a server grants.
    #[must_use]
    pub fn of(&self, domain: &str) -> Option<Arc<Privileges>> {
        read(&self.servers).get(domain).map(|(_, privileges)| privileges.clone())
    }

    /// Whether the users' server grants that privilege.
    #[must_use]
    pub fn has(&self, domain: &str, privilege: Privilege) -> bool {
        let Some(granted) = self.of(domain) else { return false };
        match privilege {
            Privilege::Roster => granted.roster.can_set(),
            Privilege::Message => granted.message,
            Privilege::Upload => granted.iq(ns::HTTP_UPLOAD).can_get(),
            Privilege::Pubsub => granted.iq(ns::PUBSUB).can_get() && granted.iq(ns::PUBSUB).can_set(),
        }
    }

    /// Lines of configuration that grant all privileges.
    #[must_use]
    pub fn lines(&self, domain: &str) -> String {
        granted::lines(self.address.domain(), domain)
    }

    /// Handles a message if it is an advert: only a server's own address can send one.
    pub(crate) fn advert(&self, from: &Jid, stanza: &Stanza) -> Option<Advert> {
        if stanza.kind != Kind::Message || from.node().is_some() || from.resource().is_some() {
            return None;
        }
        let privileges = Privileges::parse(stanza)?;
        let domain = from.domain().to_string();
        tracing::info!(domain, %privileges, "the server tells what the gateway may do");
        let mut known = write(&self.servers);
        if known.len() >= MAX_SERVERS && !known.contains_key(&domain) {
            return Some(Advert::Same);
        }
        let told = (self.epoch.load(Relaxed), Arc::new(privileges));
        let before = known.insert(domain.clone(), told.clone());
        let same = before.is_some_and(|(_, before)| before == told.1);
        Some(if same { Advert::Same } else { Advert::Changed(domain) })
    }

    /// The connection that there is, or was last.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Relaxed)
    }

    /// Begins a new connection: adverts from now on belong to it.
    pub fn connected(&self, epoch: u64) {
        self.epoch.store(epoch, Relaxed);
    }

    /// Forgets adverts of connections before `epoch`.
    pub(crate) fn forget_before(&self, epoch: u64) {
        write(&self.servers).retain(|_, (told, _)| *told >= epoch);
    }

    /// Access in a user's name to iqs of that namespace.
    #[must_use]
    pub fn may_ask(&self, user: &BareJid, namespace: &str) -> Access {
        self.of(user.domain().as_str()).map_or(Access::None, |p| p.iq(namespace))
    }

    /// Sends `to` an iq as the user would (XEP-0356 section 7); `write` writes the payload. Allowed
    /// only where [`may_ask`](Self::may_ask) says so, since a server refuses what it did not grant.
    ///
    /// # Errors
    ///
    /// When the answer is an error, or does not come.
    pub async fn ask_as(
        &self,
        user: &BareJid,
        type_: IqType,
        to: &str,
        write: impl FnOnce(&mut Xml),
    ) -> Result<Option<Element>, IqError> {
        let Some(privileges) = self.of(user.domain().as_str()) else { return Err(IqError::Gone) };
        let payload = privilege::iq_payload(privileges.namespace, |iq| {
            iq.attr("type", if type_ == IqType::Get { "get" } else { "set" })
                .attr("id", &new_id())
                .attr("from", user.as_str())
                .attr("to", to);
            write(iq);
        });
        let whole = |xml: &mut Xml| {
            xml.raw(&payload);
        };
        let answer = self.uplink.ask(type_, user.as_str(), true, whole).await?;
        Ok(privilege::iq_result(answer.as_ref())?.cloned())
    }

    /// Sends an iq as the gateway, or as the user where the gateway's own would be dropped and the
    /// server allows it.
    ///
    /// # Errors
    ///
    /// When the answer is an error, or does not come.
    pub(super) async fn get_as_either(
        &self,
        user: Option<&BareJid>,
        to: &str,
        namespace: &str,
        write: impl Fn(&mut Xml),
    ) -> Result<Option<Element>, IqError> {
        match (self.uplink.get(to, &write).await, user) {
            (Err(IqError::Dropped), Some(user)) if self.may_ask(user, namespace).can_get() => {
                self.ask_as(user, IqType::Get, to, write).await
            }
            (answer, _) => answer,
        }
    }
}
