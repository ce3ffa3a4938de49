//! Reason why the daemon ended.

use crate::{
    config::{ConfigError, secret::SecretError},
    store::StoreError,
    vitals::Ended,
};
use plugin_api::host::LoadError;
use std::net::SocketAddr;

/// Reason why the daemon ended.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// A secret cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The plugin's file.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The plugin itself.
    #[error("the plugin does not start: {0}")]
    Plugin(String),
    /// The link has ended by itself.
    #[error("the connection to the XMPP server is not kept up any more, which is a defect of slidged")]
    Link,
    /// A task of ours that must not end has.
    #[error("{0} has ended, which is a defect of slidged")]
    Ended(&'static str),
    /// The media server cannot listen.
    #[error("the media server cannot listen on {address} ([media] listen): {error}")]
    Media {
        /// Address of the listener.
        address: SocketAddr,
        /// Error of the system.
        error: std::io::Error,
    },
    /// The XMPP server is not there, or does not let us in.
    #[error("no connection to the XMPP server: {0}")]
    NotConnected(String),
    /// An option of the plugin.
    #[error(transparent)]
    Options(#[from] ConfigError),
    /// A directory of ours in the state directory cannot be used.
    #[error("{path}: {error}")]
    Directory {
        /// Path of the directory.
        path: String,
        /// Error of the system.
        error: std::io::Error,
    },
}

impl From<Ended> for DaemonError {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Database(error) => Self::Store(error),
            Ended::Task(task) => Self::Ended(task),
        }
    }
}

impl DaemonError {
    /// Whether the administrator has to change something, so that trying again does not help.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        matches!(self, Self::Secret(_) | Self::Load(_) | Self::Options(_))
    }
}
