//! From the database to the XMPP server: what is durable arrives at least once, each user's stanzas in order, with the same `id`.
//!
//! XEP-0114 has no acknowledgements, so the pump makes them: behind what it has written it sends a *barrier*, a ping to the
//! server, whose answer proves that all before it was read. Only then the rows are deleted. After a reconnect or a crash
//! everything that is not behind an answered barrier is written again.
//!
//! Knows the store, and of the link only [`Wire`].

mod delay;
mod flight;
mod pump;
mod reader;
mod wire;

pub use delay::with_delay;
pub use pump::{Counters, DEFAULT_BARRIER_LINGER, DEFAULT_DELAY_THRESHOLD, Pump, PumpConfig};
pub use wire::{Gone, Wire};
