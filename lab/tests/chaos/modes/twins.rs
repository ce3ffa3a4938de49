//! two slidged on one PostgreSQL, of which the first loses its connection for 4 seconds

use std::time::Duration;

use lab::{Postgres, Proxy, Server, Slidged, SlidgedOptions};
use tokio::time::sleep;

use crate::ground::Ground;
use crate::length::{Rounds, users};
use crate::load::Load;

/// Time that the first process is without its database.
const AWAY: Duration = Duration::from_secs(4);
/// A second in which neither has the link: what the server wrote into it then is gone (XEP-0114).
const GAP: Duration = Duration::from_secs(1);

/// Tries until it is the one; service managers do that.
async fn become_the_one(slidged: &mut Slidged) -> usize {
    let mut tries = 0;
    loop {
        tries += 1;
        slidged.launch();
        match slidged.ready_or_ended().await {
            Ok(()) => return tries,
            Err(status) => assert!(!status.success(), "the second ended as if all were well"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_on_one_database_one_goes_on_and_the_other_ends() {
    let mut rounds = Rounds::start();
    while rounds.next().is_some() {
        let postgres = Postgres::start().await;
        let path = Proxy::to(postgres.address()).await;
        let mut ground = Ground::on(postgres.url_by(path.address()), users()).await;
        let options = SlidgedOptions {
            server: Some(ground.prosody.site().component),
            plugin_options: ground.network.plugin_options(),
            database: Some(postgres.url().to_owned()),
            key: Some(ground.slidged.state().join("secret.key")),
            ..SlidgedOptions::default()
        };
        let mut second = Slidged::prepare(ground.prosody.site(), "superduper", options);
        let mut load = Load::start(&ground).await;
        let trying = tokio::spawn(async move {
            let tries = become_the_one(&mut second).await;
            (second, tries)
        });
        sleep(Duration::from_secs(7)).await;
        assert!(!trying.is_finished(), "the second runs while the first has the database");
        path.down();
        sleep(AWAY).await;
        path.restore();
        let status = ground.slidged.process_mut().wait().await;
        assert!(!status.success(), "the first ended as if all were well");
        let said = ground.slidged.log().contains("in use by another slidged process");
        assert!(said, "the first does not say why it ended");
        let (mut second, tries) = trying.await.expect("the second is the one");
        println!("the second was ready at its try {tries}");
        load.recovers(Duration::from_secs(60)).await;
        second.process_mut().must_run();
        let report = load.end("twins", &ground).await;
        println!("{report}");
        report.nothing_is_lost_but_in_a_gap_of(GAP);
    }
}
