//! Operations of a plugin that says goodbye, which count.

use super::World;
use crate::session::Control;
use jid::BareJid;

impl World {
    async fn ask<T>(&self, question: impl FnOnce(tokio::sync::oneshot::Sender<T>) -> Control) -> T {
        let session = self.component.users.session(&BareJid::new("u@example.org").unwrap()).unwrap();
        session.ask(question).await.expect("an answer")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_in_a_goodbye_before_another_login_arrives() {
    let mut world = World::new().await;
    world.log_in().await;
    world.send("<iq xmlns='jabber:client' from='u@example.org/r' to='gw.example.org' id='reg' type='set'><query xmlns='jabber:iq:register'><username>again</username><password>p</password></query></iq>");
    let said = world.all_until(&["<status>again</status>"]).await;
    assert!(said.iter().any(|stanza| stanza.contains("<body>bye</body>")), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_in_a_goodbye_at_a_logout_arrives() {
    let mut world = World::new().await;
    world.log_in().await;
    world.ask(Control::Logout).await;
    world.until(&["<body>bye</body>"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_in_a_goodbye_is_there_at_the_next_login() {
    let mut world = World::new().await;
    world.register("keeper").await;
    world.until(&["<status>keeper: nothing</status>"]).await;
    world.ask(Control::Logout).await;
    world.ask(Control::Relogin).await.unwrap();
    world.until(&["<status>keeper: left</status>"]).await;
    // A user who gives other credentials has none of the old data.
    world.register("keeper").await;
    world.until(&["<status>keeper: nothing</status>"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn k6_who_leaves_is_answered_first_then_the_gateway_goes_and_ends_the_subscription() {
    let mut world = World::new().await;
    world.log_in().await;
    world.send("<iq xmlns='jabber:client' from='u@example.org/r' to='gw.example.org' id='rm' type='set'><query xmlns='jabber:iq:register'><remove/></query></iq>");
    let all = world.all_until(&["type='unsubscribed'", "from='gw.example.org'"]).await;
    let own: Vec<_> =
        all.iter().filter(|stanza| stanza.contains("from='gw.example.org' to='u@example.org")).collect();
    let places = ["id='rm'", "type='unavailable'", "type='unsubscribe'", "type='unsubscribed'"]
        .map(|part| own.iter().position(|stanza| stanza.contains(part)));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} in {all:?}");
}
