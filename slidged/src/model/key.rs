//! A secret key of ours.

use std::sync::Arc;

/// 32 secret bytes, which the log does not show.
#[derive(Clone, Default)]
pub struct Key(Arc<[u8; 32]>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// Creates a key.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Key(Arc::new(bytes))
    }

    /// Bytes of the key.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}
