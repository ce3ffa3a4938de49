//! Pictures of link previews (XEP-0511) as they go into a stanza: small, and including those that
//! only the gateway can fetch.

use super::Files;
use crate::{
    media::{reach::Inside, source::blocking, thumbnail},
    stanza::Preview,
    store::UserId,
    xmpp::link_metadata::MAX_IMAGE,
};
use futures_util::future::join_all;
use plugin_api::{Blob, LinkPreview};
use std::{sync::Arc, time::Duration};

/// Largest picture of a link that is fetched, in bytes.
const MAX_FETCHED: u64 = 4 << 20;
/// Longest time for which a text waits for the picture of its link.
const PATIENCE: Duration = Duration::from_secs(5);

/// Makes the pictures of link previews.
pub struct Previews {
    files: Arc<Files>,
}

impl Previews {
    pub(in crate::services) fn new(files: Arc<Files>) -> Self {
        Previews { files }
    }

    /// Whether a picture has to be fetched or scaled before that preview can be shown.
    #[must_use]
    pub fn has_picture_to_make(&self, preview: &LinkPreview) -> bool {
        preview.image.is_some() || preview.image_url.as_deref().is_some_and(|url| !self.is_everybodys(url))
    }

    fn is_everybodys(&self, url: &str) -> bool {
        self.files.fetcher().is_everybodys(url)
    }

    /// Makes previews as users see them. Pictures are scaled down; those that clients cannot fetch
    /// are brought to them, or left out.
    pub async fn of(&self, owner: UserId, previews: Vec<LinkPreview>) -> Vec<Preview> {
        let brought = join_all(previews.into_iter().map(|preview| self.brought(owner, preview))).await;
        if brought.iter().all(|preview| preview.image.is_none()) {
            return brought.into_iter().map(|preview| (preview, None)).collect();
        }
        let small = |mut preview: LinkPreview| {
            let image = preview.image.take().and_then(|image| thumbnail::of(&image.0).ok());
            (preview, image.filter(|image| image.len() <= MAX_IMAGE))
        };
        let work = move || brought.into_iter().map(small).collect();
        // A picture at which the decoder panics is left out.
        tokio::task::spawn_blocking(work).await.unwrap_or_default()
    }

    async fn brought(&self, owner: UserId, mut preview: LinkPreview) -> LinkPreview {
        let Some(url) = preview.image_url.take_if(|url| !self.is_everybodys(url)) else { return preview };
        if preview.image.is_none() {
            let picture = tokio::time::timeout(PATIENCE, self.picture_at(owner, &url)).await;
            preview.image = picture.ok().flatten();
        }
        preview
    }

    async fn picture_at(&self, owner: UserId, url: &str) -> Option<Blob> {
        let _transfer = self.files.transfers.begin(Some(owner)).await;
        let fetched = self.files.fetcher().fetch(url, MAX_FETCHED, Inside::Nothing).await;
        let fetched = fetched.inspect_err(
            |error| tracing::debug!(%error, "the picture of a link cannot be fetched: it is left out"),
        );
        let source = fetched.ok()?;
        let read = blocking(move || {
            let (mut bytes, size) = (Vec::new(), source.source.size());
            while (bytes.len() as u64) < size {
                bytes.extend_from_slice(&source.source.piece(bytes.len() as u64)?);
            }
            Ok(bytes)
        });
        read.await.ok().map(Blob)
    }
}
