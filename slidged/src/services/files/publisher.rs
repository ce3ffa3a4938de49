//! Bringing files of the network to where users can fetch them: to the upload service, to our own
//! media server, or, if the administrator wants it so, nowhere, because the network's own address
//! will do.

use crate::config::OriginalUrls;
use crate::media::animate::AnimateError;
use crate::media::facts::Facts;
use crate::media::fetch::FetchError;
use crate::media::kind;
use crate::media::reach::Inside;
use crate::media::source::Source;
use crate::media::source::blocking;
use crate::media::spool::Spooled;
use crate::model::clock::now;
use crate::services::files::Files;
use crate::services::files::Quota;
use crate::services::files::Uploads;
use crate::services::files::error::UploadError;
use crate::services::files::uploads::plain_name;
use crate::services::uplink::Uplink;
use crate::stanza::FileShape;
use crate::store::Entry;
use crate::store::Journal;
use crate::store::SentFile;
use crate::store::Store;
use crate::store::UserId;
use crate::store::Write;
use crate::xmpp::link::events::IqError;
use crate::xmpp::link::events::LinkState;
use jid::BareJid;
use plugin_api::Attachment;
use plugin_api::FileId;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Most attempts at an upload that a lost connection to the XMPP server has spoilt.
const TRIES: usize = 3;
/// Owner of the gateway's own files: no user has this number.
pub(in crate::services) const NOBODY: i64 = 0;

/// A file that users can fetch.
#[derive(Debug)]
pub struct Published {
    /// Address from which users fetch the file.
    pub url: String,
    /// Name of the file.
    pub name: String,
    /// Facts about the content. Of a file that was not examined, they are what the plugin said.
    pub facts: Facts,
    /// Write that counts the file for the user's daily quota, to be committed together with its
    /// message.
    pub counted: Option<Box<Write>>,
}

impl Published {
    /// Returns the shape of a message with the file.
    #[must_use]
    pub fn shape<'a>(&'a self, id: &'a str) -> FileShape<'a> {
        FileShape { id, url: &self.url, name: &self.name, facts: Some(&self.facts), ..FileShape::default() }
    }

    fn known(file: SentFile) -> Self {
        let SentFile { url, name, content_type, size, sha256, pixels, thumbhash, .. } = file;
        let facts = Facts { content_type, size, sha256, pixels, thumbhash, extension: None };
        Published { url, name, facts, counted: None }
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
    /// Keeps the file on disk until this is dropped.
    _spooled: Option<Spooled>,
}

/// Parts that a publisher is made of.
pub(in crate::services) struct PublisherParts {
    pub(in crate::services) files: Arc<Files>,
    pub(in crate::services) store: Store,
    pub(in crate::services) journal: Journal,
    pub(in crate::services) uplink: Uplink,
    pub(in crate::services) quota: Quota,
    pub(in crate::services) uploads: Uploads,
}

/// Publishes files for users. A clone publishes the same way.
#[derive(Clone)]
pub struct Publisher(Arc<PublisherParts>);

impl Publisher {
    pub(in crate::services) fn new(parts: PublisherParts) -> Self {
        Publisher(Arc::new(parts))
    }

    /// Brings a file of the network to where the user can fetch it; a file with an id once for each
    /// user. Bytes in the attachment are moved out of it.
    ///
    /// # Errors
    ///
    /// When there is no way to.
    pub async fn publish(
        &self,
        owner: Option<UserId>,
        user: &BareJid,
        file: &mut Attachment,
    ) -> Result<Published, UploadError> {
        let keyed = owner.zip(file.id.clone());
        let _alone = match &keyed {
            Some((owner, id)) => Some(self.0.files.alone(*owner, id).await),
            None => None,
        };
        if let Some((owner, id)) = &keyed
            && let Some(known) = self.0.store.files(*owner).get(id.as_str(), now()).await?
            && self.is_there(&known.url).await
        {
            return Ok(Published::known(known));
        }
        let published = self.publish_anew(owner, user, file).await?;
        // The network's own address is only a makeshift, and not kept.
        if let Some((owner, id)) = keyed.filter(|_| file.url.as_deref() != Some(&published.url)) {
            let now = now();
            let note = published.note(owner, &id, now.saturating_add(self.0.files.reuse_ms));
            let entry = Entry { writes: vec![Write::File { file: note, now }], ..Entry::default() };
            if let Err(error) = self.0.journal.submit(entry).await {
                tracing::warn!(%error, "where a file was put could not be noted");
            }
        }
        Ok(published)
    }

