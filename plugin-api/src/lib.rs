//! Interface for authors of plugins for slidged.
//!
//! A plugin is plain Rust in a library of its own (`crate-type = ["cdylib"]`): implement
//! [`Gateway`], which is the network, and [`Session`], which is one user's connection to it, then
//! name the gateway in [`export_plugin!`]. Every callback has a default that answers
//! feature-not-implemented, so only what the network can do is written. Strings, vectors and
//! options are those of `std`, errors convert with `?`, `tracing` events appear in the daemon's
//! log. This is a whole plugin:
//!
//! ```
//! use plugin_api::prelude::*;
//!
//! struct Parrot;
//!
//! impl Gateway for Parrot {
//!     type Session = Cage;
//!
//!     fn info() -> Info {
//!         Info::new("parrot", "Parrot").registration_fields(vec![Field::text("name", "Your name").required()])
//!     }
//!
//!     fn new(_: Start, _: GatewayHost) -> Result<Self> {
//!         Ok(Parrot)
//!     }
//!
//!     async fn connect(&self, user: User, host: Host) -> Result<Cage> {
//!         Ok(Cage { name: user.data["name"].clone(), host })
//!     }
//! }
//!
//! struct Cage {
//!     name: String,
//!     host: Host,
//! }
//!
//! impl Session for Cage {
//!     async fn login(&self) -> Result<Option<String>> {
//!         Ok(Some(format!("in a cage with {}", self.name)))
//!     }
//!
//!     async fn fill_contacts(&self) -> Result<Vec<ContactInfo>> {
//!         Ok(vec![ContactInfo::friend("polly", "Polly")])
//!     }
//!
//!     async fn on_text(&self, chat: Chat, message: UserText) -> Result<Option<MessageId>> {
//!         self.host.contact(chat.id).send_text(Text::new(message.body)).await?;
//!         Ok(None)
//!     }
//! }
//!
//! plugin_api::export_plugin!(Parrot);
//! # fn main() {}
//! ```
//!
//! The guide for authors is `docs/plugins.md`; [`api`] says what asks and what reports.
//!
//! # Groups
//!
//! With [`Info::groups`] the network has groups, which are rooms for the user's clients. The daemon
//! asks which there are ([`Session::fill_rooms`]), about one it does not know
//! ([`Session::update_room_info`]), and who is in one when the user first enters
//! ([`Session::fill_participants`]). Whatever happens later the plugin tells through a [`Room`] and
//! its [`Participant`]s; what the user does arrives in the callbacks of a chat, whose
//! [`Chat::as_room`] says where. Contacts and rooms share one space of addresses, so the id of one
//! must never be that of another: mark one kind where the network allows both, and check the mark
//! when an id comes back.
//!
//! ```
//! use plugin_api::prelude::*;
//!
//! struct Village {
//!     host: Host,
//! }
//!
//! impl Session for Village {
//!     async fn login(&self) -> Result<Option<String>> {
//!         Ok(None)
//!     }
//!
//!     async fn fill_rooms(&self) -> Result<Vec<RoomInfo>> {
//!         let (name, kind) = (Some("The well".into()), Some(RoomType::Group));
//!         Ok(vec![RoomInfo { id: "#well".into(), name, kind, ..RoomInfo::default() }])
//!     }
//!
//!     async fn fill_participants(&self, _: RoomId) -> Result<Vec<ParticipantInfo>> {
//!         let me = ParticipantInfo { is_user: true, nickname: "me".into(), ..ParticipantInfo::default() };
//!         let polly =
//!             ParticipantInfo { contact: Some("polly".into()), nickname: "Polly".into(), ..ParticipantInfo::default() };
//!         Ok(vec![me, polly])
//!     }
//!
//!     async fn on_text(&self, chat: Chat, message: UserText) -> Result<Option<MessageId>> {
//!         let text = Text::new(message.body);
//!         match chat.as_room() {
//!             Some(room) => self.host.room(room).participant("polly").send_text(text).await?,
//!             None => self.host.contact(chat.id).send_text(text).await?,
//!         };
//!         Ok(None)
//!     }
//! }
//! ```
//!
//! A plugin reports what the user did in another client of the network through [`Room::user`]. What
//! they do through the daemon comes to the callbacks (`on_kick`, `on_set_affiliation`,
//! `on_set_subject`…), and shows in the room when the plugin tells it, as it tells what others do.
//!
//! # What to know
//!
//! * **Sending is eager.** `contact.send_text(…)` takes its place in the order of things when it is
//!   called. Awaiting the [`Sending`] that it gives tells when the daemon has it in its durable
//!   outbox; a plugin that acknowledges messages to its network does so after that. Dropping it
//!   takes nothing back. An [`Answer`] in contrast is a question: dropping it withdraws the
//!   question.
//! * **Callbacks may be cancelled** by dropping their future: each has a deadline, and sessions
//!   come and go. What has to go on runs in [`Host::spawn`], until the session is dropped.
//! * **A panic** ends the session that it happened in, which the daemon makes anew after a while;
//!   nobody else notices.
//! * **A callback that blocks its thread** holds up whatever that thread would have done next; with
//!   as many of them as there are threads (`plugin.threads`, two unless the administrator says
//!   otherwise) all sessions wait. The daemon names it in its log after a second. Use
//!   `tokio::task::spawn_blocking`.
//! * **Errors** have a text for the user, and what comes from libraries goes to the log only: see
//!   [`Error`]. When a login fails, the [`Class`] of its error decides when it is tried again.
//! * **Tests** need no server: see the feature `testkit`, module `testkit`.
//!
//! # How it crosses the boundary
//!
//! The binary interface (`ffi`) is tiny and meant never to change: a handshake record that is read
//! from the file before anything is loaded, a root module with two functions, and one object type,
//! the peer, with three methods: all `abi_stable`, whose layout check runs at load time. The wide
//! and growing part, a hundred operations and their messages, travels through peers as CBOR maps:
//! an unknown operation answers feature-not-implemented, unknown fields are skipped, missing ones
//! are their default. So old plugins run on new daemons and the other way round; both may be built
//! by different compilers.

#![warn(missing_docs)]
#![deny(unsafe_code)]

pub mod api;
mod error;
mod export;
#[doc(hidden)]
#[allow(unsafe_code)]
pub mod ffi;
#[cfg(feature = "host")]
pub mod host;
mod log;
#[doc(hidden)]
pub mod rpc;
mod runtime;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod types;

pub use api::*;
pub use error::{Class, Condition, Error, Result};
pub use rpc::{Answer, Sending};
pub use types::*;

/// Prelude: all that a plugin usually needs.
pub mod prelude {
    pub use crate::{
        api::*,
        error::*,
        rpc::{Answer, Sending},
        types::*,
    };
    pub use tracing;
}

/// The guide for authors, whose code is compiled here.
#[cfg(all(doctest, feature = "testkit"))]
#[doc = include_str!("../../docs/plugins.md")]
pub struct Guide;
