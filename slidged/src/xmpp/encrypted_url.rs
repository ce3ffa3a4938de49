//! XEP-0454: OMEMO Media sharing: addresses of files that were encrypted with AES-256-GCM,
//! `aesgcm://host/path#iv key`. Outside OMEMO the secret is in the open, but clients send such
//! addresses when people forward or paste them.

use data_encoding::HEXLOWER_PERMISSIVE;

/// Bytes of the key.
const KEY: usize = 32;

/// Address of an encrypted file, with key and initialisation vector.
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptedUrl {
    /// HTTPS address of the ciphertext.
    pub url: String,
    /// AES-256.
    pub key: [u8; KEY],
    /// The initialisation vector: 12 bytes, or 16 from old clients.
    pub iv: Vec<u8>,
}

impl EncryptedUrl {
    /// Tells whether an address has the scheme `aesgcm:`, whether it can be parsed or not.
    #[must_use]
    pub fn is_one(url: &str) -> bool {
        url.get(..9).is_some_and(|scheme| scheme.eq_ignore_ascii_case("aesgcm://"))
    }

    /// Reads one.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        let rest = url.get(9..).filter(|_| Self::is_one(url))?;
        let (place, secret) = rest.split_once('#')?;
        let secret = HEXLOWER_PERMISSIVE.decode(secret.as_bytes()).ok()?;
        let iv = secret.len().checked_sub(KEY).filter(|iv| matches!(iv, 12 | 16))?;
        let (iv, key) = secret.split_at(iv);
        Some(EncryptedUrl { url: format!("https://{place}"), key: key.try_into().ok()?, iv: iv.to_owned() })
    }
}

/// Debug output without the key, which stays out of logs.
impl std::fmt::Debug for EncryptedUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EncryptedUrl").field("url", &self.url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_key_and_vector_are_read() {
        let url = format!(
            "aesgcm://download.montague.tld/4a77/tr%C3%A8s.jpg#{}{}",
            "8c".repeat(12),
            "18".repeat(32)
        );
        let read = EncryptedUrl::parse(&url).unwrap();
        assert_eq!(read.url, "https://download.montague.tld/4a77/tr%C3%A8s.jpg");
        assert_eq!((read.iv.as_slice(), read.key), ([0x8c; 12].as_slice(), [0x18; 32]));
        assert!(!format!("{read:?}").contains("24"), "the key is not shown");
        let old = EncryptedUrl::parse(&format!("AESGCM://a/b#{}", "0F".repeat(48))).unwrap();
        assert_eq!((old.iv.len(), old.key), (16, [15; 32]));
    }

    #[test]
    fn what_has_no_secret_is_none() {
        for url in [
            "aesgcm://a/b",
            "aesgcm://a/b#",
            "aesgcm://a/b#00",
            "aesgcm://a/b#zz",
            "https://a/b#00",
            "é",
            "",
            &format!("aesgcm://a/b#{}", "0".repeat(90)),
        ] {
            assert_eq!(EncryptedUrl::parse(url), None, "{url}");
        }
    }
}
