//! Real servers and real clients, for the demo, the scenario tests and chaos.
//!
//! Every server runs in a throw-away directory, listens on a free port of 127.0.0.1 only and ends
//! with the value that started it, also when the test panics or is killed. What a helper waits for
//! is the thing itself (a port that answers, an exit, a stanza), with a deadline; where it does not
//! come, the helper panics and says what came instead. So scenarios read as a conversation:
//!
//! ```no_run
//! # async fn scenario() {
//! use lab::{Prosody, Server, StanzaExt};
//! let prosody = Prosody::start().await;
//! let alice = prosody.client("alice").await;
//! let bob = prosody.client("bob").await;
//! alice.say(&bob.jid(), "hello").await;
//! bob.expect("alice's greeting", |s| s.body().as_deref() == Some("hello")).await;
//! # }
//! ```
#![forbid(unsafe_code)]

pub mod binaries;
pub mod client;
mod disk;
mod ejabberd;
pub mod group_fixture;
pub mod http;
mod inbox;
mod machine;
pub mod namespace;
pub mod pep;
mod person;
mod port;
mod postgres;
pub mod process;
mod prosody;
pub mod proxy;
pub mod raw;
mod server;
pub mod sharing;
mod site;
mod slidged;
pub mod stanza;
mod superduperd;
mod temp_dir;
mod tree;
pub mod wait;
mod world;

pub use client::Client;
pub use disk::Disk;
pub use ejabberd::Ejabberd;
pub use machine::{Machine, Outcome};
pub use person::Person;
pub use port::free as free_port;
pub use postgres::Postgres;
pub use process::Process;
pub use prosody::Prosody;
pub use proxy::Proxy;
pub use server::{PASSWORD, Server};
pub use site::Site;
pub use slidged::{Slidged, SlidgedOptions};
pub use stanza::StanzaExt;
pub use superduperd::Superduperd;
pub use temp_dir::TempDir;
pub use tree::Tree;
pub use world::{Pair, World, WorldOptions};
