//! Errors of the client, and what can be done about each.

use std::io;
use std::time::Duration;

use crate::protocol::{Kind, Refusal};

/// Error that a request ends with instead of an answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The server cannot be reached, or the connection broke.
    #[error("the network is not reachable ({0})")]
    Io(io::ErrorKind),
    /// The connection was closed; with a reason when the server said goodbye.
    #[error("the connection was closed{}", .0.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default())]
    Closed(Option<String>),
    /// No answer came in time. It is not known whether the request was carried out.
    #[error("the network does not answer")]
    Timeout,
    /// The server sent something that is not the protocol.
    #[error("the network speaks nonsense: {0}")]
    Garbled(String),
    /// The server refused the request.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Class of an [`Error`], which decides what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The account's secrets are wrong, or no longer valid: only its owner can help.
    Credentials,
    /// The network or the way to it fails: try again.
    Network,
    /// Too many requests: try again after this long.
    RateLimit(Duration),
    /// The server refused this request, and would refuse it again.
    Request,
}

impl Error {
    /// Returns the kind of the server's refusal, if the error is one.
    pub fn refused(&self) -> Option<Kind> {
        match self {
            Error::Refused(refusal) => Some(refusal.kind),
            _ => None,
        }
    }

    /// Returns the class of the error.
    pub fn class(&self) -> Class {
        match self {
            Error::Io(_) | Error::Closed(_) | Error::Timeout | Error::Garbled(_) => Class::Network,
            Error::Refused(refusal) => match refusal.kind {
                Kind::NotLoggedIn | Kind::BadCredentials | Kind::CodeRequired | Kind::BadCode => {
                    Class::Credentials
                }
                Kind::Throttled => {
                    Class::RateLimit(Duration::from_millis(refusal.retry_after.unwrap_or(1_000)))
                }
                Kind::Unavailable => Class::Network,
                _ => Class::Request,
            },
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        Error::Io(error.kind())
    }
}
