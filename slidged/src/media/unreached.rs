//! Failure to reach an HTTP server.

use std::{error::Error, fmt};

/// An error of HTTP with its causes and the server. Of the address it shows host and port only,
/// since the path may be a secret.
#[derive(Debug)]
pub struct Unreached {
    server: Option<String>,
    error: reqwest::Error,
}

impl Unreached {
    /// Wraps the client's error.
    #[must_use]
    pub fn new(error: reqwest::Error) -> Self {
        let server = error.url().and_then(|url| {
            let host = url.host_str()?;
            Some(url.port_or_known_default().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
        });
        Unreached { server, error: error.without_url() }
    }
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(server) = &self.server {
            write!(f, "{server}: ")?;
        }
        write!(f, "{}", self.error)?;
        let mut cause = self.error.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl Error for Unreached {}
