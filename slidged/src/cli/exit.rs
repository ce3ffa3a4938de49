//! Exit codes.

/// Exit code: something failed while running; the service manager may try again.
pub(crate) const FAILED: u8 = 1;

/// Wrong usage or configuration; trying again will not help.
pub(crate) const MISCONFIGURED: u8 = 2;
