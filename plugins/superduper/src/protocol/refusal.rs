//! Refusals: the server's reasons for not doing what a request asked.

use serde::{Deserialize, Serialize};

use super::Millis;

/// Kind of refusal, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The request itself is wrong: a missing field, an empty id, an unknown word.
    BadRequest,
    /// A login is needed first, or the token is no longer valid.
    NotLoggedIn,
    /// The user is unknown or the password wrong.
    BadCredentials,
    /// The password is right and the account wants its second factor: log in again with `code`.
    CodeRequired,
    /// The second factor is wrong.
    BadCode,
    /// No such user, message, group, … exists, or none that the asker may know of.
    NotFound,
    /// The asker may not do this.
    Forbidden,
    /// The thing exists already, or the state does not allow the request.
    Conflict,
    /// The request is beyond a limit of `PROTOCOL.md`.
    TooLarge,
    /// Too many requests came: try again after `retry_after` milliseconds.
    Throttled,
    /// The server cannot do it at the moment.
    Unavailable,
    /// Any kind that this build does not know.
    #[serde(other)]
    Unknown,
}

/// Refusal of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{text}")]
pub struct Refusal {
    /// Kind of refusal, for programs.
    pub kind: Kind,
    /// Sentence for a person.
    pub text: String,
    /// Milliseconds to wait, with [`Kind::Throttled`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Millis>,
}

impl Refusal {
    /// Creates a refusal without a waiting time.
    pub fn new(kind: Kind, text: impl Into<String>) -> Refusal {
        Refusal { kind, text: text.into(), retry_after: None }
    }

    /// Creates a refusal that is over after some milliseconds.
    pub fn throttled(retry_after: Millis) -> Refusal {
        Refusal { kind: Kind::Throttled, text: "too fast".into(), retry_after: Some(retry_after) }
    }
}
