//! Bringing files of the network to where users can fetch them: to the upload service, to our own media server, or, if the
//! administrator wants it so, not at all, because the network's own address will do.

use super::{
    Gateway, now,
    upload::{UploadError, plain_name},
};
use crate::{
    config::{self, OriginalUrls},
    media::{
        facts::Facts,
        fetch::Fetcher,
        kind,
        shelf::{Limits, Shelf},
        source::Source,
        spool::{Spool, Spooled},
    },
    session::shape::FileShape,
    store::{Entry, SentFile, UserId, Write},
    xmpp::link::{IqError, LinkState},
};
use bytes::Bytes;
use jid::BareJid;
use plugin_api::{Attachment, FileId};
use std::{
    collections::HashMap,
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, SystemTime},
};
use tokio::sync::{OwnedMutexGuard, Semaphore, SemaphorePermit};

/// Files that are fetched, looked at or uploaded at the same time: some megabytes of memory, and work for all cores.
const AT_ONCE: usize = 32;
/// An upload that a lost connection to the XMPP server spoilt is tried again so often.
const TRIES: usize = 3;
/// How often to look for files of ours that are too old.
const EXPIRY: Duration = Duration::from_secs(3600);
/// Who owns files of the gateway itself: no user has this number.
pub(super) const NOBODY: i64 = 0;

/// Everything about files that the configuration decides.
#[derive(Debug)]
pub struct Files {
    fetcher: Fetcher,
    /// Our own media server: its files, and how the world reaches them.
    shelf: Option<(Shelf, String)>,
    first: bool,
    original_urls: OriginalUrls,
    max_file: u64,
    reuse_ms: i64,
    busy: Semaphore,
    /// Files that are on their way under an id of the network: the second waits for the first.
    under_way: Mutex<HashMap<(UserId, FileId), Weak<tokio::sync::Mutex<()>>>>,
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
        let trusted = media.trusted.iter().map(|origin| origin.0.clone()).collect();
        // An address is not given out again when its file is about to go.
        let reuse = media.reuse.get().min(media.retention.get() / 2);
        Ok(Files {
            fetcher: Fetcher::new(Spool::open(state.join("spool"))?, trusted),
            shelf: media.base_url().map(shelf).transpose()?,
            first: media.first,
            original_urls: media.original_urls,
            max_file: media.max_file.as_u64(),
            reuse_ms: i64::try_from(reuse.as_millis()).unwrap_or(i64::MAX),
            busy: Semaphore::new(AT_ONCE),
            under_way: Mutex::default(),
        })
    }

    /// The files that we serve ourselves.
    #[must_use]
    pub fn shelf(&self) -> Option<&Shelf> {
        self.shelf.as_ref().map(|(shelf, _)| shelf)
    }

    /// Larger files are not carried, bytes.
    pub(super) fn max_file(&self) -> u64 {
        self.max_file
    }

    pub(super) fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    pub(super) fn spool(&self) -> &Spool {
        self.fetcher.spool()
    }

    /// A place among the files that are worked on at the same time.
    pub(super) async fn busy(&self) -> io::Result<SemaphorePermit<'_>> {
        // Never closed, so this is no error.
        self.busy.acquire().await.map_err(io::Error::other)
    }

    /// Throws away, for ever, what has been kept long enough.
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

    /// Only one at a time gets past here with the same id.
    async fn alone(&self, user: UserId, id: &FileId) -> OwnedMutexGuard<()> {
        let lock = {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            under_way.retain(|_, lock| lock.strong_count() > 0);
            let known = under_way.get(&(user, id.clone())).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let lock = Arc::new(tokio::sync::Mutex::default());
                under_way.insert((user, id.clone()), Arc::downgrade(&lock));
                lock
            })
        };
        lock.lock_owned().await
    }
}

/// A file that users can fetch.
#[derive(Debug)]
pub struct Published {
    /// Where.
    pub url: String,
    /// What it is called.
    pub name: String,
    /// What it is. Of a file that was not looked at, only its type.
    pub facts: Facts,
}

