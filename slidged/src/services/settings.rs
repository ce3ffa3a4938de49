//! What of the configuration all sessions need.

use crate::{
    config,
    model::{backoff::Backoff, rate::Rate},
};
use std::time::Duration;

/// What of the configuration all sessions need.
#[derive(Debug, Clone)]
pub struct Settings {
    /// A login may take that long.
    pub login_timeout: Duration,
    /// Logins at the same time.
    pub login_parallelism: usize,
    /// A logout may take that long, and what is under way at the end.
    pub logout_timeout: Duration,
    /// An outage of the network that is shorter shows nothing of itself.
    pub outage_grace: Duration,
    /// Messages that a user may send.
    pub messages: Rate,
    /// Waiting times between logins that fail.
    pub retry: Backoff,
    /// Messages younger than that get no delay stamp.
    pub delay_threshold_ms: i64,
}

impl Settings {
    /// From the configuration.
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
