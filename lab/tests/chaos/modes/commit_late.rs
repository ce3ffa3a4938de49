//! a COMMIT waits for a standby, its connection is cut, and it is done seconds later

use std::time::Duration;

use lab::{Postgres, Proxy};
use tokio::time::sleep;

use crate::ground::Ground;
use crate::length::users;
use crate::report::RECOVERED;
use crate::trouble::again_and_again;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_committed_behind_a_broken_connection_is_neither_lost_nor_doubled() {
    let mut postgres = Postgres::start().await;
    let path = Proxy::to(postgres.address()).await;
    let mut ground = Ground::on(postgres.url_by(path.address()), users()).await;
    let report = again_and_again("commit_late", &mut ground, async |_, _| {
        postgres.set("synchronous_standby_names", "nobody");
        // The next that commits may not have heard of it yet; the one behind it has.
        sleep(Duration::from_millis(200)).await;
        path.cut();
        sleep(Duration::from_secs(4)).await;
        postgres.set("synchronous_standby_names", "");
    });
    report.await.must_hold(RECOVERED, Duration::from_secs(2));
}
