//! Answers to a plugin: `Ok` stands for what its operation wrote.

use super::World;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn contacts_that_cannot_be_kept_are_not_ok_wherever_they_are_in_the_list() {
    let mut world = World::new().await;
    world.log_in().await;
    for (count, bad, answer) in [
        (1, 0, "refused"),
        (1, 1, "taken"),
        (1000, 0, "refused"),
        (1000, 999, "refused"),
        (1000, 1000, "taken"),
    ] {
        world.say("m1", &format!("contacts {count} {bad}"));
        world.until(&[&format!("<body>{answer}</body>")]).await;
    }
    // All operations that were accepted are stored.
    let user = world.store.users().all().await.unwrap()[0].id;
    let kept = world.store.contacts(user).all().await.unwrap();
    assert!(kept.len() > 1000, "{}", kept.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_an_operation_comes_in_the_order_of_all_others() {
    let mut world = World::new().await;
    world.log_in().await;
    world.say("m1", "gateway message");
    let said =
        tokio::time::timeout(Duration::from_secs(20), world.all_until(&["<body>told</body>"])).await.unwrap();
    assert!(said.iter().any(|stanza| stanza.contains("<body>from the gateway</body>")), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_hears_so_when_it_is_written() {
    let mut world = World::new().await;
    world.log_in().await;
    let mut raw = world.raw().await;
    // The database takes no writes meanwhile.
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut raw).await.unwrap();
    world.send("<iq xmlns='jabber:client' from='u@example.org/r' to='gw.example.org' id='rm' type='set'><query xmlns='jabber:iq:register'><remove/></query></iq>");
    let early = tokio::time::timeout(Duration::from_millis(500), world.until(&["id='rm'"])).await;
    assert!(early.is_err(), "{}", early.unwrap());
    sqlx::raw_sql("ROLLBACK").execute(&mut raw).await.unwrap();
    world.until(&["id='rm'", "type='result'"]).await;
    assert!(world.store.users().all().await.unwrap().is_empty());
}
