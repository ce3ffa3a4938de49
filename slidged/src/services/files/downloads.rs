//! Files that users share, fetched for the plugin: from the web, decrypted if need be, or from the
//! client by bits of binary (XEP-0231).

use crate::media::aesgcm;
use crate::media::aesgcm::Secret;
use crate::media::facts::Facts;
use crate::media::fetch::FetchError;
use crate::media::fetch::Fetched;
use crate::media::fetch::name_of;
use crate::media::reach::Inside;
use crate::media::source::Source;
use crate::media::source::blocking;
use crate::media::spool::Spooled;
use crate::services::files::Files;
use crate::services::files::Quota;
use crate::services::files::Uploads;
use crate::services::files::error::UploadError;
use crate::services::uplink::Uplink;
use crate::store::Entry;
use crate::store::Journal;
use crate::store::UserId;
use crate::xmpp::bob;
use crate::xmpp::bob::Cid;
use crate::xmpp::encrypted_url::EncryptedUrl;
use bytes::Bytes;
use jid::BareJid;
use jid::Jid;
use reqwest::Url;
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

/// Bytes of the tag behind an encrypted file.
const TAG: u64 = 16;
/// Most bytes of the stickers that are remembered: some hundreds of those that clients send as bits
/// of binary.
const MAX_REMEMBERED: usize = 4 << 20;

/// File that a user shares, on disk until this is dropped.
#[derive(Debug)]
pub struct DownloadedFile {
    /// Name of the file, if its address or the answer of its server has one.
    pub name: Option<String>,
    facts: Facts,
    spooled: Spooled,
}

impl DownloadedFile {
    async fn of(
        name: Option<String>,
        (source, spooled): (Source, Spooled),
        claimed: Option<&str>,
    ) -> io::Result<Self> {
        Ok(DownloadedFile { name, facts: Facts::of(&source, claimed).await?, spooled })
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.spooled.path()
    }

    /// Returns the size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.facts.size
    }

    /// Returns the MIME type, by the content as far as that tells.
    #[must_use]
    pub fn content_type(&self) -> &str {
        &self.facts.content_type
    }

    /// Returns the SHA-256 of the content.
    #[must_use]
    pub fn sha256(&self) -> &[u8] {
        &self.facts.sha256
    }
}

/// Stickers that were fetched from clients, the latest last.
#[derive(Debug, Default)]
struct Stickers(Mutex<VecDeque<(Cid, Bytes)>>);

impl Stickers {
    fn get(&self, cid: Cid) -> Option<Bytes> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(known, _)| *known == cid).map(|(_, bytes)| bytes.clone())
    }

    fn put(&self, cid: Cid, bytes: Bytes) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(other, _)| *other != cid);
        known.push_back((cid, bytes));
        while known.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > MAX_REMEMBERED {
            known.pop_front();
        }
    }
}

/// Parts that downloads are made of.
pub(in crate::services) struct DownloadsParts {
    pub(in crate::services) files: Arc<Files>,
    pub(in crate::services) journal: Journal,
    pub(in crate::services) uplink: Uplink,
    pub(in crate::services) quota: Quota,
    pub(in crate::services) uploads: Uploads,
}

/// Downloads files that users share.
pub struct Downloads {
    parts: DownloadsParts,
    stickers: Stickers,
}

impl Downloads {
    pub(in crate::services) fn new(parts: DownloadsParts) -> Self {
        Downloads { parts, stickers: Stickers::default() }
    }

    /// Fetches a file that a user shares. `claimed` is its type by the client's word.
    ///
    /// # Errors
    ///
    /// When it cannot be fetched, is too large, or cannot be decrypted, and when the user's daily
    /// quota is used up.
    pub async fn fetch_shared(
        &self,
        (owner, user): (UserId, &BareJid),
        url: &str,
        claimed: Option<&str>,
    ) -> Result<DownloadedFile, UploadError> {
        let _transfer = self.parts.files.transfers.begin(Some(owner)).await;
        self.parts.quota.check(owner).await?;
        let at_hand = self.fetch_and_open(user, url, claimed).await?;
        let counted = self.parts.quota.count(owner, at_hand.size()).await?;
        self.parts.journal.note(Entry { writes: vec![counted], ..Entry::default() });
        Ok(at_hand)
    }

