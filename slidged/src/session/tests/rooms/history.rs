//! History of rooms.

use super::*;

/// Carries out the orders that are about history.
pub(super) async fn hear(room: &Room, verb: &str, rest: &str) -> Result<()> {
    if verb == "earlier" {
        let earlier = Text { archive_only: true, when: Some(1_000), ..Text::new(rest).id("early") };
        room.participant("ada").send_text(earlier).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_the_archive_only_is_there_in_its_place_and_shown_to_nobody() {
    let mut world = tea().await;
    world.say_in(TEA, "r", "m1", "earlier long ago");
    let all = world.all_until(&["id='m1'", "type='groupchat'"]).await;
    assert!(!all.iter().any(|stanza| stanza.contains("<body>long ago</body>")), "{all:?}");
    world.send(&format!(
        "<iq xmlns='jabber:client' from='u@example.org/r' to='{TEA}' id='page' type='set'><query xmlns='urn:xmpp:mam:2'/></iq>"
    ));
    let page = world.all_until(&["id='page'", "<fin"]).await;
    let results: Vec<_> = page.iter().filter(|stanza| stanza.contains("<result")).collect();
    assert!(results[0].contains("<body>long ago</body>"), "{results:?}");
    assert!(results[0].contains("stamp='1970-01-01T00:00:01.000Z'"), "{results:?}");
    assert!(results[1].contains("<body>earlier long ago</body>"), "{results:?}");
    assert!(page.last().unwrap().contains("<count>2</count>"), "{page:?}");
}
