//! Avatars of contacts and rooms: what is known of them, and what is to be fetched.

use crate::host::Share;
use crate::session::user_avatar::OwnAvatar;
use crate::store;
use crate::xmpp::avatar::Info;
use data_encoding::HEXLOWER;
use plugin_api::Avatar;
use plugin_api::ContactId;
use plugin_api::host::Reply;
use sha2::Digest;
use sha2::Sha256;
use std::collections::HashMap;
use std::collections::VecDeque;

/// What is known of a contact's picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::session) enum Portrait {
    /// Nothing.
    #[default]
    Untold,
    /// That there is none.
    None,
    /// This.
    Is(Box<Picture>),
}

/// A picture, in the store.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::session) struct Picture {
    pub(in crate::session) hash: [u8; 20],
    /// What the plugin told of it, to recognise it.
    pub(in crate::session) version: Version,
}

pub(in crate::session) type Version = [u8; 16];

impl Portrait {
    /// As it was stored.
    pub(in crate::session) fn of(hash: Option<&str>, version: Option<&str>) -> Self {
        let bytes = |hex: Option<&str>| HEXLOWER.decode(hex?.as_bytes()).ok();
        let hash = bytes(hash).and_then(|hash| hash.try_into().ok());
        let version = bytes(version).and_then(|version| version.try_into().ok()).unwrap_or_default();
        hash.map_or(Portrait::Untold, |hash| Portrait::Is(Box::new(Picture { hash, version })))
    }

    /// SHA-1 of the picture.
    pub(in crate::session) fn hash(&self) -> Option<String> {
        self.picture().map(|picture| HEXLOWER.encode(&picture.hash))
    }

    /// To be stored beside it.
    pub(in crate::session) fn version(&self) -> Option<String> {
        self.picture().map(|picture| HEXLOWER.encode(&picture.version))
    }

    /// What presences say (XEP-0153): nothing when nothing is known.
    pub(in crate::session) fn photo(&self) -> Option<String> {
        match self {
            Portrait::Untold => None,
            Portrait::None => Some(String::new()),
            Portrait::Is(_) => self.hash(),
        }
    }

    pub(in crate::session) fn picture(&self) -> Option<&Picture> {
        match self {
            Portrait::Is(picture) => Some(picture),
            Portrait::Untold | Portrait::None => None,
        }
    }
}

/// Pictures of one user that are got at the same time: the network may be slow to give them.
pub(in crate::session) const TOGETHER: usize = 4;

/// Pictures that wait and are there already, together: one of the largest kind and some. A list of contacts that brings more should give
/// them by path, or by id only ([`plugin_api::Session::fetch_avatar`]). Bytes.
pub(in crate::session) const MAX_BYTES: usize = 16 << 20;

/// Avatars of contacts and rooms that are being fetched.
#[derive(Default)]
pub(in crate::session) struct AvatarQueue {
    pub(in crate::session) waiting: VecDeque<Told>,
    pub(in crate::session) under_way: usize,
    pub(in crate::session) bytes: usize,
    /// The last that was told of each: only that one counts.
    pub(in crate::session) latest: HashMap<ContactId, u64>,
    pub(in crate::session) told: u64,
}

/// Avatars of a session: those of contacts and rooms, and the user's own.
#[derive(Default)]
pub(in crate::session) struct Avatars {
    pub(in crate::session) queue: AvatarQueue,
    pub(in crate::session) own: OwnAvatar,
}

/// An avatar that the plugin told.
pub(in crate::session) struct Told {
    pub(in crate::session) number: u64,
    pub(in crate::session) id: ContactId,
    pub(in crate::session) avatar: Avatar,
    pub(in crate::session) answer: Answer,
}

/// What is told of a picture.
pub(in crate::session) fn info(avatar: &store::Avatar) -> Info<'_> {
    Info { id: &avatar.hash, bytes: avatar.png.len(), width: avatar.width, height: avatar.height }
}

pub(in crate::session) fn version_of(text: &str) -> Version {
    let mut version = Version::default();
    version.copy_from_slice(&Sha256::digest(text)[..16]);
    version
}

pub(in crate::session) fn size(avatar: &Avatar) -> usize {
    avatar.data.as_ref().map_or(0, |data| data.0.len())
}

/// Where the plugin waits for it, if it does.
pub(in crate::session) type Answer = Option<(Reply<()>, Share)>;
