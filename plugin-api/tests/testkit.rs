//! The testkit as an author of a plugin uses it, on a plugin that uses much of the daemon.

use plugin_api::{
    prelude::*,
    testkit::{TestGateway, TestUser},
};

struct Library;

struct Reader {
    user: User,
    host: Host,
}

impl Gateway for Library {
    type Session = Reader;

    fn info() -> Info {
        Info::new("library", "Library")
            .registration_fields(vec![Field::text("card", "Card number").required()])
    }

    fn new(start: Start, host: GatewayHost) -> Result<Self> {
        host.send_message("admin@example.org".into(), format!("{} is open", start.jid));
        Ok(Library)
    }

    async fn connect(&self, user: User, host: Host) -> Result<Reader> {
        Ok(Reader { user, host })
    }

    async fn validate(&self, _: String, mut form: Form, _: u32) -> Result<Option<Data>> {
        if form["card"] == "0" {
            return Err(Error::credentials("This card has expired."));
        }
        form.insert("visits".into(), "0".into());
        Ok(Some(form))
    }
}

impl Session for Reader {
    async fn login(&self) -> Result<Option<String>> {
        let visits: u32 = self.user.data["visits"].parse()?;
        let data = Data::from([("visits".into(), (visits + 1).to_string())]);
        self.host.legacy_module_data_update(data).await?;
        let code = self.host.ask("Which shelf?").await?;
        self.host.kv_set("shelf".into(), Some(Blob(code.into_bytes()))).await?;
        Ok(Some(format!("visit {}", visits + 1)))
    }

    async fn fill_rooms(&self) -> Result<Vec<RoomInfo>> {
        Ok(vec![RoomInfo { id: "attic".into(), name: Some("Attic".into()), ..RoomInfo::default() }])
    }

    async fn update_room_info(&self, room: RoomId) -> Result<RoomInfo> {
        match room.as_str() {
            "hall" => Ok(RoomInfo { id: room, name: Some("Reading hall".into()), ..RoomInfo::default() }),
            _ => Err(Error::from(Condition::ItemNotFound)),
        }
    }

    async fn fill_participants(&self, _: RoomId) -> Result<Vec<ParticipantInfo>> {
        let me = ParticipantInfo { is_user: true, nickname: "me".into(), ..ParticipantInfo::default() };
        let ada =
            ParticipantInfo { contact: Some("ada".into()), nickname: "Ada".into(), ..Default::default() };
        let masked =
            ParticipantInfo { occupant: Some("1".into()), nickname: "?".into(), ..Default::default() };
        Ok(vec![me, ada, masked])
    }

    async fn on_set_subject(&self, room: RoomId, subject: String) -> Result<()> {
        let room = self.host.room(room);
        room.update(RoomInfo { description: Some("Quiet please".into()), ..RoomInfo::default() }).await?;
        room.user().set_room_subject(subject, Some(7)).await?;
        room.participant("ada").rename("Ada L.").await?;
        room.user().rename("reader").await?;
        room.anonymous("1").kick(None).await
    }

    async fn on_leave_group(&self, room: RoomId) -> Result<()> {
        self.host.room(room).remove(Departure::Left, None).await
    }

    async fn on_text(&self, chat: Chat, message: UserText) -> Result<Option<MessageId>> {
        if let Some(room) = chat.as_room() {
            let echo = Text::new(format!("{}!", message.body)).id("m2");
            self.host.room(room).participant("ada").send_text(echo).await?;
            return Ok(None);
        }
        let librarian = self.host.contact(chat.id.clone());
        librarian.composing();
        librarian.set_name("Librarian").await?;
        librarian.online();
        librarian.send_text(Text::new(format!("Shh! {}", message.body)).id("m1")).await?;
        let known = self.host.stanza_ids(chat.clone(), "m1".into()).await?;
        let back = self.host.message_id(chat, known.first().cloned().unwrap_or_default()).await?;
        Ok(back)
    }
}

async fn registered() -> (TestGateway, TestUser) {
    let gateway = TestGateway::start::<Library>().await.unwrap();
    let user = gateway.register("juliet@example.org", [("card", "7")]).await.unwrap();
    (gateway, user)
}

#[tokio::test]
async fn forms_are_checked_as_the_daemon_would() {
    let gateway = TestGateway::start::<Library>().await.unwrap();
    let error = gateway.register("a@b", [("card", "")]).await.err().unwrap();
    assert_eq!((error.condition, error.user_text()), (Condition::NotAcceptable, "Card number is missing."));
    let error = gateway.register("a@b", [("card", "0")]).await.err().unwrap();
    assert_eq!((error.class, error.user_text()), (Some(Class::Credentials), "This card has expired."));
}

