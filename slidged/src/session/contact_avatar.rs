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

/// Knowledge about the picture of a contact or a room.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::session) enum KnownAvatar {
    /// No knowledge yet.
    #[default]
    Untold,
    /// Known to have no picture.
    None,
    /// Picture that is in the store.
    Is(Box<StoredAvatar>),
}

/// A picture, in the store.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::session) struct StoredAvatar {
    pub(in crate::session) hash: [u8; 20],
    /// Digest of the plugin's description, by which an unchanged picture is recognised.
    pub(in crate::session) version: Version,
}

pub(in crate::session) type Version = [u8; 16];

impl KnownAvatar {
    /// Makes it from the two columns of the store.
    pub(in crate::session) fn of(hash: Option<&str>, version: Option<&str>) -> Self {
        let bytes = |hex: Option<&str>| HEXLOWER.decode(hex?.as_bytes()).ok();
        let hash = bytes(hash).and_then(|hash| hash.try_into().ok());
        let version = bytes(version).and_then(|version| version.try_into().ok()).unwrap_or_default();
        hash.map_or(KnownAvatar::Untold, |hash| KnownAvatar::Is(Box::new(StoredAvatar { hash, version })))
    }

    /// Returns the SHA-1 of the picture in hexadecimal.
    pub(in crate::session) fn hash(&self) -> Option<String> {
        self.picture().map(|picture| HEXLOWER.encode(&picture.hash))
    }

    /// Returns the version in hexadecimal, to be stored beside the hash.
    pub(in crate::session) fn version(&self) -> Option<String> {
        self.picture().map(|picture| HEXLOWER.encode(&picture.version))
    }

    /// Returns the content of `<photo/>` in presences (XEP-0153): none when nothing is known, empty
    /// for no picture.
    pub(in crate::session) fn photo(&self) -> Option<String> {
        match self {
            KnownAvatar::Untold => None,
            KnownAvatar::None => Some(String::new()),
            KnownAvatar::Is(_) => self.hash(),
        }
    }

    pub(in crate::session) fn picture(&self) -> Option<&StoredAvatar> {
        match self {
            KnownAvatar::Is(picture) => Some(picture),
            KnownAvatar::Untold | KnownAvatar::None => None,
        }
    }
}

/// Pictures of one user that are fetched at the same time; the network may be slow.
pub(in crate::session) const TOGETHER: usize = 4;

/// Most bytes of the pictures that wait with their data: one of the largest kind and some. A plugin
/// whose contact list brings more should give them by path, or by id only
/// ([`plugin_api::Session::fetch_avatar`]).
pub(in crate::session) const MAX_BYTES: usize = 16 << 20;

/// Pictures that are being fetched, or wait for that.
#[derive(Default)]
pub(in crate::session) struct AvatarQueue {
    pub(in crate::session) waiting: VecDeque<ToldAvatar>,
    pub(in crate::session) under_way: usize,
    pub(in crate::session) bytes: usize,
    /// Number of the last picture that was told of each contact; only that one counts.
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
pub(in crate::session) struct ToldAvatar {
    pub(in crate::session) number: u64,
    pub(in crate::session) id: ContactId,
    pub(in crate::session) avatar: Avatar,
    pub(in crate::session) answer: Answer,
}

/// Describes a stored picture for its metadata (XEP-0084).
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

/// Reply to the plugin, where it waits for one.
pub(in crate::session) type Answer = Option<(Reply<()>, Share)>;
