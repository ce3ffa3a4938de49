//! the disk under SQLite is full for as long as the test lasts

use std::time::Duration;

use lab::Disk;

use crate::ground::{Ground, Options};
use crate::length::{scale, users};
use crate::trouble::lasting;

/// The small disk, in MiB: room for the database and its log of one round.
const SIZE: u32 = 48;
/// Limit of file sizes where a disk cannot be had. The database has outgrown it from the start, the
/// log is far from it.
const LIMIT: u64 = 96 << 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nobody_waits_while_the_disk_is_full() {
    let short = Duration::from_secs(5);
    let Some(disk) = Disk::mount(scale(SIZE, 4 * SIZE)) else {
        let options = Options { users: users(), limited_files: true, ..Options::default() };
        let mut ground = Ground::of(options).await;
        lasting(
            "disk (files limited)",
            &mut ground,
            short,
            async |ground| ground.slidged.limit_files(Some(LIMIT)).await,
            async |ground| ground.slidged.limit_files(None).await,
        )
        .await;
        return;
    };
    let options = Options { users: users(), state: Some(disk.path().join("state")), ..Options::default() };
    let mut ground = Ground::of(options).await;
    lasting("disk", &mut ground, short, async |_| disk.fill(), async |_| disk.free()).await;
}
