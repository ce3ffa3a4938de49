//! The daemon's end of the plugin interface: what a plugin asks for waits here, in order and bounded, until its session
//! takes it.

mod mailbox;

pub use mailbox::{GatewayOperation, Mailbox, Operation, SessionOperation, Share, mailbox};
