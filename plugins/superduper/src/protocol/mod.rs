//! Types of the superduper protocol, which `PROTOCOL.md` describes for people.
//!
//! A line is one JSON object, in both directions. Nothing here does I/O, except for reading a
//! bounded line from any source.

pub mod event;
pub mod fault;
pub mod group;
pub mod limits;
pub(crate) mod lines;
pub mod login;
pub mod message;
pub mod person;
pub mod refusal;
pub mod request;
pub mod wire;

pub use event::Event;
pub use fault::{Fault, FaultKind};
pub use group::{GroupInfo, GroupKind, Member, Role, Space};
pub use login::{Login, Welcome};
pub use message::{Chat, Content, File, Location, Mention, Message, Preview, Quote, Sent, Span, Sticker};
pub use person::{Contact, Presence, Profile, Relation, Show};
pub use refusal::{Kind, Refusal};
pub use request::{Ask, Effect, Request};
pub use wire::{Arrival, FromServer};

/// Name of a user on the network: any text up to [`limits::ID`] bytes, case-sensitive, never
/// changed by the server.
pub type UserId = String;
/// Id of one installation of an account, chosen by the client and stable across its restarts.
pub type DeviceId = String;
/// Id of a message, unique in the whole network and over restarts of the server.
pub type MessageId = String;
/// Id of a group.
pub type GroupId = String;
/// Id of a space.
pub type SpaceId = String;
/// Id of a thread inside one chat, chosen by whoever starts it.
pub type ThreadId = String;
/// Id of a file: 128 random bits in hexadecimal, so knowing it is the permission to read it.
pub type FileId = String;
/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = u64;
