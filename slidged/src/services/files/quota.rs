//! Daily quota of the files that each user may send and receive: stored, so that a restart gives
//! nobody another day.

use crate::model::clock::now;
use crate::model::lock::lock;
use crate::services::files::Files;
use crate::services::files::error::UploadError;
use crate::store::Scope;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::UserId;
use crate::store::Write;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;

/// Length of a day in milliseconds.
const DAY: i64 = 24 * 3600 * 1000;
/// Scope and key under which the usage is stored.
const SCOPE: &str = "files";
const KEY: &str = "day";

/// Bytes that a user has used on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Used {
    /// Days since 1970, in UTC.
    day: i64,
    bytes: u64,
}

impl Used {
    fn read(text: &[u8]) -> Option<Self> {
        let (day, bytes) = std::str::from_utf8(text).ok()?.split_once(' ')?;
        Some(Used { day: day.parse().ok()?, bytes: bytes.parse().ok()? })
    }

    fn more(self, bytes: u64, day: i64) -> Self {
        let before = if self.day == day { self.bytes } else { 0 };
        Used { day, bytes: before.saturating_add(bytes) }
    }
}

/// Counts the files of each user and day. A clone shares the counts.
#[derive(Clone)]
pub struct Quota {
    files: Arc<Files>,
    store: Store,
    /// Usage of each user who has sent or received a file since the start.
    used: Arc<Mutex<HashMap<UserId, Used>>>,
}

impl Quota {
    pub(in crate::services) fn new(files: Arc<Files>, store: Store) -> Self {
        Quota { files, store, used: Arc::default() }
    }

    /// Forgets a user who has left.
    pub(crate) fn forget(&self, user: UserId) {
        lock(&self.used).remove(&user);
    }

    /// Checks that the user has anything left today. The size of a file is known only once it is
    /// here, so the last one may exceed the quota.
    pub(super) async fn check(&self, user: UserId) -> Result<(), UploadError> {
        let used = self.used(user, 0).await?;
        if used.bytes < self.files.daily_quota { Ok(()) } else { Err(UploadError::Day) }
    }

    /// Counts a file that the user has sent or received; the write is to be committed.
    pub(super) async fn count(&self, user: UserId, bytes: u64) -> Result<Write, UploadError> {
        let Used { day, bytes } = self.used(user, bytes).await?;
        Ok(Write::Kv(Scope::user(user, SCOPE), KEY.into(), format!("{day} {bytes}").into()))
    }

    async fn used(&self, user: UserId, more: u64) -> Result<Used, StoreError> {
        let known = || lock(&self.used);
        let kept = if known().contains_key(&user) {
            None
        } else {
            let kept = self.store.kv(Scope::user(user, SCOPE)).get(KEY).await?;
            kept.and_then(|text| Used::read(&text))
        };
        let mut known = known();
        let used = known.entry(user).or_insert_with(|| kept.unwrap_or_default());
        *used = used.more(more, now().div_euclid(DAY));
        Ok(*used)
    }
}

#[cfg(test)]
mod tests {
    use crate::services::files::quota::*;

    #[test]
    fn what_is_used_adds_up_within_a_day_and_is_nothing_on_the_next() {
        let used = Used::default().more(2, 7).more(3, 7);
        assert_eq!(used, Used { day: 7, bytes: 5 });
        assert_eq!(used.more(1, 8), Used { day: 8, bytes: 1 });
        assert_eq!(used.more(u64::MAX, 7).bytes, u64::MAX);
        assert_eq!(Used::read(b"7 5"), Some(used));
        assert!([&b""[..], b"7", b"7 x", b"\xff"].into_iter().all(|text| Used::read(text).is_none()));
    }
}
