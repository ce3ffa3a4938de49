//! established connections to PostgreSQL are silent for good, and new ones work

use std::time::Duration;

use lab::{Postgres, Proxy};

use crate::ground::Ground;
use crate::length::users;
use crate::trouble::again_and_again;

/// Time limit of recovery. Nothing tells that a connection is dead: a statement's limit has to
/// pass, and the server has to give up the ghost that has the lock.
const RECOVERED: Duration = Duration::from_secs(45);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_to_postgresql_that_a_firewall_has_forgotten_are_given_up() {
    let postgres = Postgres::start().await;
    let path = Proxy::to(postgres.address()).await;
    let mut ground = Ground::on(postgres.url_by(path.address()), users()).await;
    let report = again_and_again("postgres_forgotten", &mut ground, async |_, _| path.half_open());
    report.await.must_hold(RECOVERED, Duration::from_secs(4));
}
