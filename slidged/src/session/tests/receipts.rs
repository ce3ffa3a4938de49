//! A network that tells when a message was delivered.

use super::World;
use crate::config;
use plugin_api::prelude::*;

/// Network with receipts of its own.
struct Post;

struct PostSession(Host);

impl Gateway for Post {
    type Session = PostSession;

    fn info() -> Info {
        Info { proper_receipts: true, ..Info::new("post", "Post") }
    }

    fn new(_: Start, _: GatewayHost) -> Result<Self> {
        Ok(Post)
    }

    async fn validate(&self, _: String, form: Form, _: u32) -> Result<Option<Data>> {
        Ok(Some(form))
    }

    async fn connect(&self, _: User, host: Host) -> Result<PostSession> {
        Ok(PostSession(host))
    }
}

impl Session for PostSession {
    async fn login(&self) -> Result<Option<String>> {
        Ok(Some("me".to_owned()))
    }

    async fn fill_contacts(&self) -> Result<Vec<ContactInfo>> {
        Ok(vec![ContactInfo::friend("friend", "A friend")])
    }

    async fn on_text(&self, chat: Chat, message: UserText) -> Result<Option<MessageId>> {
        let friend = self.0.contact(chat.id);
        if let Some(id) = message.body.strip_prefix("delivered ") {
            friend.received(format!("n-{id}")).await?;
        }
        friend.send_text(Text::new(format!("re: {}", message.body))).await?;
        Ok(Some(format!("n-{}", message.stanza_id).as_str().into()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn k33_where_the_network_tells_of_delivery_a_receipt_waits_for_that() {
    let mut world = World::of::<Post>(|_| {}, &["example.org"], &config::Media::default()).await;
    world.log_in().await;
    let receipt = |stanza: &&String| stanza.contains("<received ");
    world.say("m1", "hello");
    // Nor is there one for a repeat.
    world.say("m1", "hello");
    world.say("m2", "and now");
    let all = world.all_until(&["re: and now"]).await;
    assert_eq!(all.iter().filter(receipt).count(), 0, "{all:?}");
    world.say("m3", "delivered m1");
    let all = world.all_until(&["re: delivered m1"]).await;
    let told: Vec<_> = all.iter().filter(receipt).collect();
    assert_eq!(told.len(), 2, "{all:?}");
    for (told, namespace) in told.iter().zip(["urn:xmpp:receipts", "urn:xmpp:chat-markers:0"]) {
        assert!(told.contains(&format!("<received xmlns='{namespace}' id='m1'/>")), "{told}");
        assert!(told.contains("from='friend@gw.example.org/slidge' to='u@example.org'"), "{told}");
    }
}
