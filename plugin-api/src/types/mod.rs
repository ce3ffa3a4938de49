//! The messages that cross the boundary, in plain `std` types.
//!
//! Either side may be older than the other, so: every struct is `#[serde(default)]` (a field that
//! the sender does not know is its default), unknown fields are skipped, and new variants only go
//! into enums that have an `Unknown` one.

mod blob;
mod command;
mod contact;
mod file;
mod form;
mod ids;
mod info;
mod login;
mod message;
mod presence;
mod room;
mod search;
mod sender;
mod space;
mod user;

pub use blob::*;
pub use command::*;
pub use contact::*;
pub use file::*;
pub use form::*;
pub use ids::*;
pub use info::*;
pub use login::*;
pub use message::*;
pub use presence::*;
pub use room::*;
pub use search::*;
pub use sender::*;
pub use space::*;
pub use user::*;

/// Milliseconds since the Unix epoch, UTC.
pub type Timestamp = i64;

/// Declares messages: plain structs that skip unknown fields and default missing ones.
macro_rules! messages {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$fmeta:meta])* $field:ident: $ty:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name { $($(#[$fmeta])* pub $field: $ty,)* }
    )*};
}

/// Declares an enum of unit variants; a variant of a newer peer reads as `Unknown`.
macro_rules! choices {
    ($($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $($(#[$vmeta])* $variant,)*
            /// A value that only a newer peer knows.
            #[serde(other)]
            Unknown,
        }
    )*};
}
pub(crate) use {choices, messages};
