//! Bytes.

use serde::{Deserialize, Serialize};

/// Bytes, such as a small picture. Large files go by path or URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Blob(#[serde(with = "serde_bytes")] pub Vec<u8>);