    async fn publish_anew(
        &self,
        owner: Option<UserId>,
        user: &BareJid,
        file: &mut Attachment,
    ) -> Result<Published, UploadError> {
        let original = |file: &Attachment| {
            Some(as_it_is(file, file.url.as_deref().filter(|url| self.0.files.fetcher().is_for_users(url))?))
        };
        if self.0.files.original_urls == OriginalUrls::Always
            && let Some(original) = original(file)
        {
            return Ok(original);
        }
        let copied = self.publish_copy(owner, user, file).await;
        match copied {
            // What the gateway cannot reach, users cannot either.
            Err(error @ UploadError::Fetch(FetchError::NotPublic)) => Err(error),
            Err(error) if self.0.files.original_urls == OriginalUrls::Last => original(file)
                .inspect(|_| tracing::info!(%error, "a file is sent by its address in the network"))
                .ok_or(error),
            copied => copied,
        }
    }

    async fn publish_copy(
        &self,
        owner: Option<UserId>,
        user: &BareJid,
        file: &mut Attachment,
    ) -> Result<Published, UploadError> {
        let _transfer = self.0.files.transfers.begin(owner).await;
        if let Some(owner) = owner {
            self.0.quota.check(owner).await?;
        }
        let mut at_hand = self.at_hand(file).await?;
        let counted = match owner {
            Some(owner) => Some(Box::new(self.0.quota.count(owner, at_hand.source.size()).await?)),
            None => None,
        };
        let busy = self.0.files.busy().await?;
        if file.is_sticker {
            self.animate(&mut at_hand).await;
        }
        let claimed = file.content_type.as_deref().or(at_hand.content_type.as_deref());
        let owner = owner.map_or(NOBODY, UserId::get);
        let (facts, shelved) = self.look_at(owner, &at_hand.source, claimed).await?;
        let facts = facts.with_thumbnail(&at_hand.source).await?;
        drop(busy);
        let name = plain_name(&at_hand.name.unwrap_or_else(|| unnamed(&facts)));
        let url = match shelved {
            Some((base, id)) => address(base, &id, &name),
            None => self.bring(owner, user, &name, &facts, &at_hand.source).await?,
        };
        Ok(Published { url, name, facts, counted })
    }

    /// Examines a file and, if our own media server comes first, puts it there: in one go, while
    /// its bytes are in memory.
    async fn look_at(
        &self,
        owner: i64,
        file: &Source,
        claimed: Option<&str>,
    ) -> io::Result<(Facts, Option<(&str, String)>)> {
        let own = self.0.files.own.as_ref().filter(|_| self.0.files.own_first);
        let shelf = own.map(|(shelf, _)| shelf.clone());
        let (file, claimed) = (file.clone(), claimed.map(str::to_owned));
        let (facts, shelved) = blocking(move || {
            let facts = Facts::read(&file, claimed.as_deref())?;
            Ok((facts, shelf.map(|shelf| shelf.put(owner, &file))))
        })
        .await?;
        let shelved = shelved.and_then(|shelved| {
            shelved.inspect_err(|error| tracing::warn!(%error, "the media server takes no file")).ok()
        });
        Ok((facts, own.map(|(_, base)| base.as_str()).zip(shelved)))
    }

    /// Converts an animated sticker into a picture, where a converter is configured.
    async fn animate(&self, at_hand: &mut AtHand) {
        let Some(animator) = &self.0.files.animator else { return };
        match animator.picture(&at_hand.source).await {
            Ok(picture) => {
                at_hand.source = Source::Memory(picture);
                let name = at_hand.name.take();
                at_hand.name = name.map(|name| format!("{}.webp", name.trim_end_matches(".webm")));
            }
            Err(AnimateError::NoSticker) => {}
            Err(error) => tracing::info!(%error, "a sticker is sent as the film that it is"),
        }
    }

