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

/// Whether this can be an id of the network: what has an address ([`crate::xmpp::address::escape`])
/// and can be stored.
#[must_use]
pub fn valid_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_ID_BYTES && !id.contains('\0')
}

/// The stanza id of a message of the network: its own id, or a hash if XML or clients could not
/// carry that.
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
    use crate::xmpp::address::escape;

    #[test]
    fn every_valid_id_has_an_address_and_no_other_has() {
        for id in [
            "a",
            "",
            " ",
            "a\0b",
            "\0",
            "g\u{1}",
            "\u{FFFE}",
            &"x".repeat(512),
            &"x".repeat(513),
            &"🦄".repeat(128),
        ] {
            assert_eq!(valid_id(id), escape(id).is_ok(), "{id:?}");
        }
    }

    #[test]
    fn ids_that_xml_can_carry_stay_as_they_are() {
        assert_eq!(stanza_id("3EB0/ä=="), "3EB0/ä==");
        let long = "x".repeat(300);
        assert!(stanza_id(&long).starts_with("sha256-") && stanza_id("a\u{1}").starts_with("sha256-"));
        assert_ne!(stanza_id(&long), stanza_id(&long[1..]));
    }
}
