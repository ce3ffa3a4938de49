//! One trouble after the other, under load.

use std::time::Duration;

use tokio::time::sleep;

use crate::ground::Ground;
use crate::length::{Rounds, minutes};
use crate::load::Load;
use crate::report::{RECOVERED, Report};

/// Before the first trouble, and between two: everybody talks.
const CALM: Duration = Duration::from_secs(3);
/// Time to wait for a recovery. A longer one is a fault, and reported as one.
const PATIENCE: Duration = Duration::from_secs(60);

/// Makes trouble again and again while people talk: `trouble` makes it and ends it, and gets the
/// number of the round.
pub(crate) async fn again_and_again(
    mode: &'static str,
    ground: &mut Ground,
    mut trouble: impl AsyncFnMut(&mut Ground, usize),
) -> Report {
    let mut load = Load::start(ground).await;
    let mut rounds = Rounds::start();
    while let Some(round) = rounds.next() {
        sleep(CALM).await;
        trouble(ground, round).await;
        load.recovers(PATIENCE).await;
    }
    load.end(mode, ground).await
}

/// Trouble that lasts: shortly in the short form; in the long one three times some seconds, and
/// then for all the minutes.
pub(crate) async fn lasting(
    mode: &'static str,
    ground: &mut Ground,
    short: Duration,
    mut begin: impl AsyncFnMut(&mut Ground),
    mut end: impl AsyncFnMut(&mut Ground),
) {
    let mut load = Load::start(ground).await;
    let long = minutes().map(|m| Duration::from_secs(60 * m));
    let times = match long {
        None => vec![short],
        Some(long) => [2, 7, 15].map(Duration::from_secs).into_iter().chain([long]).collect(),
    };
    for time in times {
        sleep(CALM).await;
        begin(ground).await;
        sleep(time).await;
        end(ground).await;
        load.recovers(PATIENCE).await;
    }
    load.end(mode, ground).await.must_hold(RECOVERED, short / 2);
}
