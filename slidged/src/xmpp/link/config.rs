//! Configuration of a link.

use std::{fmt, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use secrecy::SecretString;

use super::Endpoint;
use crate::xmpp::stream::Limits;

/// Time limits of a connection's phases.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Time until connected and accepted, name resolution included. A server that takes longer is
    /// not well.
    pub establish: Duration,
    /// Silence from the server after which we ask for an echo. Short enough to notice a dead link
    /// before people do.
    pub idle: Duration,
    /// Silence after that after which the connection is dead. Longer than a server's pause under
    /// load, because giving up means sending again.
    pub dead: Duration,
    /// The first delay after a failure; doubles with every further one.
    pub first_delay: Duration,
    /// The longest delay.
    pub longest_delay: Duration,
    /// Delay after the server refused our secret or does not know us: only an administrator can
    /// change that.
    pub refused_delay: Duration,
    /// The longest delay for the first attempts after a connection that worked: short, because the
    /// server is there or will be.
    pub longest_again: Duration,
    /// A connection that lived this long counts as a success, after which the first retry comes at
    /// once.
    pub stable: Duration,
    /// The time that [`LinkTask::stop`](super::LinkTask::stop) may take to flush and to say
    /// good-bye. The daemon as a whole has ten seconds.
    pub stop: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            establish: Duration::from_secs(15),
            idle: Duration::from_secs(30),
            dead: Duration::from_secs(30),
            first_delay: Duration::from_millis(500),
            longest_delay: Duration::from_secs(60),
            refused_delay: Duration::from_secs(60),
            longest_again: Duration::from_secs(2),
            stable: Duration::from_secs(10),
            stop: Duration::from_secs(3),
        }
    }
}

/// Condition for another attempt after the server said `conflict`: its future resolves when the
/// name is known to be ours.
#[derive(Clone)]
pub struct AfterConflict(Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>);

impl AfterConflict {
    /// A condition that is asked anew after each conflict. The future may be dropped at any time.
    pub fn new<F>(ask: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        AfterConflict(Arc::new(move || Box::pin(ask())))
    }

    pub(super) async fn met(&self) {
        (self.0)().await;
    }
}

impl Default for AfterConflict {
    /// No condition.
    fn default() -> Self {
        AfterConflict::new(|| std::future::ready(()))
    }
}

impl fmt::Debug for AfterConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AfterConflict")
    }
}

/// Configuration of a link.
#[derive(Debug, Clone)]
pub struct LinkConfig {
    /// The component's domain.
    pub jid: String,
    /// Secret or password of the component in the server's configuration.
    pub secret: SecretString,
    /// Address at which the server listens for components.
    pub endpoint: Endpoint,
    /// Address that echoes are asked of, for barriers and in silence; the component's own domain by
    /// default. The server sends back to us what we address there, which needs neither a module nor
    /// the knowledge of a domain that is surely served there.
    pub ping_to: String,
    /// Limits on what the server may send.
    pub limits: Limits,
    /// Time limits.
    pub timing: Timing,
    /// Condition for another attempt after a conflict, so that of two processes only one goes on.
    pub after_conflict: AfterConflict,
}

impl LinkConfig {
    /// A link with defaults for everything else.
    #[must_use]
    pub fn new(jid: impl Into<String>, secret: SecretString, endpoint: Endpoint) -> Self {
        let jid = jid.into();
        LinkConfig {
            ping_to: jid.clone(),
            jid,
            secret,
            endpoint,
            limits: Limits::default(),
            timing: Timing::default(),
            after_conflict: AfterConflict::default(),
        }
    }
}
