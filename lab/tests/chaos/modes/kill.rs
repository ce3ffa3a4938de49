//! slidged is killed (kill -9) and started again

use crate::ground::Ground;
use crate::length::{scale, users};
use crate::talk::talk_under;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_while_slidged_is_killed() {
    let world = Ground::with(users()).await;
    talk_under(world, scale(50, 250), scale(4, 50), async |world, _| {
        world.slidged.kill().await;
        world.slidged.resume().await;
    })
    .await;
}
