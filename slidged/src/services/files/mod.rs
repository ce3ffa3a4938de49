//! Files on their way between users and the network: settings of the configuration, and how many
//! are worked on at the same time.

mod downloads;
pub(crate) mod error;
mod previews;
mod publisher;
mod quota;
mod transfers;
mod uploads;

use crate::config;
use crate::config::OriginalUrls;
use crate::config::plugin_folder;
use crate::media::animate::Animator;
use crate::media::fetch::Fetcher;
use crate::media::places::Places;
use crate::media::reach::Trusted;
use crate::media::shelf::Limits;
use crate::media::shelf::Shelf;
use crate::media::spool::Spool;
use crate::services::files::transfers::Transfers;
use crate::store::UserId;
use plugin_api::FileId;
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::Weak;
use std::time::Duration;
use std::time::SystemTime;
use tokio::sync::OwnedMutexGuard;
use tokio::sync::Semaphore;
use tokio::sync::SemaphorePermit;

pub use crate::services::files::error::UploadError;
pub use downloads::DownloadedFile;
pub(super) use downloads::Downloads;
pub(super) use downloads::DownloadsParts;
pub(super) use previews::Previews;
pub use publisher::Published;
pub(super) use publisher::Publisher;
pub(super) use publisher::{NOBODY, PublisherParts};
pub(super) use quota::Quota;
pub(super) use uploads::Uploads;
pub(super) use uploads::plain_name;

/// Most files that are examined, decrypted or scaled at the same time: work that keeps all cores
/// busy. None of it waits for somebody else.
const AT_ONCE: usize = 32;
/// Interval at which files of our own media server that are too old are removed.
const EXPIRY: Duration = Duration::from_secs(3600);

/// Lock held while a file is brought.
type Turn = tokio::sync::Mutex<()>;

/// Files, as the configuration decides about them.
#[derive(Debug)]
pub struct Files {
    fetcher: Fetcher,
    /// Folders in which the plugin may name files.
    places: Places,
    /// Our own media server: its files, and the address under which clients reach it.
    pub(super) own: Option<(Shelf, String)>,
    /// True if our own media server comes before the upload service.
    pub(super) own_first: bool,
    pub(super) original_urls: OriginalUrls,
    /// Converter of animated stickers into pictures.
    pub(super) animator: Option<Animator>,
    /// Largest file that is carried, in bytes.
    pub(super) max_file: u64,
    /// Most bytes that one user may send and receive in a day.
    pub(super) daily_quota: u64,
    /// Time for which the address of a published file is used again, in milliseconds.
    pub(super) reuse_ms: i64,
    busy: Semaphore,
    transfers: Transfers,
    /// Locks of the files that are being brought under an id of the network: the second waits for
    /// the first.
    under_way: Mutex<HashMap<(UserId, FileId), Weak<Turn>>>,
}

impl Files {
    /// Makes the directories below `state`. Blocks.
    ///
    /// # Errors
    ///
    /// When that is not possible.
    pub fn open(media: &config::Media, state: &Path) -> io::Result<Self> {
        let limits = Limits {
            quota: media.quota.as_u64(),
            user_quota: media.user_quota.as_u64(),
            retention: media.retention.into(),
        };
        let shelf = |url| Ok::<_, io::Error>((Shelf::open(media.files(state), limits)?, url));
        let trusted = Trusted::new(media.trusted.iter().map(|origin| origin.0.clone()).collect());
        let spool = state.join("spool");
        // An address is not given out again when its file is about to go.
        let reuse = media.reuse.get().min(media.retention.get() / 2);
        Ok(Files {
            places: Places::new(vec![plugin_folder(state), spool.clone()]),
            fetcher: Fetcher::new(Spool::open(spool)?, trusted),
            own: media.base_url().map(shelf).transpose()?,
            own_first: media.first,
            original_urls: media.original_urls,
            animator: media.ffmpeg.clone().map(Animator::new),
            max_file: media.max_file.as_u64(),
            daily_quota: media.daily_quota.as_u64(),
            reuse_ms: i64::try_from(reuse.as_millis()).unwrap_or(i64::MAX),
            busy: Semaphore::new(AT_ONCE),
            transfers: Transfers::default(),
            under_way: Mutex::default(),
        })
    }

    /// The files that we serve ourselves.
    #[must_use]
    pub fn shelf(&self) -> Option<&Shelf> {
        self.own.as_ref().map(|(shelf, _)| shelf)
    }

    /// Servers that need not have a public address.
    pub(in crate::services) fn trusted(&self) -> Trusted {
        self.fetcher.trusted().clone()
    }

    /// Folders in which the plugin may name files.
    pub(in crate::services) fn places(&self) -> &Places {
        &self.places
    }

    /// Returns the file at an address of our own media server: the shelf, and the id on it.
    pub(in crate::services) fn shelved<'a>(&self, url: &'a str) -> Option<(&Shelf, &'a str)> {
        let (shelf, base) = self.own.as_ref()?;
        let (id, _) = url.strip_prefix(base.as_str())?.strip_prefix('/')?.split_once('/')?;
        Some((shelf, id))
    }

    pub(in crate::services) fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    pub(in crate::services) fn spool(&self) -> &Spool {
        self.fetcher.spool()
    }

    /// Waits for a place among the files that are worked on at the same time. It is not to be held
    /// while waiting for somebody else.
    pub(in crate::services) async fn busy(&self) -> io::Result<SemaphorePermit<'_>> {
        // Never closed, so this is no error.
        self.busy.acquire().await.map_err(io::Error::other)
    }

    /// Removes the files of a user who leaves. Blocks.
    pub(crate) fn forget(&self, user: UserId) {
        if let Some(shelf) = self.shelf() {
            shelf.forget(user.get());
        }
    }

    /// Removes, for as long as the gateway runs, files that have been kept long enough.
    pub async fn expire(shelf: Shelf) {
        let mut tick = tokio::time::interval(EXPIRY);
        loop {
            tick.tick().await;
            let shelf = shelf.clone();
            // A panic of it would be logged, and the next round comes.
            if let Ok(gone @ 1..) = tokio::task::spawn_blocking(move || shelf.expire(SystemTime::now())).await
            {
                tracing::info!(gone, "files that were old enough are removed");
            }
        }
    }

    /// Waits until nobody else brings a file with that id, and keeps others out meanwhile.
    pub(in crate::services) async fn alone(&self, user: UserId, id: &FileId) -> OwnedMutexGuard<()> {
        let lock = {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            under_way.retain(|_, lock| lock.strong_count() > 0);
            let known = under_way.get(&(user, id.clone())).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let lock = Arc::new(Turn::default());
                under_way.insert((user, id.clone()), Arc::downgrade(&lock));
                lock
            })
        };
        lock.lock_owned().await
    }
}
