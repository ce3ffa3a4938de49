//! The only error that crosses the boundary.

mod class;
mod condition;

pub use class::Class;
pub use condition::Condition;

use crate::types::Data;
use serde::{Deserialize, Serialize};
use std::{any::Any, fmt, time::Duration};

/// Answer of every operation of the interface.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An XMPP stanza error (RFC 6120, section 8.3), with what the daemon needs to act on it.
///
/// It has two audiences. [`text`](Error::text) is shown to the user; [`detail`](Error::detail) only
/// goes to the daemon's log. Whatever implements [`std::error::Error`] converts with `?` into an
/// `internal-server-error` whose words are all in the detail, so that no internals ever reach a
/// user by accident. (For the sake of that conversion this type does not implement the trait
/// itself.)
///
/// ```
/// use plugin_api::{Class, Condition, Error};
///
/// fn parse(age: &str) -> Result<u8, Error> {
///     Ok(age.parse::<u8>()?)
/// }
/// let error = parse("old").unwrap_err();
/// assert_eq!(error.user_text(), "Something went wrong in the gateway.");
/// assert!(error.detail.unwrap().contains("invalid digit"));
///
/// let error = Error::credentials("Wrong password.");
/// assert_eq!((error.condition, error.class), (Condition::NotAuthorized, Some(Class::Credentials)));
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Error {
    /// Kind of error that the user's client sees.
    #[serde(default)]
    pub condition: Condition,
    /// Text for the user, in whole sentences; without it, a general one for the condition is shown.
    #[serde(default)]
    pub text: Option<String>,
    /// Detail for the log only.
    #[serde(default)]
    pub detail: Option<String>,
    /// The callee panicked: its state is suspect, so the session is closed and started anew.
    #[serde(default)]
    pub panicked: bool,
    /// Class of a failed login, which decides when it is tried again. Means nothing elsewhere.
    #[serde(default)]
    pub class: Option<Class>,
    /// Data of a [complete](Error::two_factor_not_required) registration, which is not an error at
    /// all: this is what is kept of it. Only [`Gateway::validate`](crate::Gateway::validate)
    /// answers so. Never logged.
    #[serde(default)]
    pub complete: Option<Data>,
}

impl Error {
    /// An error with a text for the user.
    pub fn new(condition: Condition, text: impl Into<String>) -> Self {
        Error { text: Some(text.into()), ..Self::from(condition) }
    }

