//! The writer of a session: it writes at once, or, while an operation of the plugin is carried out,
//! onto a sheet that is handed in together with the answer. So `Ok` stands for all that the
//! operation wrote, and for nothing else.

use crate::host::Share;
use crate::services;
use crate::store::Entry;
use crate::store::Journal;
use crate::store::StoreError;
use bytes::Bytes;
use plugin_api::Error;
use plugin_api::host::Reply;
use serde::Serialize;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use tokio::sync::oneshot;

/// Most changes and stanzas in one entry: a contact list of thousands must not hold up everybody
/// else for as long as it takes.
const MOST: usize = 256;

/// Writes that were collected while an operation is carried out.
#[derive(Default)]
pub(super) struct Batch {
    entry: Entry,
    /// Error of a part that was handed in already.
    refused: Arc<Mutex<Option<StoreError>>>,
}

/// Writer of a session, with the sheet of the operation that is carried out.
pub(super) struct EntryWriter {
    journal: Journal,
    sheet: Mutex<Option<Batch>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl EntryWriter {
    /// Makes a pen that writes to that journal.
    pub(super) fn new(journal: Journal) -> Self {
        EntryWriter { journal, sheet: Mutex::default() }
    }

    /// Writes an entry that nobody waits for, except perhaps the plugin.
    pub(super) fn note(&self, entry: Entry) {
        let mut sheet = lock(&self.sheet);
        let Some(sheet) = &mut *sheet else { return self.journal.note(entry) };
        sheet.entry.writes.extend(entry.writes);
        sheet.entry.stanzas.extend(entry.stanzas);
        if sheet.entry.writes.len() + sheet.entry.stanzas.len() >= MOST {
            let (full, refused) = (std::mem::take(&mut sheet.entry), sheet.refused.clone());
            self.journal.submit_then(full, move |done| {
                if let Err(error) = done {
                    lock(&refused).get_or_insert(error);
                }
            });
        }
    }

    /// Sends stanzas that need not survive an outage.
    pub(super) fn send(&self, stanzas: impl IntoIterator<Item = Bytes>) {
        let entry = services::passing(&self.journal, stanzas);
        if !entry.stanzas.is_empty() {
            self.note(entry);
        }
    }

    /// Begins a sheet, onto which everything is written from here on.
    pub(super) fn begin(&self) {
        lock(&self.sheet).get_or_insert_default();
    }

    /// Hands in the sheet, for whose writing nobody waits.
    pub(super) fn flush(&self) {
        let sheet = lock(&self.sheet).take();
        sheet.into_iter().for_each(|Batch { entry, .. }| self.journal.note(entry));
    }

    /// Hands in the sheet, and completes `done` once it is durable. If it is refused, `done` is
    /// dropped.
    pub(super) fn tell(&self, done: oneshot::Sender<()>) {
        let Batch { entry, refused } = lock(&self.sheet).take().unwrap_or_default();
        self.journal.submit_then(entry, move |committed| {
            if committed.is_ok() && lock(&refused).is_none() {
                // The requester may have gone in the meantime.
                let _ = done.send(());
            }
        });
    }

    /// Hands in the sheet, and answers once it is durable: with `Ok` only if all of it is.
    pub(super) fn answer<T: Serialize + Send + 'static>(
        &self,
        reply: Reply<T>,
        share: Share,
        done: Result<T, Error>,
    ) {
        let Batch { entry, refused } = lock(&self.sheet).take().unwrap_or_default();
        self.journal.submit_then(entry, move |committed| {
            let committed = match lock(&refused).take() {
                Some(error) => Err(error),
                None => committed,
            };
            reply.send(done.and_then(|value| committed.map_err(StoreError::for_plugin).map(|_| value)));
            drop(share);
        });
    }
}
