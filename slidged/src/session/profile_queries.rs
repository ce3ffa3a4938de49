//! Queries of clients for vCards and PEP items that are under way.

use std::sync::Arc;
use tokio::sync::Semaphore;

/// Most queries of one user that are answered at the same time: a client may want the profiles of
/// all contacts at once, and the network is asked too.
pub(in crate::session) const TOGETHER: usize = 8;

/// Queries that are being answered, or wait for that.
pub(in crate::session) struct ProfileQueries {
    pub(in crate::session) turns: Arc<Semaphore>,
    pub(in crate::session) under_way: usize,
}

impl Default for ProfileQueries {
    fn default() -> Self {
        ProfileQueries { turns: Arc::new(Semaphore::new(TOGETHER)), under_way: 0 }
    }
}
