//! Settings of the configuration that all sessions need.

use crate::{
    config,
    model::{backoff::Backoff, rate::Rate},
};
use std::time::Duration;

/// Settings of the configuration that all sessions need.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Longest duration of a login.
    pub login_timeout: Duration,
    /// Logins at the same time.
    pub login_parallelism: usize,
    /// Longest duration of a logout, and of what is under way at that time.
    pub logout_timeout: Duration,
    /// Longest outage of the network that users do not get to see.
    pub outage_grace: Duration,
    /// Rate limit of the messages that a user sends.
    pub messages: Rate,
    /// Waiting times between logins that fail.
    pub retry: Backoff,
    /// Age from which messages get a delay stamp (XEP-0203), in milliseconds.
    pub delay_threshold_ms: i64,
}

impl Settings {
    /// Takes the settings from the configuration.
    #[must_use]
    pub fn new(session: &config::Session, delivery: &config::Delivery, limits: &config::Limits) -> Self {
        Settings {
            login_timeout: session.login_timeout.into(),
            login_parallelism: session.login_parallelism.try_into().unwrap_or(usize::MAX),
            logout_timeout: session.logout_timeout.into(),
            outage_grace: session.outage_grace.into(),
            messages: Rate { burst: limits.messages_burst, per_second: limits.messages_per_second },
            retry: Backoff { first: session.retry_min.into(), longest: session.retry_max.into() },
            delay_threshold_ms: Duration::from(delivery.delay_threshold)
                .as_millis()
                .try_into()
                .unwrap_or(i64::MAX),
        }
    }
}
