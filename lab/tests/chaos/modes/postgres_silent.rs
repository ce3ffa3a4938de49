//! the path to PostgreSQL is silent for 90 seconds, and then alive again

use std::time::Duration;

use lab::{Postgres, Proxy};
use tokio::time::sleep;

use crate::ground::Ground;
use crate::length::{scale, users};
use crate::report::RECOVERED;
use crate::trouble::again_and_again;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nobody_waits_while_the_path_to_postgresql_is_silent() {
    let postgres = Postgres::start().await;
    let path = Proxy::to(postgres.address()).await;
    let mut ground = Ground::on(postgres.url_by(path.address()), users()).await;
    let report = again_and_again("postgres_silent", &mut ground, async |_, _| {
        path.stall();
        sleep(Duration::from_secs(scale(6, 90))).await;
        path.restore();
    });
    report.await.must_hold(RECOVERED, Duration::from_secs(4));
}
