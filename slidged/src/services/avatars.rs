//! Pictures of contacts: from what a plugin gives to what clients get. Equal pictures are made
//! once, for all users.

use super::files::Files;
use crate::services::profile::{MAX_SOURCE, bytes_of};
use crate::store::StoreError;
use crate::{
    media::{self, reach::Inside},
    store::{Avatar, Store},
};
use data_encoding::HEXLOWER;
use plugin_api::{Avatar as Source, Condition, Error};
use sha2::{Digest, Sha256};
use std::{path::Path, sync::Arc};
use tokio::sync::Semaphore;

/// Pictures that are made smaller at the same time: each takes up to 200 MB of memory for a moment.
const AT_ONCE: usize = 2;

/// Makes avatars that clients can show; equal ones are made once, for all users.
pub struct Avatars {
    files: Arc<Files>,
    store: Store,
    /// Places of those that make a picture smaller now.
    turns: Semaphore,
}

impl Avatars {
    pub(super) fn new(files: Arc<Files>, store: Store) -> Self {
        Avatars { files, store, turns: Semaphore::new(AT_ONCE) }
    }

    /// Returns the avatar that clients get for a picture of the plugin.
    ///
    /// # Errors
    ///
    /// When it cannot be had, or is none.
    pub(crate) async fn shown(&self, mut source: Source) -> Result<Avatar, Error> {
        let unfit = |why: String| Error::from(Condition::NotAcceptable).with_detail(why);
        // The file stays on disk as long as it is needed. It is fetched without a turn, so that
        // others do not wait for a slow server.
        let mut fetched = None;
        if let Source { data: None, path: None, url: Some(url), .. } = &source {
            let file = self.files.fetcher().fetch(url, MAX_SOURCE, Inside::Nothing).await;
            let file = file.map_err(|error| unfit(error.to_string()))?.spooled;
            source.path = Some(file.path().display().to_string());
            fetched = Some(file);
        }
        // Held while the picture itself is in memory.
        let _turn = self.turns.acquire().await;
        let places = self.files.places().clone();
        let read = tokio::task::spawn_blocking(move || {
            if let Source { data: None, path: Some(path), .. } = &mut source {
                let found = places.find(Path::new(path)).map_err(|error| format!("{path}: {error}"))?;
                *path = found.display().to_string();
            }
            let bytes = bytes_of(source)?;
            let digest = HEXLOWER.encode(&Sha256::digest(&bytes));
            Ok::<_, String>((bytes, digest))
        });
        let (bytes, digest) = read.await?.map_err(unfit)?;
        drop(fetched);
        if let Some(known) = self.store.avatars().made_from(&digest).await.map_err(StoreError::for_plugin)? {
            return Ok(known);
        }
        let made = tokio::task::spawn_blocking(move || media::avatar::Avatar::of(&bytes)).await?;
        let made = made.map_err(|error| unfit(error.to_string()))?;
        Ok(Avatar {
            hash: made.hash.into(),
            source: digest.into(),
            width: made.width,
            height: made.height,
            png: made.png,
        })
    }
}
