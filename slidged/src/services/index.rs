//! Registered users and administrators: the lane that a stanza to somebody takes.

use super::address::Address;
use crate::{
    config::Registration,
    model::lock::{read, write},
    store::Lane,
};
use jid::BareJid;
use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

/// The lanes of registered users, and the addresses of administrators. A clone shares them.
#[derive(Clone)]
pub struct UserIndex {
    lanes: Arc<RwLock<HashMap<BareJid, Lane>>>,
    policy: Arc<Registration>,
    /// The component's own address, as which the control socket acts.
    own: BareJid,
}

impl UserIndex {
    pub(super) fn new(address: &Address, policy: &Arc<Registration>) -> Self {
        UserIndex { lanes: Arc::default(), policy: policy.clone(), own: address.jid().clone() }
    }

    /// Adds a user who is registered from now on.
    pub(crate) fn add(&self, jid: BareJid, lane: Lane) {
        write(&self.lanes).insert(jid, lane);
    }

    /// Removes a user who has left.
    pub(crate) fn remove(&self, jid: &BareJid) {
        write(&self.lanes).remove(jid);
    }

    /// Whether that user is registered.
    #[must_use]
    pub fn is_registered(&self, jid: &BareJid) -> bool {
        read(&self.lanes).contains_key(jid)
    }

    /// Whether that user administers the gateway.
    #[must_use]
    pub fn is_admin(&self, jid: &BareJid) -> bool {
        self.policy.is_admin(jid) || *jid == self.own
    }

    /// Whether that is a user or an administrator, and no stranger.
    #[must_use]
    pub fn knows(&self, jid: &BareJid) -> bool {
        self.is_registered(jid) || self.is_admin(jid)
    }

    /// The number of registered users.
    #[must_use]
    pub fn count(&self) -> usize {
        read(&self.lanes).len()
    }

    /// The addresses of all registered users.
    pub(super) fn users(&self) -> Vec<BareJid> {
        read(&self.lanes).keys().cloned().collect()
    }

    /// The lane of stanzas to that address: a user's own, the gateway's for administrators who are
    /// not users (never behind strangers), or that of all strangers.
    pub(super) fn lane_of(&self, jid: &BareJid) -> Lane {
        match read(&self.lanes).get(jid) {
            Some(lane) => *lane,
            None if self.is_admin(jid) => Lane::GATEWAY,
            None => Lane::STRANGERS,
        }
    }
}
