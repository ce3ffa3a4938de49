//! Identifiers of the legacy network: any text of 1 to [`MAX_ID_BYTES`] bytes.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest id that the daemon takes, so that each still has a reversible JID of at most 1023
/// bytes (RFC 7622) and a bounded row.
pub const MAX_ID_BYTES: usize = 512;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as the network writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl<T: Into<String>> From<T> for $name {
            fn from(id: T) -> Self {
                $name(id.into())
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A person or bot, as the network names them. Case matters.
    ContactId
    /// A group.
    RoomId
    /// A message, unique within its chat.
    MessageId
    /// A thread within a chat.
    ThreadId
    /// A space: a group of groups.
    SpaceId
    /// A version of an avatar: a new picture has a new id.
    AvatarId
    /// A file that the network keeps, so that it is fetched only once.
    FileId
    /// A member of a room without a contact behind it.
    OccupantId
}
