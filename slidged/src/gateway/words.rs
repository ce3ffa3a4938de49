//! Ids of our own making.

use data_encoding::BASE32_NOPAD;

/// A short id for a failure: shown to the user, and found in the log.
#[must_use]
pub fn error_id() -> String {
    let mut id = new_id();
    // Told apart from the others of a month, and typed without trouble.
    id.truncate(6);
    id
}

/// A fresh id: 128 random bits (R2), so that nobody guesses it and none comes twice.
#[must_use]
pub fn new_id() -> String {
    let mut bytes = [0; 16];
    // Without randomness ids would repeat; the system has had it since it was booted.
    if let Err(error) = getrandom::fill(&mut bytes) {
        tracing::error!(%error, "the system gives no random numbers");
    }
    BASE32_NOPAD.encode(&bytes).to_lowercase()
}
