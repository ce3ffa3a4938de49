//! PostgreSQL is killed (kill -9) and started again

use std::time::Duration;

use lab::Postgres;
use tokio::time::sleep;

use crate::dice::Dice;
use crate::ground::Ground;
use crate::length::{scale, users};
use crate::report::RECOVERED;
use crate::trouble::again_and_again;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_while_postgresql_is_killed() {
    let mut postgres = Postgres::start().await;
    let mut ground = Ground::on(postgres.url().to_owned(), users()).await;
    let mut dice = Dice::new();
    let report = again_and_again("postgres_killed", &mut ground, async |_, _| {
        for _ in 0..scale(2, 3) {
            postgres.kill().await;
            postgres.resume().await;
            sleep(Duration::from_millis(dice.below(2_000) as u64)).await;
        }
    });
    report.await.must_hold(RECOVERED, Duration::ZERO);
}
