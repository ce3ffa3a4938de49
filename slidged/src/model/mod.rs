//! Our own words: plain types without I/O, clock or randomness.

pub mod access;
pub mod attempts;
pub mod backoff;
pub mod crowd;
pub mod finding;
pub mod gone;
pub mod rate;
pub mod resources;
pub mod shown;
pub mod wants;