impl Published {
    /// A message with it.
    #[must_use]
    pub fn shape<'a>(&'a self, id: &'a str) -> FileShape<'a> {
        FileShape { id, url: &self.url, name: &self.name, facts: Some(&self.facts), ..FileShape::default() }
    }

    fn known(file: SentFile) -> Self {
        let SentFile { url, name, content_type, size, sha256, pixels, thumbhash, .. } = file;
        let facts = Facts { content_type, size, sha256, pixels, thumbhash, extension: None };
        Published { url, name, facts }
    }

    fn note(&self, user: UserId, id: &FileId, good_until: i64) -> SentFile {
        let facts = self.facts.clone();
        SentFile {
            user,
            id: id.as_str().into(),
            url: self.url.clone(),
            name: self.name.clone(),
            content_type: facts.content_type,
            size: facts.size,
            sha256: facts.sha256,
            pixels: facts.pixels,
            thumbhash: facts.thumbhash,
            good_until,
        }
    }
}

/// A file of the network that we have at hand.
struct AtHand {
    source: Source,
    name: Option<String>,
    content_type: Option<String>,
    /// Dropped with it.
    _spooled: Option<Spooled>,
}

impl Gateway {
    /// Brings a file of the network to where the user can fetch it. With an id it is done once for each user.
    ///
    /// # Errors
    ///
    /// When there is no way to.
    pub async fn publish(
        &self,
        owner: Option<UserId>,
        user: &BareJid,
        file: &Attachment,
    ) -> Result<Published, UploadError> {
        let keyed = owner.zip(file.id.as_ref());
        let _alone = match keyed {
            Some((owner, id)) => Some(self.files.alone(owner, id).await),
            None => None,
        };
        if let Some((owner, id)) = keyed
            && let Some(known) = self.store.files(owner).get(id.as_str(), now()).await?
            && self.is_there(&known.url).await
        {
            return Ok(Published::known(known));
        }
        let published = self.publish_anew(owner.map_or(NOBODY, UserId::get), user, file).await?;
        if let Some((owner, id)) = keyed {
            let now = now();
            let note = published.note(owner, id, now.saturating_add(self.files.reuse_ms));
            let writes = vec![Write::File { file: note, now }];
            self.journal.submit(Entry { writes, ..Entry::default() }).await?;
        }
        Ok(published)
    }

    async fn publish_anew(
        &self,
        owner: i64,
        user: &BareJid,
        file: &Attachment,
    ) -> Result<Published, UploadError> {
        let original = || Some(original(file, file.url.as_deref()?));
        if self.files.original_urls == OriginalUrls::Always
            && let Some(original) = original()
        {
            return Ok(original);
        }
        let copied = self.publish_copy(owner, user, file).await;
        match copied {
            Err(error) if self.files.original_urls == OriginalUrls::Last => original()
                .inspect(|_| tracing::info!(%error, "a file is sent by its address in the network"))
                .ok_or(error),
            copied => copied,
        }
    }

    async fn publish_copy(
        &self,
        owner: i64,
        user: &BareJid,
        file: &Attachment,
    ) -> Result<Published, UploadError> {
        let _busy = self.files.busy().await?;
        let at_hand = self.at_hand(file).await?;
        let claimed = file.content_type.as_deref().or(at_hand.content_type.as_deref());
        let facts = Facts::of(&at_hand.source, claimed).await?.with_thumbnail(&at_hand.source).await?;
        let name = plain_name(&at_hand.name.unwrap_or_else(|| unnamed(&facts)));
        let url = self.bring(owner, user, &name, &facts, &at_hand.source).await?;
        Ok(Published { url, name, facts })
    }

