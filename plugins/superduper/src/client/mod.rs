//! A typed client of the network.
//!
//! [`Connection`] is one TCP connection: requests with typed answers, events. [`Client`] keeps one
//! alive for a device: it logs in, reconnects with back-off, tells why it is down, and acknowledges
//! what its owner has [done](Client::done) with, in unbroken order.
//!
//! ```no_run
//! # async fn example() -> Result<(), superduper::client::Error> {
//! use superduper::client::{Connection, Error};
//! use superduper::protocol::{Chat, Content, Login, message::Send};
//!
//! let (connection, mut events) = Connection::open("127.0.0.1:5380").await?;
//! let login = Login { user: "ada".into(), password: "secret".into(), device: "example".into(), ..Login::default() };
//! let welcome = connection.ask(login).await?;
//! let hello = Send { chat: Chat::User("bob".into()), content: Content::text("hello"), nonce: None };
//! println!("{} sent {}", welcome.user, connection.ask(hello).await?.id);
//! while let Some(arrival) = events.recv().await {
//!     println!("{:?}", arrival.event);
//!     connection.ack(arrival.seq.unwrap_or(0)).await?;
//! }
//! # Ok(()) }
//! ```

mod acks;
mod backoff;
mod connection;
mod error;
pub mod files;
mod reconnect;

pub use backoff::Backoff;
pub use connection::{Connection, Incoming};
pub use error::{Class, Error};
pub use reconnect::{Client, Entry, Settings, Ticket, Update, Updates};
