//! Encryption at rest, so that a stolen file tells no secrets: XChaCha20-Poly1305 with a random
//! nonce.
//!
//! A sealed value is `version (1 byte) ‖ nonce (24) ‖ ciphertext and tag`. The version names the
//! key, so that keys can be changed without touching every row at once; the owner is authenticated
//! with it, so that one user's secret cannot be moved to another.

use std::fmt;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret as _, SecretSlice};

use super::StoreError;

const NONCE: usize = 24;

/// Secret as it is stored in the database.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub(super) Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// Keys that seal secrets: a current one, and older ones that still open.
#[derive(Clone)]
pub struct Keyring {
    /// Keys by version, the current one first.
    keys: Arc<[(u8, XChaCha20Poly1305)]>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(version, _)| version)).finish()
    }
}

impl Keyring {
    /// Creates a ring with the first key of an installation, version 1.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Keyring {
        Keyring { keys: Arc::new([(1, XChaCha20Poly1305::new(key.into()))]) }
    }

    /// Returns a ring that seals with `key` and still opens what older keys have sealed. `version`
    /// must be new.
    #[must_use]
    pub fn rotated(&self, version: u8, key: &[u8; 32]) -> Keyring {
        let newest = (version, XChaCha20Poly1305::new(key.into()));
        Keyring { keys: std::iter::once(newest).chain(self.keys.iter().cloned()).collect() }
    }

    /// Seals a secret for its owner (for credentials `user:` and the bare JID).
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when the system has no randomness, or the secret is larger than 256
    /// GiB.
    pub(super) fn seal(&self, owner: &str, secret: &SecretSlice<u8>) -> Result<Sealed, StoreError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| StoreError::Invalid("the system gives no random numbers"))?;
        let (version, cipher) = &self.keys[0];
        let payload = Payload { msg: secret.expose_secret(), aad: owner.as_bytes() };
        let sealed = cipher
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| StoreError::Invalid("the secret is too large"))?;
        let mut out = Vec::with_capacity(1 + NONCE + sealed.len());
        out.push(*version);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(Sealed(out))
    }

    /// Whether a secret is sealed with the current key.
    pub(super) fn is_current(&self, sealed: &Sealed) -> bool {
        sealed.0.first() == Some(&self.keys[0].0)
    }

    /// Opens a secret that [`Keyring::seal`] made for the same owner.
    ///
    /// # Errors
    /// [`StoreError::WrongKey`] when its key is not in the ring, [`StoreError::Unseal`] when it
    /// does not authenticate.
    pub(super) fn open(&self, owner: &str, sealed: &Sealed) -> Result<SecretSlice<u8>, StoreError> {
        let (version, rest) = sealed.0.split_first().ok_or(StoreError::Unseal)?;
        let (nonce, ciphertext) = rest.split_at_checked(NONCE).ok_or(StoreError::Unseal)?;
        let (_, cipher) = self.keys.iter().find(|(known, _)| known == version).ok_or(StoreError::WrongKey)?;
        let payload = Payload { msg: ciphertext, aad: owner.as_bytes() };
        cipher
            .decrypt(XNonce::from_slice(nonce), payload)
            .map(SecretSlice::from)
            .map_err(|_| StoreError::Unseal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretSlice<u8> {
        SecretSlice::from(text.as_bytes().to_vec())
    }

    #[test]
    fn a_sealed_secret_opens_for_its_owner_only() {
        let ring = Keyring::new(&[7; 32]);
        let sealed = ring.seal("user:romeo@example.org", &secret("hunter2")).unwrap();
        assert_eq!(ring.open("user:romeo@example.org", &sealed).unwrap().expose_secret(), b"hunter2");
        assert!(matches!(ring.open("user:juliet@example.org", &sealed), Err(StoreError::Unseal)));
    }

    #[test]
    fn sealing_twice_shows_nothing_in_common() {
        let ring = Keyring::new(&[7; 32]);
        let (a, b) =
            (ring.seal("user:a", &secret("same")).unwrap(), ring.seal("user:a", &secret("same")).unwrap());
        assert_ne!(a.0[1..25], b.0[1..25]);
        assert_ne!(a.0[25..], b.0[25..]);
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let ring = Keyring::new(&[7; 32]);
        let sealed = ring.seal("user:a", &secret("x")).unwrap();
        for bit in 0..sealed.0.len() * 8 {
            let mut bad = sealed.clone();
            bad.0[bit / 8] ^= 1 << (bit % 8);
            assert!(ring.open("user:a", &bad).is_err(), "bit {bit}");
        }
        for length in 0..sealed.0.len() {
            assert!(ring.open("user:a", &Sealed(sealed.0[..length].to_vec())).is_err(), "length {length}");
        }
    }

    #[test]
    fn a_rotated_ring_opens_the_old_and_seals_with_the_new() {
        let old = Keyring::new(&[1; 32]);
        let sealed = old.seal("user:a", &secret("x")).unwrap();
        let new = old.rotated(2, &[2; 32]);
        assert_eq!(new.open("user:a", &sealed).unwrap().expose_secret(), b"x");
        let again = new.seal("user:a", &secret("y")).unwrap();
        assert_eq!(again.0[0], 2);
        assert!(matches!(old.open("user:a", &again), Err(StoreError::WrongKey)));
    }

    #[test]
    fn nothing_of_a_secret_or_key_shows_in_debug() {
        let ring = Keyring::new(&[0x61; 32]);
        let sealed = ring.seal("user:a", &secret("hunter2")).unwrap();
        assert_eq!(format!("{ring:?} {sealed:?}"), "[1] Sealed(48 bytes)");
    }
}
