//! Rules of injected faults.

use crate::protocol::{Fault, FaultKind, Kind, Millis, Refusal, limits};

/// Rules that are in force.
#[derive(Debug, Default)]
pub(super) struct Faults {
    rules: Vec<Fault>,
}

/// Fault of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OnRequest {
    /// Cut the connection, and do not carry the request out.
    Drop,
    /// Carry the request out, and cut the connection instead of answering.
    LoseAnswer,
    /// Answer later.
    Delay(Millis),
    /// Refuse the request.
    Refuse(Refusal),
    /// Stop writing and reading for a while, then go on.
    Stall(Millis),
}

/// Fault of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnEvent {
    /// Cut the connection instead of sending the event.
    Drop,
    /// Wait before the event.
    Delay(Millis),
    /// Send the event twice.
    Duplicate,
    /// Send the event's successor first.
    Reorder,
    /// Send a broken line first.
    Garbage,
}

impl Faults {
    /// Adds a rule.
    ///
    /// # Errors
    /// When there are too many, or it makes no sense.
    pub(super) fn add(&mut self, rule: Fault) -> Result<(), Refusal> {
        if self.rules.len() >= limits::FAULTS {
            return Err(Refusal::new(Kind::TooLarge, "there are too many faults already"));
        }
        if rule.event.is_some() && rule.request.is_some() {
            return Err(Refusal::new(Kind::BadRequest, "a fault is about an event or a request, not both"));
        }
        self.rules.push(rule);
        Ok(())
    }

    /// Removes all rules.
    pub(super) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Tells whether there are no rules: the usual case, in which nobody has to look closer.
    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Returns the fault of a user's request.
    pub(super) fn on_request(&mut self, user: Option<&str>, request: &str) -> Option<OnRequest> {
        let rule = self.matching(user, |rule| {
            let named = rule.request.as_deref().is_some_and(|name| name == request);
            match rule.fault {
                FaultKind::Drop | FaultKind::Delay | FaultKind::Stall => named,
                FaultKind::LoseAnswer | FaultKind::Throttle => named || rule.request.is_none(),
                FaultKind::RefuseLogin => matches!(request, "login" | "login_token"),
                FaultKind::Duplicate | FaultKind::Reorder | FaultKind::Garbage => false,
            }
        })?;
        Some(match rule.fault {
            FaultKind::Drop => OnRequest::Drop,
            FaultKind::LoseAnswer => OnRequest::LoseAnswer,
            FaultKind::Delay => OnRequest::Delay(rule.ms),
            FaultKind::Stall => OnRequest::Stall(rule.ms),
            FaultKind::Throttle => OnRequest::Refuse(Refusal::throttled(rule.ms)),
            _ => OnRequest::Refuse(match rule.refusal.unwrap_or(Kind::BadCredentials) {
                Kind::Throttled => Refusal::throttled(rule.ms),
                kind => Refusal::new(kind, "refused on demand"),
            }),
        })
    }

    /// Returns the fault of an event on its way to a user.
    pub(super) fn on_event(&mut self, user: &str, event: &str) -> Option<OnEvent> {
        let rule = self.matching(Some(user), |rule| {
            let named = rule.event.as_deref().is_some_and(|name| name == event);
            match rule.fault {
                FaultKind::Drop | FaultKind::Stall => named,
                FaultKind::Delay | FaultKind::Duplicate | FaultKind::Reorder | FaultKind::Garbage => {
                    named || (rule.event.is_none() && rule.request.is_none())
                }
                FaultKind::LoseAnswer | FaultKind::RefuseLogin | FaultKind::Throttle => false,
            }
        })?;
        Some(match rule.fault {
            FaultKind::Drop => OnEvent::Drop,
            FaultKind::Duplicate => OnEvent::Duplicate,
            FaultKind::Reorder => OnEvent::Reorder,
            FaultKind::Garbage => OnEvent::Garbage,
            _ => OnEvent::Delay(rule.ms),
        })
    }

    /// Finds the first rule that fits and is due. Every rule that fits counts what it skips,
    /// whichever is due.
    fn matching(&mut self, user: Option<&str>, fits: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut due = None;
        for rule in &mut self.rules {
            let concerned = rule.user.is_none() || rule.user.as_deref() == user;
            if !concerned || !fits(rule) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
            } else if due.is_none() {
                rule.count = rule.count.saturating_sub(1);
                due = Some(rule.clone());
            }
        }
        self.rules.retain(|rule| rule.count > 0);
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_skips_then_counts_and_is_used_up() {
        let mut faults = Faults::default();
        let rule = Fault {
            fault: FaultKind::Duplicate,
            user: Some("a".into()),
            event: Some("message".into()),
            skip: 1,
            count: 2,
            ..Fault::default()
        };
        faults.add(rule).unwrap();
        assert_eq!(faults.on_event("b", "message"), None, "somebody else");
        assert_eq!(faults.on_event("a", "typing"), None, "something else");
        let seen: Vec<_> = (0..4).map(|_| faults.on_event("a", "message")).collect();
        assert_eq!(seen, [None, Some(OnEvent::Duplicate), Some(OnEvent::Duplicate), None]);
        assert!(faults.is_empty());
    }

    #[test]
    fn a_login_is_refused_as_the_rule_says() {
        let mut faults = Faults::default();
        let rule =
            Fault { fault: FaultKind::RefuseLogin, refusal: Some(Kind::Unavailable), ..Fault::default() };
        faults.add(rule).unwrap();
        assert_eq!(faults.on_request(Some("a"), "send"), None);
        let Some(OnRequest::Refuse(refusal)) = faults.on_request(Some("a"), "login") else {
            panic!("not refused")
        };
        assert_eq!(refusal.kind, Kind::Unavailable);
    }
}
