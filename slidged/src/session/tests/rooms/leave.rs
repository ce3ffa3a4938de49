//! Leaving rooms: by clients, and by their errors, restarts and the network.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn k92_k108_r8_who_leaves_or_is_gone_is_out() {
    let mut world = tea().await;
    assert!(world.iq(&format!("{TEA}/me"), "r", PING).await.contains("type='result'"));
    let out = world.iq(&format!("{TEA}/me"), "other", PING).await;
    assert!(out.contains("type='error'") && out.contains("<not-acceptable"), "{out}");
    assert!(out.contains(&format!("<error type='cancel' by='{TEA}'>")), "{out}");
    world.joined(TEA, "other", "me").await;
    // An error that says nothing about the client being there changes nothing.
    for (condition, inside) in [("policy-violation", "result"), ("service-unavailable", "error")] {
        world.send(&format!(
            "<message xmlns='jabber:client' from='u@example.org/other' to='{TEA}/Ada' type='error'><error type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
        ));
        let answer = world.iq(&format!("{TEA}/me"), "other", PING).await;
        assert!(answer.contains(&format!("type='{inside}'")), "{condition}: {answer}");
    }
    world.send(&format!(
        "<presence xmlns='jabber:client' from='u@example.org/r' to='{TEA}/me' type='unavailable'/>"
    ));
    let out = world.until(&["type='unavailable'", "code='110'"]).await;
    assert!(out.contains("to='u@example.org/r'"), "{out}");
    assert!(world.iq(&format!("{TEA}/me"), "r", PING).await.contains("<not-acceptable"));
}

#[tokio::test(flavor = "multi_thread")]
async fn r7_after_a_restart_clients_are_told_to_come_in_again() {
    let mut world = tea().await;
    world.component.services.privileges.connected(2);
    world.component.users.link_up(2).await;
    let out = world.until(&["type='unavailable'", TEA]).await;
    assert!(
        out.contains("code='333'") && out.contains("code='110'") && out.contains("to='u@example.org/r'"),
        "{out}"
    );
    world.joined(TEA, "r", "me").await;
    let user = world.store.users().all().await.unwrap()[0].id;
    world.store.journal().commit(crate::store::Entry::default()).await.unwrap();
    let kept = world.store.rooms(user).all().await.unwrap();
    assert_eq!((kept.len(), &*kept[0].joined), (1, r#"["r"]"#));
    assert!(kept[0].info.contains(r#""at":"me""#), "{}", kept[0].info);
    world.component.stop().await;
    let out = world.until(&["type='unavailable'", TEA]).await;
    assert!(out.contains("code='332'"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_clients_are_told_what_brings_them_back_and_after_a_stop_nothing_more() {
    let mut world = tea().await;
    // The next session finds the same state as the next process would.
    world.act(|_| panic!("as asked"));
    for code in ["333", "332"] {
        let out = world.until(&["type='unavailable'", TEA]).await;
        assert!(out.contains(&format!("<status code='{code}'/><status code='110'/>")), "{out}");
    }
    world.joined(TEA, "r", "me").await;
    world.component.stop().await;
    let out = world.until(&["type='unavailable'", TEA]).await;
    assert!(out.contains("code='332'"), "{out}");
    // No client is left to be told at the next start.
    let user = world.store.users().all().await.unwrap()[0].id;
    world.store.journal().commit(crate::store::Entry::default()).await.unwrap();
    assert_eq!(&*world.store.rooms(user).all().await.unwrap()[0].joined, "[]");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_stays_a_member_and_who_leaves_the_gateway_is_none_any_more() {
    let mut world = tea().await;
    world.joined(TEA, "other", "me").await;
    world.send(&format!(
        "<presence xmlns='jabber:client' from='u@example.org/r' to='{TEA}/me' type='unavailable'/>"
    ));
    let out = world.until(&["type='unavailable'", "code='110'"]).await;
    assert!(out.contains("affiliation='member' role='none'"), "{out}");
    world.send("<iq xmlns='jabber:client' from='u@example.org/r' to='gw.example.org' id='rm' type='set'><query xmlns='jabber:iq:register'><remove/></query></iq>");
    let out = world.until(&["type='unavailable'", "code='110'"]).await;
    assert!(out.contains("to='u@example.org/other'") && out.contains("code='321'"), "{out}");
    assert!(out.contains("affiliation='none' role='none'") && !out.contains("332"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_the_gateway_keeps_no_bookmark_of_a_room_where_we_may_take_it_away() {
    const ADVERT: &str = "<message xmlns='jabber:client' from='example.org' to='gw.example.org'><privilege xmlns='urn:xmpp:privilege:2'><perm access='iq'><namespace ns='http://jabber.org/protocol/pubsub' type='both'/></perm></privilege></message>";
    let mut world = tea().await;
    world.send(ADVERT);
    world.send("<iq xmlns='jabber:client' from='u@example.org/r' to='gw.example.org' id='rm' type='set'><query xmlns='jabber:iq:register'><remove/></query></iq>");
    let gone = world.until(&["<retract"]).await;
    assert!(gone.contains("<privileged_iq xmlns='urn:xmpp:privilege:2'>"), "{gone}");
    assert!(
        gone.contains("node='urn:xmpp:bookmarks:1' notify='true'><item id='tea@gw.example.org'/>"),
        "{gone}"
    );
}