#[tokio::test]
async fn what_a_gateway_asks_is_seen() {
    let mut gateway = TestGateway::start::<Library>().await.unwrap();
    let GatewayRequest::SendMessage { user_jid, text, .. } = gateway.next().await else {
        panic!("another request");
    };
    assert_eq!((user_jid.as_str(), text.as_str()), ("admin@example.org", "gateway.test is open"));
}

#[tokio::test]
async fn a_conversation_is_seen_in_order() {
    let (_gateway, mut juliet) = registered().await;
    let id = juliet.say(Chat::contact("librarian"), "hello").await.unwrap();
    assert_eq!(id, Some("m1".into()), "through the ids of its stanza and back");
    assert!(matches!(juliet.next().await, SessionRequest::ChatState { state: ChatState::Composing, .. }));
    let presence = juliet.until("presence", |request| match request {
        SessionRequest::SetPresence { presence, .. } => Some(presence.availability),
        _ => None,
    });
    assert_eq!(presence.await, Availability::Online);
    assert_eq!(juliet.text_from("librarian").await.body, "Shh! hello");
    assert_eq!(juliet.contact("librarian").unwrap().name.as_deref(), Some("Librarian"));
}

#[tokio::test]
async fn what_a_plugin_keeps_survives_a_restart() {
    let (_gateway, juliet) = registered().await;
    juliet.will_answer("B4");
    assert_eq!(juliet.login().await.unwrap().as_deref(), Some("visit 1"));
    let juliet = juliet.restart().await.unwrap();
    assert_eq!(juliet.stored("shelf"), Some(Blob(b"B4".to_vec())));
    juliet.will_answer("C1");
    assert_eq!(juliet.login().await.unwrap().as_deref(), Some("visit 2"));
    assert_eq!(juliet.data()["card"], "7");
}

#[tokio::test]
async fn the_daemon_can_be_made_to_fail() {
    let (_gateway, mut juliet) = registered().await;
    assert_eq!(juliet.login().await.unwrap_err().condition, Condition::RemoteServerTimeout, "nobody answers");
    juliet.will_fail("send_text", Error::from(Condition::ResourceConstraint));
    let error = juliet.say(Chat::contact("librarian"), "hello").await.unwrap_err();
    assert_eq!(error.condition, Condition::ResourceConstraint);
    assert!(juliet.say(Chat::contact("librarian"), "again").await.is_ok());
}

#[tokio::test]
async fn a_room_is_entered_talked_in_changed_and_left() {
    let (_gateway, mut juliet) = registered().await;
    juliet.fill_rooms().await.unwrap();
    assert_eq!(juliet.room("attic").unwrap().name.as_deref(), Some("Attic"));
    assert_eq!(juliet.join("cellar").await.unwrap_err().condition, Condition::ItemNotFound);
    assert_eq!(juliet.room("cellar"), None);
    juliet.join("hall").await.unwrap();
    let nicks = |juliet: &TestUser| {
        juliet.participants("hall").into_iter().map(|one| one.nickname).collect::<Vec<_>>()
    };
    assert_eq!(nicks(&juliet), ["me", "Ada", "?"]);
    // Again, and nobody is there twice.
    juliet.join("hall").await.unwrap();
    assert_eq!(nicks(&juliet), ["me", "Ada", "?"]);

    juliet.say(Chat::room("hall"), "Psst").await.unwrap();
    let (from, text) = juliet.text_in("hall").await;
    assert_eq!((from.contact, text.body.as_str()), (Some("ada".into()), "Psst!"));

    juliet.callbacks().on_set_subject("hall".into(), "Silence".into()).await.unwrap();
    let hall = juliet.room("hall").unwrap();
    assert_eq!(
        (hall.name.as_deref(), hall.description.as_deref()),
        (Some("Reading hall"), Some("Quiet please"))
    );
    assert_eq!((hall.subject.as_deref(), hall.subject_date), (Some("Silence"), Some(7)));
    assert_eq!(nicks(&juliet), ["reader", "Ada L."]);

    juliet.callbacks().on_leave_group("hall".into()).await.unwrap();
    assert_eq!((juliet.room("hall"), juliet.participants("hall")), (None, Vec::new()));
}
