//! `[state]`: where the daemon keeps what must survive it.

use crate::config::secret;
use crate::config::value;
use serde::Deserialize;
use std::path::Path;
use std::path::PathBuf;

/// The section `[state]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The directory, made by [`prepare`](Self::prepare) with mode 0700 when it does not exist.
    #[serde(deserialize_with = "value::path")]
    pub directory: PathBuf,
    /// The key that encrypts credentials in the database, 64 hex digits. Without it: `secret.key`
    /// in the directory, made at the first start.
    #[serde(default, deserialize_with = "value::optional_path")]
    pub key_file: Option<PathBuf>,
}

impl State {
    /// Below it, one directory per gateway. The service's unit sets another by `STATE_DIRECTORY`.
    pub const ROOT: &str = "/var/lib/slidged";
    /// The name of the key's file in the state directory.
    pub const KEY_NAME: &str = "secret.key";

    /// The file of the key.
    pub fn key_path(&self) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| self.directory.join(Self::KEY_NAME))
    }

    /// Makes the directory if it is missing.
    ///
    /// # Errors
    ///
    /// It could not be made.
    pub fn prepare(&self) -> Result<(), secret::SecretError> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.directory).map_err(|error| {
            secret::SecretError::File { what: "make the directory", path: self.directory.clone(), error }
        })
    }

    /// Reads the key that encrypts credentials at rest; makes it when it is missing and `key_file`
    /// is not set.
    ///
    /// # Errors
    ///
    /// It cannot be read or made, is not 64 hex digits, or can be read by every user of the
    /// machine.
    pub fn key(&self) -> Result<secret::Key, secret::SecretError> {
        match &self.key_file {
            Some(path) => secret::read_key(path),
            None => {
                self.prepare()?;
                secret::read_or_make_key(&self.key_path())
            }
        }
    }
}

/// The plugin's own folder below the state directory.
#[must_use]
pub fn plugin_folder(state: &Path) -> PathBuf {
    state.join("plugin")
}
