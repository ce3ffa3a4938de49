//! the server restarts, the link is cut or goes silent

use crate::ground::Ground;
use crate::length::{scale, users};
use crate::talk::talk_under;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_while_prosody_restarts_and_the_link_is_cut() {
    let world = Ground::with(users()).await;
    talk_under(world, scale(50, 250), scale(4, 20), async |world, n| match n % 4 {
        1 => world.prosody.restart().await,
        3 => world.link.half_open(),
        _ => world.link.cut(),
    })
    .await;
}
