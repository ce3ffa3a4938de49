//! The tasks that everything depends on, watched in one place: a daemon that runs and delivers
//! nothing would be worse than none.

use crate::outbox::Pump;
use crate::services::Services;
use crate::store::{Health, Journal, StoreError};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// Watch over tasks that must not end, and over the database.
pub(crate) struct Vitals {
    journal: Journal,
    health: watch::Receiver<Health>,
    pump: Pump,
    clock: AbortOnDropHandle<()>,
}

/// End of something that must not end.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The database has failed for good.
    Database(StoreError),
    /// A task of ours has ended, which is a defect.
    Task(&'static str),
}

/// Change in the state of these.
pub(crate) enum News {
    /// One has ended: the daemon cannot go on.
    Ended(Ended),
    /// The database is not well any more, or is again.
    Database,
}

impl Vitals {
    /// Watches these.
    pub(crate) fn new(journal: Journal, pump: Pump, clock: AbortOnDropHandle<()>) -> Self {
        Vitals { health: journal.health(), journal, pump, clock }
    }

    /// Resolves when one of them has ended, or the database is not well any more, or is again.
    /// Cancel safe.
    pub(crate) async fn news(&mut self) -> News {
        tokio::select! {
            ended = self.journal.ended() => News::Ended(match ended {
                Err(error) => Ended::Database(error),
                Ok(()) => Ended::Task("the database's writer"),
            }),
            () = self.pump.ended() => News::Ended(Ended::Task("what delivers to the XMPP server")),
            _ = &mut self.clock => News::Ended(Ended::Task("the clock")),
            Ok(()) = self.health.changed() => News::Database,
        }
    }

    /// One line for the service manager.
    pub(crate) fn status(&mut self, services: &Services) -> String {
        match &*self.health.borrow_and_update() {
            Health::Well => format!("{}: {} users", services.address.domain(), services.index.count()),
            Health::Unwell(why) => format!("{}: the database is not well: {why}", services.address.domain()),
        }
    }

    /// Stops the pump, and the watching.
    pub(crate) async fn stop(self) {
        self.pump.stop().await;
    }
}
