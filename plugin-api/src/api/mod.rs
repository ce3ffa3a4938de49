//! The operations, in both directions.
//!
//! **Handles report, callbacks ask.** The daemon calls [`Gateway`] and [`Session`], which a plugin
//! implements: a callback *asks* the plugin to do something on the network (`on_kick`: throw them
//! out). The plugin calls the daemon through [`GatewayHost`] and [`Host`]; the handles that a
//! [`Host`] gives, [`Contact`], [`Room`] and [`Participant`], *report* what has happened on the
//! network (`participant.kick`: they were thrown out). All that somebody can say or do is a method
//! of [`Actor`], which these handles are.
//!
//! So what the user does through the daemon comes to a callback, and shows in a room when the
//! plugin reports it, as it reports what others do.

mod actor;
mod contact;
mod gateway;
mod host;
mod participant;
mod requests;
mod room;
mod session;

pub use actor::Actor;
pub use contact::Contact;
pub use gateway::*;
pub use host::{GatewayHost, Host};
pub use participant::Participant;
pub use requests::*;
pub use room::Room;
pub use session::*;

/// Version of what this module declares: minor grows with additions, major with anything else.
pub const VERSION: [u32; 2] = [1, 1];
