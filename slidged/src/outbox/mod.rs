//! Delivery from the database to the XMPP server: durable stanzas arrive at least once, each user's
//! in order, with the same `id`.
//!
//! XEP-0114 has no acknowledgements, so the pump makes them: behind the stanzas that it has written
//! it sends a *barrier*, a ping to the server, whose answer proves that the server has read
//! everything before it. Only then are the rows deleted; after a reconnection or a crash, all
//! others are written again.
//!
//! Depends on the store, and knows the link only as a [`Transport`].

mod delay;
mod in_flight;
mod pump;
mod reader;
mod suspect;
mod transport;

pub use crate::model::gone::Gone;
pub use delay::with_delay;
pub use pump::{Counters, DEFAULT_BARRIER_LINGER, DEFAULT_DELAY_THRESHOLD, Pump, PumpConfig};
pub use transport::Transport;
