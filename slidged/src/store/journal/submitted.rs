//! Answers of the journal.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use crate::store::StoreError;

/// Outcome of a committed entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Whether its event was known already, so that nothing was done.
    pub duplicate: bool,
}

/// Callback for the outcome of an entry.
pub(super) type OnCommit = Box<dyn FnOnce(Result<Committed, StoreError>) + Send>;

/// Resolves when an entry is durable (`Ok`), or nothing of it was written (`Err`). That takes as
/// long as the database is failing.
///
/// One exception cannot be avoided: when the process ends before the fate of a `COMMIT` is known,
/// the result is an error, yet a committed entry is sent at the next start.
///
/// # Errors
/// A fault of the entry, [`StoreError::TooLate`] after its deadline, or the reason why nothing is
/// written any more.
#[derive(Debug)]
#[must_use = "an entry is durable only when this has resolved"]
pub struct Submitted(oneshot::Receiver<Result<Committed, StoreError>>);

impl Submitted {
    pub(super) fn new(answer: oneshot::Receiver<Result<Committed, StoreError>>) -> Submitted {
        Submitted(answer)
    }
}

impl Future for Submitted {
    type Output = Result<Committed, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or(Err(StoreError::Closed)))
    }
}
