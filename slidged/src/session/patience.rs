//! Patient reading from a database that is unwell: again and again, with one line in the log when
//! that begins and one when it ends.

use crate::store::StoreError;
use std::time::Duration;
use tokio::time::Instant;
use tokio::time::sleep;
use tokio::time::timeout;

/// Longest time that somebody waits for a reading, who is answered with an error then.
pub(super) const ANSWER: Duration = Duration::from_secs(10);
/// Wait after the first failure, doubled with each further one.
const FIRST: Duration = Duration::from_millis(50);
/// Longest wait between two attempts.
const LONGEST: Duration = Duration::from_secs(2);

/// Reads until it succeeds. Cancel safe.
pub(super) async fn read<T, F: Future<Output = Result<T, StoreError>>>(mut read: impl FnMut() -> F) -> T {
    let (began, mut wait) = (Instant::now(), FIRST);
    loop {
        match read().await {
            Ok(found) => {
                if wait > FIRST {
                    tracing::info!(after = ?began.elapsed(), "the database can be read again");
                }
                return found;
            }
            Err(error) if wait == FIRST => {
                tracing::error!(%error, "the database cannot be read: trying again until it can");
            }
            Err(_) => {}
        }
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST);
    }
}

/// Reads until it succeeds, or that time is over: then none.
pub(super) async fn within<T, F: Future<Output = Result<T, StoreError>>>(
    limit: Duration,
    once: impl FnMut() -> F,
) -> Option<T> {
    timeout(limit, read(once)).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_read_is_tried_again_until_it_can_but_not_all_the_time() {
        let (began, mut tries) = (Instant::now(), 0);
        let found = read(|| {
            tries += 1;
            let early = began.elapsed() < Duration::from_secs(60);
            std::future::ready(if early { Err(StoreError::Closed) } else { Ok(7) })
        });
        assert_eq!(found.await, 7);
        assert!((30..45).contains(&tries) && began.elapsed() <= Duration::from_secs(62), "{tries}");
        let never = within(ANSWER, || std::future::ready(Err::<(), _>(StoreError::Closed)));
        assert_eq!(never.await, None);
    }
}
