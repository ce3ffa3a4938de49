//! Ids: those that we make, and those of the network as stanzas carry them.

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use plugin_api::MAX_ID_BYTES;
use sha2::{Digest, Sha256};

/// Stanza ids longer than that are shortened to a hash: some clients and servers bound them.
const MAX_STANZA_ID: usize = 256;

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

/// Can this be an id of the network?
#[must_use]
pub fn valid_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_ID_BYTES
}

/// The stanza id of a message of the network: its own id, or a hash if XML or clients could not carry that.
#[must_use]
pub fn stanza_id(legacy: &str) -> String {
    let plain = legacy.len() <= MAX_STANZA_ID
        && !legacy.chars().any(|c| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}'));
    if plain {
        return legacy.to_owned();
    }
    format!("sha256-{}", HEXLOWER.encode(&Sha256::digest(legacy)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_xml_can_carry_stay_as_they_are() {
        assert_eq!(stanza_id("3EB0/ä=="), "3EB0/ä==");
        let long = "x".repeat(300);
        assert!(stanza_id(&long).starts_with("sha256-") && stanza_id("a\u{1}").starts_with("sha256-"));
        assert_ne!(stanza_id(&long), stanza_id(&long[1..]));
    }
}
