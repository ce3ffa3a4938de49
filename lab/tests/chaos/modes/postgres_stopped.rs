//! PostgreSQL is stopped for as long as the test lasts

use std::time::Duration;

use lab::Postgres;

use crate::ground::Ground;
use crate::length::users;
use crate::trouble::lasting;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nobody_waits_while_postgresql_is_stopped() {
    let postgres = Postgres::start().await;
    let mut ground = Ground::on(postgres.url().to_owned(), users()).await;
    let postgres = tokio::sync::Mutex::new(postgres);
    // Long enough for those who wait to be told.
    let short = Duration::from_secs(13);
    lasting(
        "postgres_stopped",
        &mut ground,
        short,
        async |_| postgres.lock().await.stop().await,
        async |_| postgres.lock().await.resume().await,
    )
    .await;
}
