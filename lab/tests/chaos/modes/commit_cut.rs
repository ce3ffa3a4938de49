//! the connection to PostgreSQL is cut behind COMMIT, before its answer

use std::time::Duration;

use lab::{Postgres, Proxy};

use crate::ground::Ground;
use crate::length::users;
use crate::report::RECOVERED;
use crate::trouble::again_and_again;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_committed_without_an_answer_is_neither_lost_nor_doubled() {
    let postgres = Postgres::start().await;
    let path = Proxy::to(postgres.address()).await;
    let mut ground = Ground::on(postgres.url_by(path.address()), users()).await;
    let report = again_and_again("commit_cut", &mut ground, async |_, _| {
        for _ in 0..3 {
            path.cut_behind_commit();
            path.committed().await;
        }
    });
    report.await.must_hold(RECOVERED, Duration::ZERO);
}
