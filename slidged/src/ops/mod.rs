//! Operation as a daemon: logs, signals, the service manager's protocol.

pub mod check;
pub mod limit;
pub mod log;
pub mod notify;
pub mod private;
pub mod signal;