    async fn fetch_and_open(
        &self,
        user: &BareJid,
        url: &str,
        claimed: Option<&str>,
    ) -> Result<DownloadedFile, UploadError> {
        if !EncryptedUrl::is_one(url) {
            let fetched = self.fetch_of(user, url, self.parts.files.max_file).await?;
            let Fetched { source, spooled, content_type, name } = fetched;
            let claimed = claimed.or(content_type.as_deref());
            let _busy = self.parts.files.busy().await?;
            return Ok(DownloadedFile::of(name, (source, spooled), claimed).await?);
        }
        let EncryptedUrl { url, key, iv } = EncryptedUrl::parse(url).ok_or(FetchError::Url)?;
        let fetched = self.fetch_of(user, &url, self.parts.files.max_file + TAG).await?;
        let _busy = self.parts.files.busy().await?;
        let open =
            aesgcm::decipher(fetched.source, Secret { key, iv }, self.parts.files.spool().clone()).await?;
        // The content type that the server told is the ciphertext's: it is not passed on.
        Ok(DownloadedFile::of(fetched.name, open, claimed).await?)
    }

    /// Fetches a file that is public, or that lies at the upload service of the user's own server.
    /// A file of our own media server is taken from its shelf.
    async fn fetch_of(&self, user: &BareJid, url: &str, most: u64) -> Result<Fetched, FetchError> {
        if let Some((shelf, id)) = self.parts.files.shelved(url) {
            let source = shelf.get(id).await.ok_or(FetchError::Status(404))?;
            return self.taken(source, url, most).await;
        }
        let fetched = self.parts.files.fetcher().fetch(url, most, Inside::Nothing).await;
        if !matches!(fetched, Err(FetchError::NotPublic)) {
            return fetched;
        }
        let slots = self.parts.uploads.slots_at_home(user).await;
        let inside = Inside::Slots(&slots);
        // An address for encrypted files does not tell that a server on loopback does without TLS.
        let plain = url.replacen("https://", "http://", 1);
        let url = if Url::parse(&plain).is_ok_and(|plain| inside.has(&plain)) { &plain } else { url };
        self.parts.files.fetcher().fetch(url, most, inside).await
    }

    /// Tells whether an address is a place for users' files: a slot of their own server's upload
    /// service, or our own media server.
    pub async fn is_upload(&self, user: &BareJid, url: &str) -> bool {
        if self.parts.files.shelved(url).is_some() {
            return true;
        }
        let Ok(url) = Url::parse(url) else { return false };
        let slots = self.parts.uploads.slots_at_home(user).await;
        Inside::Slots(&slots).has(&url)
    }

    /// A copy of a file of our own media server.
    async fn taken(&self, source: Source, url: &str, most: u64) -> Result<Fetched, FetchError> {
        if source.size() > most {
            return Err(FetchError::TooLarge(most));
        }
        let spool = self.parts.files.spool().clone();
        let copy = blocking(move || {
            let mut writing = spool.create()?;
            while writing.size() < source.size() {
                writing.write(&source.piece(writing.size())?)?;
            }
            Ok(writing.finish())
        });
        let (source, spooled) = copy.await?;
        Ok(Fetched { source, spooled, content_type: None, name: name_of(url) })
    }

    /// Fetches the bits that a client shows in a message (XEP-0231), once for each content id.
    /// `None` when the client does not send them.
    pub async fn bits_of(&self, client: &Jid, cid: Cid) -> Option<DownloadedFile> {
        let bytes = match self.stickers.get(cid) {
            Some(known) => known,
            None => {
                let asked = self.parts.uplink.get(client.as_str(), |xml| bob::write_request(xml, &cid)).await;
                let bytes = Bytes::from(bob::given(&asked.ok()??, cid)?);
                self.stickers.put(cid, bytes.clone());
                bytes
            }
        };
        let spool = self.parts.files.spool().clone();
        let written = blocking(move || {
            let mut writing = spool.create()?;
            writing.write(&bytes)?;
            Ok(writing.finish())
        });
        let at_hand = async { DownloadedFile::of(None, written.await?, None).await };
        at_hand.await.inspect_err(|error| tracing::warn!(%error, "a sticker could not be stored")).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k49_stickers_are_remembered_up_to_a_bound() {
        let stickers = Stickers::default();
        let cid = |n: u8| Cid::of(&[n]);
        for n in 0..10 {
            stickers.put(cid(n), vec![n; MAX_REMEMBERED / 4].into());
            assert_eq!(stickers.get(cid(n)).map(|bytes| bytes[0]), Some(n));
        }
        assert!(stickers.get(cid(5)).is_none() && stickers.get(cid(6)).is_some());
    }
}
