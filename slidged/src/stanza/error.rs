//! Errors to users when the plugin fails: the plugin's words where they are meant for users, and
//! never its insides (R4).

use crate::language::Language;
use crate::model::ids::error_id;
use crate::say;
use crate::xmpp::{Condition, ErrorType, StanzaError};
use plugin_api::{Class, Error};
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Time for which a repeated failure is one line in the log.
const WINDOW: Duration = Duration::from_secs(60);
/// Failures that get an id of their own in that time, as many as the log writes of a kind: others
/// get the last one.
const MOST: usize = 10;

static FAILURES: Mutex<Failures> = Mutex::new(Failures(VecDeque::new()));

/// Recent failures, each with its time and id.
struct Failures(VecDeque<(Instant, String, String)>);

impl Failures {
    /// The id of a failure, and whether it is a new one.
    fn id(&mut self, failure: &str, now: Instant) -> (String, bool) {
        while self.0.front().is_some_and(|(at, ..)| now >= *at + WINDOW) {
            self.0.pop_front();
        }
        let known = self.0.iter().find(|(_, known, _)| known == failure);
        let last = self.0.back().filter(|_| self.0.len() >= MOST);
        if let Some((.., id)) = known.or(last) {
            return (id.clone(), false);
        }
        let id = error_id();
        self.0.push_back((now, failure.to_owned(), id.clone()));
        (id, true)
    }
}

/// The stanza error for an error of the plugin. What must not be shown is logged under an id that
/// the user sees.
#[must_use]
pub fn stanza_error(language: Language, error: &Error) -> StanzaError {
    let answer = explained(language, error);
    // Whatever the condition is otherwise about.
    if matches!(error.class, Some(Class::RateLimit { .. })) {
        answer.of_type(ErrorType::Wait)
    } else {
        answer
    }
}

fn explained(language: Language, error: &Error) -> StanzaError {
    let condition = Condition::parse(error.condition.as_str()).unwrap_or(Condition::UndefinedCondition);
    let own = error.text.as_deref().filter(|text| !text.is_empty());
    let text = own.map_or_else(|| sentence(language, error.condition), str::to_owned);
    // The plugin's own words say it all, and what it does not have is no failure that anybody could
    // look up.
    if !error.panicked && (own.is_some() || error.detail.is_none() || error.is_unsupported()) {
        tracing::debug!(%error, "the plugin refused");
        return StanzaError::with_text(condition, text);
    }
    let (id, is_new) =
        FAILURES.lock().unwrap_or_else(PoisonError::into_inner).id(&error.to_string(), Instant::now());
    if is_new {
        tracing::warn!(id, %error, "the plugin failed");
    }
    StanzaError::with_text(condition, say!(language, "error-number", text = &text, id = &id))
}

/// The sentence for a condition that the plugin did not explain.
fn sentence(language: Language, condition: plugin_api::Condition) -> String {
    language.text(&format!("condition-{condition}"), &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_again_and_again_is_one_failure_and_the_log_is_not_filled_by_many() {
        let (mut failures, start) = (Failures(VecDeque::new()), Instant::now());
        let (first, is_new) = failures.id("the network is away", start);
        assert!(is_new);
        assert_eq!(failures.id("the network is away", start + WINDOW / 2), (first.clone(), false));
        let ids: Vec<_> = (0..1000).map(|n| failures.id(&n.to_string(), start)).collect();
        assert_eq!(ids.iter().filter(|(_, is_new)| *is_new).count(), MOST - 1);
        assert!(ids[500..].iter().all(|(id, _)| *id == ids[MOST - 2].0), "each leads to a line in the log");
        let (later, is_new) = failures.id("the network is away", start + WINDOW);
        assert!(is_new && later != first);
    }
}