    async fn at_hand(&self, file: &Attachment) -> Result<AtHand, UploadError> {
        let most = self.files.max_file;
        let name = || file.name.clone().filter(|name| !name.is_empty());
        let at_hand = if let Some(data) = &file.data {
            let source = Source::Memory(Bytes::copy_from_slice(&data.0));
            AtHand { source, name: name(), content_type: None, _spooled: None }
        } else if let Some(path) = file.path.as_deref().map(Path::new) {
            let source = Source::open(path).await?;
            let last = || Some(path.file_name()?.to_str()?.to_owned());
            AtHand { source, name: name().or_else(last), content_type: None, _spooled: None }
        } else if let Some(url) = &file.url {
            let fetched = self.files.fetcher.fetch(url, most, None).await?;
            AtHand {
                source: fetched.source,
                name: name().or(fetched.name),
                content_type: fetched.content_type,
                _spooled: Some(fetched.spooled),
            }
        } else {
            return Err(UploadError::Nothing);
        };
        if at_hand.source.size() > most {
            return Err(UploadError::Huge(at_hand.source.size()));
        }
        Ok(at_hand)
    }

    /// Puts a file where the user can fetch it. Gives its address.
    ///
    /// # Errors
    ///
    /// When nobody takes it.
    pub(super) async fn bring(
        &self,
        owner: i64,
        user: &BareJid,
        name: &str,
        facts: &Facts,
        file: &Source,
    ) -> Result<String, UploadError> {
        if self.files.first {
            return match self.shelve(owner, name, file).await {
                Some(Ok(url)) => Ok(url),
                Some(Err(error)) => {
                    tracing::warn!(%error, "the media server takes no file");
                    self.upload_patiently(user, name, facts, file).await
                }
                None => self.upload_patiently(user, name, facts, file).await,
            };
        }
        match self.upload_patiently(user, name, facts, file).await {
            Ok(url) => Ok(url),
            Err(error) => match self.shelve(owner, name, file).await {
                Some(shelved) => {
                    tracing::debug!(%error, "no upload: our own media server takes the file");
                    shelved
                }
                None => Err(error),
            },
        }
    }

    /// A file is not lost because the XMPP server is restarted meanwhile.
    async fn upload_patiently(
        &self,
        user: &BareJid,
        name: &str,
        facts: &Facts,
        file: &Source,
    ) -> Result<String, UploadError> {
        for _ in 1..TRIES {
            match self.upload(user, name, facts, file).await {
                Err(UploadError::Refused(_, IqError::Gone | IqError::Timeout)) => {
                    let mut state = self.link.state();
                    // An error means that the daemon stops.
                    let _ = state.wait_for(|state| matches!(state, LinkState::Up(_))).await;
                }
                done => return done,
            }
        }
        self.upload(user, name, facts, file).await
    }

    /// Puts a file on our own media server, if there is one.
    async fn shelve(&self, owner: i64, name: &str, file: &Source) -> Option<Result<String, UploadError>> {
        let (shelf, base) = self.files.shelf.as_ref()?;
        let id = shelf.add(owner, file).await;
        let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        Some(id.map(|id| format!("{base}/{id}/{name}")).map_err(UploadError::from))
    }

    /// Of our own files we know; others are believed to be there.
    async fn is_there(&self, url: &str) -> bool {
        let Some((shelf, base)) = &self.files.shelf else { return true };
        match url.strip_prefix(base.as_str()).and_then(|rest| rest.strip_prefix('/')?.split_once('/')) {
            Some((id, _)) => shelf.has(id).await,
            None => true,
        }
    }
}

/// A file that is sent by its address in the network, as it was described.
fn original(file: &Attachment, url: &str) -> Published {
    let last = url.rsplit('/').next().unwrap_or_default();
    let name = file.name.as_deref().unwrap_or_else(|| last.split(['?', '#']).next().unwrap_or_default());
    let facts = Facts {
        content_type: file.content_type.clone().unwrap_or_else(|| kind::UNKNOWN.to_owned()),
        size: file.size.unwrap_or_default(),
        sha256: file.sha256.as_ref().map(|hash| hash.0.clone()).unwrap_or_default(),
        ..Facts::default()
    };
    Published { url: url.to_owned(), name: plain_name(name), facts }
}

fn unnamed(facts: &Facts) -> String {
    facts.extension.map_or_else(|| "file".to_owned(), |extension| format!("file.{extension}"))
}
