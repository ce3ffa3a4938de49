//! Conditions of errors (RFC 6120).

use serde::{Deserialize, Serialize};
use std::fmt;

/// The defined conditions of stanza errors: RFC 6120, section 8.3.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Condition {
    /// The request was malformed.
    BadRequest,
    /// An entity of that name or address exists already.
    Conflict,
    /// The feature is not supported here.
    FeatureNotImplemented,
    /// The user lacks the permission.
    Forbidden,
    /// The thing that was asked for no longer exists at this address.
    Gone,
    /// A fault of ours.
    InternalServerError,
    /// The thing that was asked for does not exist.
    ItemNotFound,
    /// An address is not one.
    JidMalformed,
    /// Understood, but it does not meet what is required.
    NotAcceptable,
    /// The action is not allowed to anybody.
    NotAllowed,
    /// Credentials are missing or wrong.
    NotAuthorized,
    /// Too many, too large, too often.
    PolicyViolation,
    /// The recipient cannot be reached for now.
    RecipientUnavailable,
    /// The request is to be made elsewhere.
    Redirect,
    /// The action is only for those who are registered.
    RegistrationRequired,
    /// The network's server does not exist.
    RemoteServerNotFound,
    /// The network did not answer in time.
    RemoteServerTimeout,
    /// Too busy, or out of some resource.
    ResourceConstraint,
    /// The service is not offered, or not now.
    ServiceUnavailable,
    /// The action is only for those who subscribed.
    SubscriptionRequired,
    /// Understood, but out of order.
    UnexpectedRequest,
    /// None of the others, or one that this side does not know.
    #[default]
    #[serde(other)]
    UndefinedCondition,
}

impl Condition {
    /// All of them.
    pub const ALL: [Condition; 22] = [
        Condition::BadRequest,
        Condition::Conflict,
        Condition::FeatureNotImplemented,
        Condition::Forbidden,
        Condition::Gone,
        Condition::InternalServerError,
        Condition::ItemNotFound,
        Condition::JidMalformed,
        Condition::NotAcceptable,
        Condition::NotAllowed,
        Condition::NotAuthorized,
        Condition::PolicyViolation,
        Condition::RecipientUnavailable,
        Condition::Redirect,
        Condition::RegistrationRequired,
        Condition::RemoteServerNotFound,
        Condition::RemoteServerTimeout,
        Condition::ResourceConstraint,
        Condition::ServiceUnavailable,
        Condition::SubscriptionRequired,
        Condition::UndefinedCondition,
        Condition::UnexpectedRequest,
    ];

    /// The name of its element in `urn:ietf:params:xml:ns:xmpp-stanzas`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Condition::BadRequest => "bad-request",
            Condition::Conflict => "conflict",
            Condition::FeatureNotImplemented => "feature-not-implemented",
            Condition::Forbidden => "forbidden",
            Condition::Gone => "gone",
            Condition::InternalServerError => "internal-server-error",
            Condition::ItemNotFound => "item-not-found",
            Condition::JidMalformed => "jid-malformed",
            Condition::NotAcceptable => "not-acceptable",
            Condition::NotAllowed => "not-allowed",
            Condition::NotAuthorized => "not-authorized",
            Condition::PolicyViolation => "policy-violation",
            Condition::RecipientUnavailable => "recipient-unavailable",
            Condition::Redirect => "redirect",
            Condition::RegistrationRequired => "registration-required",
            Condition::RemoteServerNotFound => "remote-server-not-found",
            Condition::RemoteServerTimeout => "remote-server-timeout",
            Condition::ResourceConstraint => "resource-constraint",
            Condition::ServiceUnavailable => "service-unavailable",
            Condition::SubscriptionRequired => "subscription-required",
            Condition::UndefinedCondition => "undefined-condition",
            Condition::UnexpectedRequest => "unexpected-request",
        }
    }

    /// Sentence for a user when the error brings no text of its own.
    pub const fn sentence(self) -> &'static str {
        match self {
            Condition::BadRequest => "The gateway could not understand the request.",
            Condition::Conflict => "This conflicts with something that is already there.",
            Condition::FeatureNotImplemented => "This is not supported.",
            Condition::Forbidden => "You are not allowed to do this.",
            Condition::Gone => "This no longer exists.",
            Condition::InternalServerError => "Something went wrong in the gateway.",
            Condition::ItemNotFound => "This does not exist.",
            Condition::JidMalformed => "This is not a valid address.",
            Condition::NotAcceptable => "The network does not accept this.",
            Condition::NotAllowed => "This is not allowed.",
            Condition::NotAuthorized => "The network did not accept your credentials.",
            Condition::PolicyViolation => "The network refuses this for now.",
            Condition::RecipientUnavailable => "The recipient cannot be reached right now.",
            Condition::Redirect => "This is found elsewhere.",
            Condition::RegistrationRequired => "You have to register first.",
            Condition::RemoteServerNotFound => "The network could not be found.",
            Condition::RemoteServerTimeout => "The network did not answer in time.",
            Condition::ResourceConstraint => "The gateway is too busy right now. Try again later.",
            Condition::ServiceUnavailable => "This is not available right now.",
            Condition::SubscriptionRequired => "This needs a subscription first.",
            Condition::UndefinedCondition => "Something went wrong.",
            Condition::UnexpectedRequest => "The gateway did not expect this now.",
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc;

    #[test]
    fn all_cross_by_their_names_in_the_rfc() {
        for condition in Condition::ALL {
            let bytes = rpc::encode(&condition).unwrap();
            assert_eq!(rpc::decode::<String>(&bytes).unwrap(), condition.as_str());
            assert_eq!(rpc::decode::<Condition>(&bytes).unwrap(), condition);
        }
    }

    #[test]
    fn a_condition_that_is_newer_than_this_is_undefined() {
        let bytes = rpc::encode(&"teapot").unwrap();
        assert_eq!(rpc::decode::<Condition>(&bytes).unwrap(), Condition::UndefinedCondition);
    }
}
