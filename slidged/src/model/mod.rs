//! Domain types without I/O.

pub mod access;
pub mod attempts;
pub mod backoff;
pub mod caller;
pub mod clock;
pub mod crowd;
pub mod cut;
pub mod finding;
pub mod gone;
pub mod ids;
pub mod key;
pub(crate) mod lock;
pub mod pep_interest;
pub mod rate;
pub mod resources;
pub mod shown;
