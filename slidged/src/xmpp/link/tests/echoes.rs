//! Barriers, and servers that send back less than others.

use tokio::{task::JoinHandle, time::Instant};

use super::*;

/// A barrier of the first connection.
fn barrier(w: &World) -> JoinHandle<Result<(), Gone>> {
    let link = w.link.clone();
    tokio::spawn(async move { link.barrier(1).await })
}

/// A question that may wait for a minute.
fn ask(w: &World, to: &str, privileged: bool) -> JoinHandle<Result<Option<Element>, IqError>> {
    let (link, payload) = (w.link.clone(), Xml::new().leaf("query", ns::DISCO_INFO).finish());
    let (to, from) = (to.to_owned(), "gw.example".to_owned());
    let request = IqRequest { to, from, type_: IqType::Get, payload, large: false, privileged };
    tokio::spawn(async move { link.request(request, Duration::from_secs(60)).await })
}

/// Takes questions as ejabberd 24.12 with mod_privilege does, until one comes that it does not
/// drop: none comes back, and all messages do.
async fn return_messages_only(peer: &mut Peer) -> String {
    loop {
        let stanza = peer.hear(">").await;
        if stanza.starts_with("<message ") {
            let id = id_of(&stanza);
            peer.return_message(&id).await;
        } else if stanza.starts_with("<iq ") && !stanza.contains("to='gw.example'") {
            return stanza;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_barrier_is_behind_everything_and_any_answer_counts() {
    let mut w = World::new();
    let mut peer = w.up().await;
    for answer in [
        "<message from='gw.example' to='gw.example' id='ID' type='headline'/>",
        "<message from='gw.example' to='gw.example' id='ID' type='error'/>",
        "<iq from='gw.example' to='gw.example' id='ID' type='result'/>",
        "<iq from='gw.example' to='gw.example' id='ID' type='error'/>",
    ] {
        w.link.write(1, Bytes::from_static(b"<message/>")).await.unwrap();
        let barrier = barrier(&w);
        assert_eq!(peer.hear("/>").await, "<message/>");
        let id = peer.message().await;
        assert!(!barrier.is_finished());
        peer.say(&answer.replace("ID", &id)).await;
        assert_eq!(barrier.await.unwrap(), Ok(()));
    }
    assert!(w.events.try_recv().is_err(), "answers are not events");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_drops_our_iqs_confirms_all_the_same_and_is_known_within_two_seconds() {
    let mut w = World::new();
    let mut peer = w.up_silently().await;
    let since = Instant::now();
    let (first, waiting) = (barrier(&w), ask(&w, "example.org", false));
    let serving = tokio::spawn(async move {
        let first = return_messages_only(&mut peer).await;
        (first, return_messages_only(&mut peer).await, peer)
    });
    assert_eq!(first.await.unwrap(), Ok(()));
    assert_eq!(since.elapsed(), Duration::ZERO);
    assert_eq!(waiting.await.unwrap(), Err(IqError::Dropped), "what was asked before it was known");
    assert_eq!(*w.link.iqs().borrow(), Iqs::Dropped);
    assert!(since.elapsed() <= Duration::from_secs(2), "{:?}", since.elapsed());

    let since = Instant::now();
    assert_eq!(ask(&w, "upload.example.org", false).await.unwrap(), Err(IqError::Dropped));
    assert_eq!(since.elapsed(), Duration::ZERO);
    let asked = ask(&w, "ann@example.org", true);
    let (before, roster, mut peer) = serving.await.unwrap();
    assert!(before.contains("to='example.org'") && roster.contains("to='ann@example.org'"), "{roster}");
    peer.say(&format!("<iq from='ann@example.org' id='{}' type='result'/>", id_of(&roster))).await;
    assert_eq!(asked.await.unwrap(), Ok(None), "what rests on a privilege is asked");
    let asked = ask(&w, "ann@example.org/phone", false);
    let client = return_messages_only(&mut peer).await;
    peer.say(&format!("<iq from='ann@example.org/phone' id='{}' type='result'/>", id_of(&client))).await;
    assert_eq!(asked.await.unwrap(), Ok(None), "and so is a client");
    assert!(w.events.try_recv().is_err(), "echoes are not events");
}

#[tokio::test(start_paused = true)]
async fn whether_iqs_are_taken_is_found_out_anew_on_each_connection() {
    let mut w = World::new();
    let mut peer = w.up_silently().await;
    let serving = tokio::spawn(async move { return_messages_only(&mut peer).await });
    w.link.iqs().wait_for(|iqs| *iqs == Iqs::Dropped).await.unwrap();
    serving.abort();
    w.down().await;
    let mut peer = w.up_silently().await;
    assert_eq!(*w.link.iqs().borrow(), Iqs::Unknown);
    let asked = ask(&w, "example.org", false);
    let ping = peer.ping().await;
    peer.return_ping(&ping).await;
    w.link.iqs().wait_for(|iqs| *iqs == Iqs::Taken).await.unwrap();
    let heard = peer.hear("</iq>").await;
    peer.say(&format!(
        "<iq from='example.org' id='{}' type='result'/>",
        id_of(&heard[heard.rfind("<iq").unwrap()..])
    ))
    .await;
    assert_eq!(asked.await.unwrap(), Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_lost_ping_does_not_make_a_server_one_that_drops_our_iqs() {
    let mut w = World::new();
    let mut peer = w.up_silently().await;
    for _ in 0..2 {
        peer.ping().await;
        let message = peer.message().await;
        peer.return_message(&message).await;
    }
    let ping = peer.ping().await;
    peer.return_ping(&ping).await;
    let iqs = w.link.iqs().wait_for(|iqs| *iqs != Iqs::Unknown).await.unwrap().to_owned();
    assert_eq!(iqs, Iqs::Taken);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_fell_silent_is_not_one_that_drops_our_iqs() {
    let mut w = World::new();
    let _peer = w.up_silently().await;
    assert_eq!(w.down().await, DownReason::Timeout);
    assert_eq!(*w.link.iqs().borrow(), Iqs::Unknown);
}

#[tokio::test(start_paused = true)]
async fn a_barrier_asks_again_by_all_means_when_its_echo_got_lost() {
    let mut w = World::new();
    let mut peer = w.up().await;
    let barrier = barrier(&w);
    let first = peer.message().await;
    let since = Instant::now();
    let (message, ping) = (peer.message().await, peer.ping().await);
    assert_eq!((since.elapsed().as_secs(), &message, &ping), (10, &first, &first));
    peer.return_ping(&ping).await;
    assert_eq!(barrier.await.unwrap(), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_sends_back_pings_only_is_asked_by_pings() {
    let mut w = World::new();
    let mut peer = w.up_silently().await;
    let since = Instant::now();
    let (ping, _) = (peer.ping().await, peer.message().await);
    let first = barrier(&w);
    let (_, also) = (peer.message().await, peer.ping().await);
    peer.return_ping(&ping).await;
    peer.return_ping(&also).await;
    assert_eq!(first.await.unwrap(), Ok(()));
    let second = barrier(&w);
    let ping = peer.hear("</iq>").await;
    assert!(ping.starts_with("<iq "), "{ping}");
    peer.return_ping(&id_of(&ping)).await;
    assert_eq!(second.await.unwrap(), Ok(()));
    assert_eq!(since.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn an_echo_from_elsewhere_or_of_an_earlier_connection_proves_nothing() {
    let mut w = World::new();
    let mut peer = w.up().await;
    let old = barrier(&w);
    let id = peer.message().await;
    for from in ["mallory@example.org", "gw.example/x", "x@gw.example", "example.org"] {
        peer.say(&format!("<message from='{from}' to='gw.example' id='{id}' type='headline'/>")).await;
        assert!(matches!(w.event().await, LinkEvent::Stanza(_)), "{from}: it is like any other");
    }
    assert!(!old.is_finished());
    drop(peer);
    w.down().await;
    assert_eq!(old.await.unwrap(), Err(Gone));
    let mut peer = w.up().await;
    let link = w.link.clone();
    let new = tokio::spawn(async move { link.barrier(2).await });
    let other = peer.message().await;
    peer.return_message(&id).await;
    peer.say("<presence from='a@b'/>").await;
    let LinkEvent::Stanza(next) = w.event().await else { panic!("no stanza") };
    assert_eq!(next.kind, crate::xmpp::Kind::Presence, "what comes too late is swallowed");
    assert!(!new.is_finished());
    peer.return_message(&other).await;
    assert_eq!(new.await.unwrap(), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_question_in_a_users_name_that_comes_back_has_no_answer() {
    let mut w = World::new();
    let mut peer = w.up().await;
    let asked = ask(&w, "ann@example.org", true);
    let id = id_of(&peer.hear("</iq>").await);
    let since = Instant::now();
    peer.say(&format!(
        "<iq from='ann@example.org' to='gw.example' id='{id}' type='get'><privilege xmlns='urn:xmpp:privilege:2'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' from='ann@example.org' to='ann@example.org' id='in' type='get'><pubsub xmlns='http://jabber.org/protocol/pubsub'/></iq></forwarded></privilege></iq>"
    ))
    .await;
    assert_eq!(asked.await.unwrap(), Err(IqError::Returned));
    assert_eq!(since.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cuts_connections_that_worked_is_met_again_within_two_seconds() {
    let mut w = World::new();
    for _ in 0..20 {
        let peer = w.up().await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        drop(peer);
        w.down().await;
        let since = Instant::now();
        let again = w.accept.recv().await.unwrap();
        assert!(since.elapsed() <= Duration::from_secs(2), "{:?}", since.elapsed());
        drop(again);
    }
}
