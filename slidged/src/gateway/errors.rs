//! What a user is told when the plugin fails: the plugin's words where they are meant for users, and never its insides (R4). And what the
//! plugin is told when the store fails.

use crate::{
    store::StoreError,
    xmpp::{Condition, ErrorType, StanzaError},
};
use plugin_api::{Class, Error};

/// The stanza error for an error of the plugin. What must not be shown is logged under an id that the user sees.
#[must_use]
pub fn stanza_error(error: &Error) -> StanzaError {
    let answer = explained(error);
    // Whatever the condition is otherwise about.
    if matches!(error.class, Some(Class::RateLimit { .. })) {
        answer.of_type(ErrorType::Wait)
    } else {
        answer
    }
}

fn explained(error: &Error) -> StanzaError {
    let condition = Condition::parse(error.condition.as_str()).unwrap_or(Condition::UndefinedCondition);
    let text = error.user_text();
    let explained = error.text.as_ref().is_some_and(|text| !text.is_empty());
    // The plugin's own words say it all, and what it does not have is no failure that anybody could look up.
    if !error.panicked && (explained || error.detail.is_none() || error.is_unsupported()) {
        tracing::debug!(%error, "the plugin refused");
        return StanzaError::with_text(condition, text);
    }
    let id = super::error_id();
    tracing::warn!(id, %error, "the plugin failed");
    StanzaError::with_text(condition, format!("{text} (Error {id}, which the administrator can look up.)"))
}

/// A result of the store for the plugin, which gets to know nothing of its insides.
///
/// # Errors
///
/// When the store failed.
pub fn stored<T>(result: Result<T, StoreError>) -> Result<T, Error> {
    result.map_err(|error| {
        if let StoreError::Invalid(why) = error {
            return Error::from(plugin_api::Condition::BadRequest).with_detail(why);
        }
        tracing::error!(%error, "the store failed");
        Error::new(
            plugin_api::Condition::ResourceConstraint,
            "The gateway cannot store anything at the moment.",
        )
    })
}