    /// An `internal-server-error` that says why in the log only.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::from(Condition::InternalServerError).with_detail(detail)
    }

    /// The answer to an operation that the callee does not have.
    pub fn unsupported(operation: &str) -> Self {
        Self::from(Condition::FeatureNotImplemented).with_detail(format!("{operation} is not supported"))
    }

    /// A login that cannot succeed until the user does something; it is not repeated.
    pub fn credentials(text: impl Into<String>) -> Self {
        Self::new(Condition::NotAuthorized, text).with_class(Class::Credentials)
    }

    /// The network cannot be reached; a login is tried again soon.
    pub fn network(detail: impl Into<String>) -> Self {
        Self::from(Condition::RemoteServerTimeout).with_detail(detail).with_class(Class::Network)
    }

    /// The network asks us to slow down, for this long if it said so.
    pub fn rate_limit(retry_after: Option<Duration>) -> Self {
        Self::from(Condition::PolicyViolation).with_class(Class::RateLimit { retry_after })
    }

    /// TwoFactorNotRequired: what [`Gateway::validate`](crate::Gateway::validate) answers instead
    /// of `Ok` when a flow of kind [`TwoFactorCode`](crate::RegistrationType::TwoFactorCode) is
    /// over without a code. `data` is kept as the user's data, and the daemon goes on as if the
    /// right code had been given.
    ///
    /// ```
    /// # use plugin_api::{Data, Error, Result};
    /// # struct Account { token: Option<String> }
    /// fn after_password(account: Account) -> Result<Option<Data>> {
    ///     match account.token {
    ///         // Some accounts have no second factor: the network has let them in.
    ///         Some(token) => Err(Error::two_factor_not_required(Data::from([("token".into(), token)]))),
    ///         None => Ok(Some(Data::new())),
    ///     }
    /// }
    /// ```
    pub fn two_factor_not_required(data: Data) -> Self {
        // A daemon that is older than this sees an error, and says so.
        let text = "This account needs no code: choose the way to register that asks for none.";
        Error { complete: Some(data), ..Self::new(Condition::UnexpectedRequest, text) }
    }

    /// Replaces the text for the user.
    #[must_use]
    pub fn with_text(self, text: impl Into<String>) -> Self {
        Error { text: Some(text.into()), ..self }
    }

    /// Replaces the detail for the log.
    #[must_use]
    pub fn with_detail(self, detail: impl Into<String>) -> Self {
        Error { detail: Some(detail.into()), ..self }
    }

    /// Replaces the condition.
    #[must_use]
    pub fn with_condition(self, condition: Condition) -> Self {
        Error { condition, ..self }
    }

    /// Makes the error the reason of a failed login, of this class.
    #[must_use]
    pub fn with_class(self, class: Class) -> Self {
        Error { class: Some(class), ..self }
    }

    /// Text that the user may see: [`text`](Self::text), or a general sentence for the condition.
    pub fn user_text(&self) -> &str {
        match self.text.as_deref() {
            Some(text) if !text.is_empty() => text,
            _ => self.condition.sentence(),
        }
    }

    /// Whether the callee just does not have that operation.
    pub fn is_unsupported(&self) -> bool {
        self.condition == Condition::FeatureNotImplemented
    }

    pub(crate) fn panicked(payload: Box<dyn Any + Send>) -> Self {
        let text = match payload.downcast::<&'static str>() {
            Ok(text) => (*text).to_owned(),
            Err(payload) => match payload.downcast::<String>() {
                Ok(text) => *text,
                Err(payload) => {
                    // Its destructor may panic in turn, with nobody left to catch that.
                    std::mem::forget(payload);
                    "a value of unknown type".to_owned()
                }
            },
        };
        Error { panicked: true, ..Self::internal(format!("panicked: {text}")) }
    }
}

impl From<Condition> for Error {
    fn from(condition: Condition) -> Self {
        Error { condition, text: None, detail: None, panicked: false, class: None, complete: None }
    }
}

/// Keeps the texts of an error and of all its sources in [`detail`](Error::detail).
impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        let mut detail = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            // Many libraries repeat their source's text in their own.
            if !detail.ends_with(&text) {
                detail.push_str(": ");
                detail.push_str(&text);
            }
            source = cause.source();
        }
        Self::internal(detail)
    }
}

/// Formats the error without the data of a complete registration: credentials do not belong into
/// logs.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("condition", &self.condition)
            .field("text", &self.text)
            .field("detail", &self.detail)
            .field("panicked", &self.panicked)
            .field("class", &self.class)
            .field("complete", &self.complete.is_some())
            .finish()
    }
}

/// Formats the error for logs; users see [`Error::user_text`].
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.condition.as_str())?;
        for text in [&self.text, &self.detail].into_iter().flatten() {
            write!(f, ": {text}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn what_comes_from_a_library_stays_in_the_log() {
        let error: Error = io::Error::other("token 1234 refused by 10.0.0.7").into();
        assert_eq!(error.text, None);
        assert!(!error.user_text().contains("1234"));
        assert_eq!(error.to_string(), "internal-server-error: token 1234 refused by 10.0.0.7");
    }

    #[test]
    fn the_data_of_a_complete_registration_crosses_and_is_not_logged() {
        let data = Data::from([("password".to_owned(), "s3cret".to_owned())]);
        let error = Error::two_factor_not_required(data.clone());
        assert!(!format!("{error:?} {error}").contains("s3cret"));
        let crossed: Error = crate::rpc::decode(&crate::rpc::encode(&error).unwrap()).unwrap();
        assert_eq!(crossed.complete, Some(data));
    }

    #[test]
    fn sources_are_named_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot start")]
        struct Outer(#[source] io::Error);
        let error: Error = Outer(io::Error::other("disk on fire")).into();
        assert_eq!(error.detail.as_deref(), Some("cannot start: disk on fire"));
    }
}
