//! another process has the SQLite database locked for 30 seconds

use std::time::Duration;

use lab::process::Program;
use lab::{Process, TempDir};
use tokio::time::sleep;

use crate::ground::Ground;
use crate::length::{scale, users};
use crate::report::RECOVERED;
use crate::trouble::again_and_again;

/// Takes the lock that a careless backup takes, until the process ends.
async fn lock(ground: &Ground, scratch: &TempDir) -> Process {
    let log = scratch.path().join("sqlite3.log");
    drop(std::fs::remove_file(&log));
    let mut sqlite = Program::new("sqlite3")
        .args([
            "-cmd".as_ref(),
            ".timeout 30000".as_ref(),
            ground.slidged.state().join("slidged.sqlite").as_os_str(),
        ])
        .args(["BEGIN EXCLUSIVE", ".shell echo locked; exec sleep 600"])
        .dir(scratch.path())
        .start(&log);
    sqlite.says("locked").await;
    sqlite
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nobody_waits_while_sqlite_is_locked() {
    let mut ground = Ground::with(users()).await;
    let scratch = TempDir::new("sqlite3");
    let report = again_and_again("locked", &mut ground, async |ground, _| {
        let lock = lock(ground, &scratch).await;
        sleep(Duration::from_secs(scale(6, 30))).await;
        drop(lock);
    });
    report.await.must_hold(RECOVERED, Duration::from_secs(4));
}
