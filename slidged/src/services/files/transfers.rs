//! Transfers of files to or from somebody else's server, which may be slow: a limited number at the
//! same time, shared fairly.

use crate::store::UserId;
use std::{
    collections::HashMap,
    pin::pin,
    sync::{Mutex, PoisonError},
};
use tokio::sync::Notify;

/// Most transfers in all; each takes two descriptors and at most a quarter of a megabyte. A user
/// has at most four (`session::chats`), and whoever has one gets another only while half of all is
/// free, so that it takes that many users with slow servers, and not a few, to make others wait.
const ALL: usize = 128;

/// Transfers under way, by user; those of the gateway itself have none.
#[derive(Debug, Default)]
pub(super) struct Transfers {
    under_way: Mutex<HashMap<Option<UserId>, usize>>,
    over: Notify,
}

/// Transfer under way, until this is dropped.
#[derive(Debug)]
pub(super) struct Transfer<'a> {
    transfers: &'a Transfers,
    owner: Option<UserId>,
}

impl Transfers {
    /// Waits for a place and begins a transfer. Cancel safe.
    pub(super) async fn begin(&self, owner: Option<UserId>) -> Transfer<'_> {
        loop {
            let mut over = pin!(self.over.notified());
            // From here on no end is missed.
            over.as_mut().enable();
            if self.has_begun(owner) {
                return Transfer { transfers: self, owner };
            }
            over.await;
        }
    }

    fn has_begun(&self, owner: Option<UserId>) -> bool {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = under_way.values().sum();
        let room = all < if under_way.contains_key(&owner) { ALL / 2 } else { ALL };
        if room {
            *under_way.entry(owner).or_default() += 1;
        }
        room
    }
}

impl Drop for Transfer<'_> {
    fn drop(&mut self) {
        let mut under_way = self.transfers.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = under_way.get_mut(&self.owner) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.owner);
            }
        }
        drop(under_way);
        self.transfers.over.notify_waiters();
    }
}
