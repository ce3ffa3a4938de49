//! Requests.

use tokio::time::Instant;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_large_answer_is_taken_from_whom_it_was_asked() {
    let mut w = World::new();
    let mut peer = w.up().await;
    for large in [true, false] {
        let link = w.link.clone();
        let payload = Xml::new().leaf("query", ns::ROSTER).finish();
        let request = IqRequest {
            to: "a@b".into(),
            from: "gw.example".into(),
            type_: IqType::Get,
            payload,
            large,
            privileged: true,
        };
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
        privileged: true,
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
