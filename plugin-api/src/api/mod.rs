//! The operations, in both directions: the daemon calls [`Gateway`] and [`Session`], which a plugin
//! implements; the plugin calls the daemon through [`GatewayHost`] and [`Host`].

mod contact;
mod gateway;
mod host;
mod participant;
mod room;
mod session;

pub use contact::Contact;
pub use gateway::*;
pub use host::*;
pub use participant::Participant;
pub use room::Room;
pub use session::*;

/// Version of what this module declares: minor grows with additions, major with anything else.
pub const VERSION: [u32; 2] = [1, 1];
