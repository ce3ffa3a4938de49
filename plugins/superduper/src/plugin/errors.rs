//! Conversion of the network's errors into those of the plugin API: for the user, for the log, and
//! for the decision whether to retry.

use plugin_api::{Class, Condition, Error};

use crate::client;
use crate::protocol::Kind;

/// Text of the error for a group that does not exist.
pub(super) const NO_GROUP: &str = "There is no such group on superduper.";

/// Explains an error of the client, in words for the plugin's users.
pub(super) fn explain(error: client::Error) -> Error {
    let detail = error.to_string();
    let class = class(&error);
    let client::Error::Refused(refusal) = error else {
        return Error::network(detail).with_text("Superduper cannot be reached.");
    };
    let (condition, text) = match refusal.kind {
        Kind::BadCredentials => (Condition::NotAuthorized, "Unknown user or wrong password."),
        Kind::NotLoggedIn => {
            (Condition::NotAuthorized, "Superduper has logged this gateway out. Please register again.")
        }
        Kind::CodeRequired => {
            (Condition::NotAuthorized, "This account has a second factor: the code is needed as well.")
        }
        Kind::BadCode => (Condition::NotAuthorized, "This code is wrong."),
        Kind::NotFound => (Condition::ItemNotFound, "There is no such user or message on superduper."),
        Kind::Forbidden => (Condition::Forbidden, "Superduper does not allow this."),
        Kind::Conflict => (Condition::Conflict, "Superduper does not allow this now."),
        Kind::TooLarge => (
            Condition::PolicyViolation,
            "This is more than superduper takes, and was refused. A text may have 64 KiB, a file 256 MiB.",
        ),
        Kind::Throttled => (Condition::PolicyViolation, "Superduper asks to slow down."),
        Kind::Unavailable => (Condition::RemoteServerTimeout, "Superduper is out of order at the moment."),
        Kind::BadRequest | Kind::Unknown => (Condition::BadRequest, "Superduper did not understand this."),
    };
    let error = Error::new(condition, text).with_detail(detail);
    match class {
        Some(class) => error.with_class(class),
        None => error,
    }
}

/// Explains an error of a request in which only a group can be missing.
pub(super) fn explain_group(error: client::Error) -> Error {
    let error = explain(error);
    if error.condition == Condition::ItemNotFound { error.with_text(NO_GROUP) } else { error }
}

/// Returns the class of an error for a login; none if it concerns one request only.
pub(super) fn class(error: &client::Error) -> Option<Class> {
    match error.class() {
        client::Class::Credentials => Some(Class::Credentials),
        client::Class::Network => Some(Class::Network),
        client::Class::RateLimit(wait) => Some(Class::RateLimit { retry_after: Some(wait) }),
        client::Class::Request => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Refusal;

    #[test]
    fn every_error_has_its_class_and_shows_no_internals() {
        let io = client::Error::Io(std::io::ErrorKind::ConnectionRefused);
        let refused = |kind| client::Error::Refused(Refusal::new(kind, "INTERNAL"));
        for (error, class) in [
            (io, Some(Class::Network)),
            (refused(Kind::Unavailable), Some(Class::Network)),
            (refused(Kind::BadCredentials), Some(Class::Credentials)),
            (refused(Kind::CodeRequired), Some(Class::Credentials)),
            (refused(Kind::NotFound), None),
        ] {
            let explained = explain(error);
            assert_eq!(explained.class, class, "{explained}");
            assert!(!explained.user_text().contains("INTERNAL"));
        }
        let throttled = explain(client::Error::Refused(Refusal::throttled(1_500)));
        assert_eq!(
            throttled.class,
            Some(Class::RateLimit { retry_after: Some(std::time::Duration::from_millis(1_500)) })
        );
    }
}
