//! Barriers and requests.

use tokio::time::Instant;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_barrier_is_behind_everything_and_any_answer_counts() {
    let mut w = World::new();
    let mut peer = w.up().await;
    for answer in [
        "<iq from='gw.example' to='gw.example' id='ID' type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
        "<iq from='gw.example' to='gw.example' id='ID' type='result'/>",
        "<iq from='gw.example' to='gw.example' id='ID' type='error'/>",
    ] {
        w.link.write(1, Bytes::from_static(b"<message/>")).await.unwrap();
        let link = w.link.clone();
        let barrier = tokio::spawn(async move { link.barrier(1).await });
        let heard = peer.hear("</iq>").await;
        assert!(heard.starts_with("<message/><iq from='gw.example' to='gw.example' id='s"), "{heard}");
        assert!(!barrier.is_finished());
        let id = heard.split("id='").nth(1).unwrap().split('\'').next().unwrap();
        peer.say(&answer.replace("ID", id)).await;
        assert_eq!(barrier.await.unwrap(), Ok(()));
    }
    assert!(w.events.try_recv().is_err(), "answers are not events");
}

#[tokio::test(start_paused = true)]
async fn a_barrier_asks_again_when_its_echo_got_lost() {
    let mut w = World::new();
    let mut peer = w.up().await;
    let link = w.link.clone();
    let barrier = tokio::spawn(async move { link.barrier(1).await });
    let first = peer.ping().await;
    let since = Instant::now();
    let again = peer.ping().await;
    assert_eq!((since.elapsed().as_secs(), &again), (10, &first));
    peer.say(&format!("<iq from='gw.example' id='{again}' type='result'/>")).await;
    assert_eq!(barrier.await.unwrap(), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_large_answer_is_taken_from_whom_it_was_asked() {
    let mut w = World::new();
    let mut peer = w.up().await;
    for large in [true, false] {
        let link = w.link.clone();
        let payload = Xml::new().leaf("query", ns::ROSTER).finish();
        let request =
            IqRequest { to: "a@b".into(), from: "gw.example".into(), type_: IqType::Get, payload, large };
        let asked = tokio::spawn(async move { link.request(request, Duration::from_secs(10)).await });
        let heard = peer.hear("</iq>").await;
        let id = heard.split("id='").nth(1).unwrap().split('\'').next().unwrap();
        let items =
            "<item jid='c@gw.example' name='Some Body' subscription='both'><group>Super</group></item>"
                .repeat(10_000);
        peer.say(&format!(
            "<iq from='a@b' id='{id}' type='result'><query xmlns='jabber:iq:roster'>{items}</query></iq>"
        ))
        .await;
        match asked.await.unwrap() {
            Ok(Some(roster)) => {
                assert_eq!((crate::xmpp::roster::parse(&roster).unwrap().len(), large), (10_000, true));
            }
            Err(IqError::Stanza(e)) => {
                assert_eq!((e.condition, large), (crate::xmpp::Condition::UndefinedCondition, false));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_come_over_the_next_connection() {
    let mut w = World::new();
    let mut peer = w.up().await;
    let request = IqRequest {
        to: "a@Example.org".into(),
        from: "gw.example".into(),
        type_: IqType::Get,
        payload: Xml::new().leaf("query", ns::ROSTER).finish(),
        large: false,
    };
    let ask = |w: &World| {
        let (link, request) = (w.link.clone(), request.clone());
        tokio::spawn(async move { link.request(request, Duration::from_secs(60)).await })
    };
    let asked = ask(&w);
    let heard = peer.hear("</iq>").await;
    assert!(heard.ends_with("type='get'><query xmlns='jabber:iq:roster'/></iq>"), "{heard}");
    let id = heard.split("id='").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    drop(peer);
    w.down().await;
    let mut peer = w.up().await;
    peer.say(&format!("<iq from='mallory@example.org' id='{id}' type='result'/>")).await;
    assert!(matches!(w.event().await, LinkEvent::Stanza(_)), "not from whom was asked");
    peer.say(&format!(
        "<iq from='a@example.org' id='{id}' type='result'><query xmlns='jabber:iq:roster'/></iq>"
    ))
    .await;
    assert!(asked.await.unwrap().unwrap().unwrap().is("query", ns::ROSTER));

    let asked = ask(&w);
    let heard = peer.hear("</iq>").await;
    let id = heard.split("id='").nth(1).unwrap().split('\'').next().unwrap();
    peer.say(&format!("<iq from='a@example.org' id='{id}' type='error'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")).await;
    assert!(
        matches!(asked.await.unwrap(), Err(IqError::Stanza(e)) if e.condition == crate::xmpp::Condition::Forbidden)
    );

    let asked = ask(&w);
    // Something has to come in meanwhile, or the silence would end the connection as well.
    let since = Instant::now();
    let got = loop {
        if asked.is_finished() {
            break asked.await.unwrap();
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
        peer.say(" ").await;
    };
    assert_eq!(got, Err(IqError::Timeout));
    assert!(since.elapsed() >= Duration::from_secs(60));
}
