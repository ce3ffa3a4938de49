//! What can go wrong, and what kind of trouble it is.

use std::io;
use std::time::Duration;

use crate::protocol::{Kind, Refusal};

/// Why a request has no answer to give.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The server cannot be reached, or the connection broke.
    #[error("the network is not reachable ({0})")]
    Io(io::ErrorKind),
    /// The connection was closed; with a reason when the server said goodbye.
    #[error("the connection was closed{}", .0.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default())]
    Closed(Option<String>),
    /// No answer in time. Whether the request was carried out is not known.
    #[error("the network does not answer")]
    Timeout,
    /// The server said something that is not the protocol.
    #[error("the network speaks nonsense: {0}")]
    Garbled(String),
    /// The server refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// What kind of trouble an [`Error`] is: it decides what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The account's secrets are not (or no longer) right: only its owner can help.
    Credentials,
    /// The network or the way to it: try again.
    Network,
    /// Too fast: try again after this long.
    RateLimit(Duration),
    /// This request was refused, and would be again.
    Request,
}

impl Error {
    /// How the server refused, if that is what happened.
    pub fn refused(&self) -> Option<Kind> {
        match self {
            Error::Refused(refusal) => Some(refusal.kind),
            _ => None,
        }
    }

    /// The kind of trouble.
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