    async fn at_hand(&self, file: &mut Attachment) -> Result<AtHand, UploadError> {
        let most = self.0.files.max_file;
        let data = file.data.take();
        let name = || file.name.clone().filter(|name| !name.is_empty());
        let at_hand = if let Some(data) = data {
            AtHand { source: Source::Memory(data.0.into()), name: name(), content_type: None, _spooled: None }
        } else if let Some(path) = file.path.as_deref().map(Path::new) {
            let source = self.0.files.places().open(path).await?;
            let last = || Some(path.file_name()?.to_str()?.to_owned());
            AtHand { source, name: name().or_else(last), content_type: None, _spooled: None }
        } else if let Some(url) = &file.url {
            let fetched = self.0.files.fetcher().fetch(url, most, Inside::Nothing).await?;
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

    /// Puts a file where the user can fetch it, and returns the address.
    ///
    /// # Errors
    ///
    /// When nobody takes it.
    pub(in crate::services) async fn bring(
        &self,
        owner: i64,
        user: &BareJid,
        name: &str,
        facts: &Facts,
        file: &Source,
    ) -> Result<String, UploadError> {
        if self.0.files.own_first {
            match self.shelve(owner, name, file).await {
                Some(Ok(url)) => return Ok(url),
                Some(Err(error)) => tracing::warn!(%error, "the media server takes no file"),
                None => {}
            }
            return self.upload_patiently(user, name, facts, file).await;
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

    /// Uploads a file; a restart of the XMPP server in the meantime does not lose it.
    async fn upload_patiently(
        &self,
        user: &BareJid,
        name: &str,
        facts: &Facts,
        file: &Source,
    ) -> Result<String, UploadError> {
        for _ in 1..TRIES {
            match self.0.uploads.upload(user, name, facts, file).await {
                Err(UploadError::Refused(_, IqError::Gone | IqError::Timeout)) => {
                    let mut state = self.0.uplink.link().state();
                    // An error means that the daemon stops.
                    let _ = state.wait_for(|state| matches!(state, LinkState::Up(_))).await;
                }
                done => return done,
            }
        }
        self.0.uploads.upload(user, name, facts, file).await
    }

    /// Puts a file on our own media server, if there is one.
    pub(in crate::services) async fn shelve(
        &self,
        owner: i64,
        name: &str,
        file: &Source,
    ) -> Option<Result<String, UploadError>> {
        let (shelf, base) = self.0.files.own.as_ref()?;
        let id = shelf.add(owner, file).await;
        Some(id.map(|id| address(base, &id, name)).map_err(UploadError::from))
    }

    /// Tells whether a published file still exists. That is known of our own files, and believed of
    /// others.
    async fn is_there(&self, url: &str) -> bool {
        match self.0.files.shelved(url) {
            Some((shelf, id)) => shelf.has(id).await,
            None => true,
        }
    }
}

/// Makes the address of a file on our own media server.
fn address(base: &str, id: &str, name: &str) -> String {
    format!("{base}/{id}/{}", percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC))
}

/// Describes a file that is sent by its address in the network, from what the plugin said.
fn as_it_is(file: &Attachment, url: &str) -> Published {
    let last = url.rsplit('/').next().unwrap_or_default();
    let name = file.name.as_deref().unwrap_or_else(|| last.split(['?', '#']).next().unwrap_or_default());
    let facts = Facts {
        content_type: file.content_type.clone().unwrap_or_else(|| kind::UNKNOWN.to_owned()),
        size: file.size.unwrap_or_default(),
        sha256: file
            .sha256
            .as_ref()
            .map(|hash| hash.0.clone())
            .filter(|hash| hash.len() == 32)
            .unwrap_or_default(),
        ..Facts::default()
    };
    Published { url: url.to_owned(), name: plain_name(name), facts, counted: None }
}

fn unnamed(facts: &Facts) -> String {
    facts.extension.map_or_else(|| "file".to_owned(), |extension| format!("file.{extension}"))
}
