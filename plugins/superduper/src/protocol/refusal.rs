//! Why the server did not do what a request asked.

use serde::{Deserialize, Serialize};

use super::Millis;

/// What kind of refusal, for a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The request itself is wrong: a missing field, an empty id, an unknown word.
    BadRequest,
    /// This needs a login first, or the token is no longer valid.
    NotLoggedIn,
    /// Unknown user or wrong password.
    BadCredentials,
    /// The password is right and the account wants its second factor: log in again with `code`.
    CodeRequired,
    /// The second factor is wrong.
    BadCode,
    /// No such user, message, group, …, or none that the asker may know of.
    NotFound,
    /// The asker may not do this.
    Forbidden,
    /// It exists already, or the state does not allow it.
    Conflict,
    /// Beyond a limit of `PROTOCOL.md`.
    TooLarge,
    /// Too fast: come back after `retry_after` milliseconds.
    Throttled,
    /// The server cannot at the moment.
    Unavailable,
    /// A kind that this build does not know.
    #[serde(other)]
    Unknown,
}

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{text}")]
pub struct Refusal {
    /// The kind, for a program.
    pub kind: Kind,
    /// One sentence for a person.
    pub text: String,
    /// With [`Kind::Throttled`]: milliseconds to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Millis>,
}

impl Refusal {
    /// A refusal without a waiting time.
    pub fn new(kind: Kind, text: impl Into<String>) -> Refusal {
        Refusal { kind, text: text.into(), retry_after: None }
    }

    /// A refusal that ends after some milliseconds.
    pub fn throttled(retry_after: Millis) -> Refusal {
        Refusal { kind: Kind::Throttled, text: "too fast".into(), retry_after: Some(retry_after) }
    }
}
