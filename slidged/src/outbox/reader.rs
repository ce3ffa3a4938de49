//! Reader of outbox rows, beside the writes, which do not wait for the database.

use std::pin::Pin;
use std::time::Duration;

use crate::store::journal::Stored;
use crate::store::{Outbox, StoreError};

/// Pause after a failure of the database.
const RETRY: Duration = Duration::from_secs(1);

type Reading<'a> = Pin<Box<dyn Future<Output = Result<Vec<Stored>, StoreError>> + Send + 'a>>;

/// Reader of outbox rows.
pub(super) struct Reader<'a> {
    outbox: &'a Outbox,
    reading: Option<Reading<'a>>,
    /// Whether the database failed the last time.
    failed: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(outbox: &'a Outbox) -> Reader<'a> {
        Reader { outbox, reading: None, failed: false }
    }

    /// Starts to read the wanted rows, unless a read is under way.
    pub(super) fn begin(&mut self) {
        if self.reading.is_some() {
            return;
        }
        let wanted = self.outbox.feed().wanted();
        if !wanted.is_empty() {
            let (outbox, again) = (self.outbox, self.failed);
            self.reading = Some(Box::pin(async move {
                if again {
                    tokio::time::sleep(RETRY).await;
                }
                outbox.rows(&wanted).await
            }));
        }
    }

    /// Resolves when the rows that were being read are in the feed; never, if there are none.
    /// Cancel safe.
    pub(super) async fn finished(&mut self) {
        let Some(reading) = &mut self.reading else { return std::future::pending().await };
        let read = reading.await;
        self.reading = None;
        match read {
            Ok(rows) => {
                self.failed = false;
                let lost = self.outbox.feed().filled(rows);
                if lost.messages > 0 {
                    tracing::error!(messages = lost.messages, "stanzas are not in the outbox any more");
                }
            }
            Err(error) => {
                if !self.failed {
                    tracing::error!(%error, "cannot read the outbox, will try again");
                }
                self.failed = true;
                self.outbox.feed().unfilled();
            }
        }
    }
}
