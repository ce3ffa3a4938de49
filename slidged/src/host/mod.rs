//! The daemon's end of the plugin interface: what a plugin asks for waits here, in order and
//! bounded, until its session takes it.

mod budget;
mod mailbox;

pub use budget::{Allowance, Budget, Share};
pub use mailbox::{GatewayOperation, Mailbox, Operation, SessionOperation, mailbox};
