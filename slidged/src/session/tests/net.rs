//! A network in memory that does what the tests tell it.

use crate::model::clock::now;
use plugin_api::prelude::*;
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex},
};
use tokio::sync::Semaphore;

/// Gates that the tests open, each by its own name.
static GATES: LazyLock<Mutex<BTreeMap<String, Arc<Semaphore>>>> = LazyLock::new(Default::default);

/// Contact lists of some users, by name; everybody else has one friend.
pub(super) static LISTS: LazyLock<Mutex<BTreeMap<String, Vec<&str>>>> = LazyLock::new(Default::default);

pub(super) fn gate(name: &str) -> Arc<Semaphore> {
    let mut gates = GATES.lock().unwrap();
    gates.entry(name.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(0))).clone()
}

async fn pass(name: &str) {
    gate(name).acquire().await.unwrap().forget();
}

/// Numbers of pictures that were fetched, by user.
pub(super) static FETCHED: LazyLock<Mutex<BTreeMap<String, usize>>> = LazyLock::new(Default::default);

/// Network that does what the tests tell it.
pub(super) struct Net;

pub(super) struct NetSession {
    user: User,
    host: Host,
}

impl Gateway for Net {
    type Session = NetSession;

    fn info() -> Info {
        Info { groups: true, ..Info::new("net", "Net") }
    }

    fn new(_: Start, _: GatewayHost) -> Result<Self> {
        Ok(Net)
    }

    async fn validate(&self, _: String, form: Form, _: u32) -> Result<Option<Data>> {
        match form.get("username").map(String::as_str) {
            Some("refused") => Err(Error::credentials("Wrong password.")),
            _ => Ok(Some(form)),
        }
    }

    async fn unregister(&self, _: User) -> Result<()> {
        Ok(())
    }

    async fn connect(&self, user: User, host: Host) -> Result<NetSession> {
        Ok(NetSession { user, host })
    }
}

impl Session for NetSession {
    async fn login(&self) -> Result<Option<String>> {
        match self.user.data.get("username").map(String::as_str) {
            Some("stuck") => std::future::pending().await,
            Some("keeper") => {
                let left = self.user.data.get("left").map_or("nothing", String::as_str);
                Ok(Some(format!("keeper: {left}")))
            }
            Some("wrong") => Err(Error::credentials("Wrong password.")),
            name => Ok(name.map(str::to_owned)),
        }
    }

    async fn logout(&self) -> Result<()> {
        // This is an operation during the goodbye.
        self.host.contact("friend").send_text(Text::new("bye")).await?;
        if self.user.data.get("username").is_some_and(|name| name == "keeper") {
            let left = [("left".to_owned(), "left".to_owned())];
            self.host.legacy_module_data_update(left.into_iter().collect()).await?;
        }
        Ok(())
    }

    async fn fill_contacts(&self) -> Result<Vec<ContactInfo>> {
        let online = || Presence::new(Availability::Online);
        let list = LISTS.lock().unwrap().get(&self.user.data["username"]).cloned();
        if let Some(list) = list {
            let features = Features { reaction: true, ..Features::default() };
            let friend = |id: &&str| ContactInfo {
                features: Some(features.clone()),
                ..ContactInfo::friend(*id, *id).presence(online())
            };
            return Ok(list.iter().map(friend).collect());
        }
        Ok(vec![
            ContactInfo::friend("", "Nobody"),
            ContactInfo::friend("x".repeat(600), "Too long"),
            ContactInfo::friend("friend", "A\nfriend").presence(online()),
        ])
    }

    async fn update_room_info(&self, room: RoomId) -> Result<RoomInfo> {
        super::rooms::info(&room)
    }

    async fn fill_participants(&self, room: RoomId) -> Result<Vec<ParticipantInfo>> {
        if room.as_str() == "slow" {
            gate("slow asked").add_permits(1);
            pass("slow told").await;
        }
        super::rooms::participants(&room)
    }

    async fn on_leave_group(&self, _: RoomId) -> Result<()> {
        Ok(())
    }

    async fn on_kick(&self, _: RoomId, contact: ContactId, reason: Option<String>) -> Result<()> {
        super::rooms::RULED.lock().unwrap().push(format!("kick {contact} {}", reason.unwrap_or_default()));
        Ok(())
    }

    async fn on_set_affiliation(
        &self,
        _: RoomId,
        contact: ContactId,
        affiliation: Affiliation,
        reason: Option<String>,
        _: Option<String>,
    ) -> Result<()> {
        if contact.as_str() == "friend" {
            return Err(Error::new(Condition::NotAllowed, "Not that one."));
        }
        assert_eq!(affiliation, Affiliation::Outcast);
        super::rooms::RULED.lock().unwrap().push(format!("{contact} outcast {}", reason.unwrap_or_default()));
        Ok(())
    }

    async fn on_set_nick(&self, room: RoomId, nick: String) -> Result<()> {
        if nick == "Romeo" {
            return Err(Error::new(Condition::Conflict, "There is one already."));
        }
        self.host.room(room).user().rename(nick).await
    }

    async fn on_set_subject(&self, room: RoomId, subject: String) -> Result<()> {
        let by = self.host.room(room.clone()).participant("ada").sender();
        self.host.room(room).set_subject(subject, Some(by), None).await
    }

    async fn on_text(&self, chat: Chat, message: UserText) -> Result<Option<MessageId>> {
        if let Some(room) = chat.as_room() {
            super::rooms::hear(&self.host.room(room), &message).await?;
            return Ok(Some(format!("n-{}", message.stanza_id).as_str().into()));
        }
        if let Some(name) = message.body.strip_prefix("wait ") {
            pass(name).await;
        }
        match &*message.body {
            "refuse" => return Err(Error::new(Condition::NotAcceptable, "Too rude.")),
            "panic" => panic!("as asked"),
            "log out" => drop(self.host.disconnected(LoginState::LoggedOut, Class::Network, "Lost.")),
            _ => {}
        }
        if let Some(minutes) = message.body.strip_prefix("seen ") {
            let ago = minutes.parse::<i64>().unwrap() * 60_000;
            let last_seen = Some(now() - ago);
            let away = Presence { last_seen, ..Presence::new(Availability::Away) };
            drop(self.host.contact("friend").set_presence(away));
        }
        if let Some(words) = message.body.strip_prefix("pictures ") {
            let (count, version) = words.split_once(' ').unwrap();
            let contact = |n: u32| ContactInfo {
                avatar: Some(Avatar { id: Some(version.into()), ..Avatar::none() }),
                ..ContactInfo::friend(format!("p{n}"), "P").presence(Presence::new(Availability::Online))
            };
            drop(self.host.set_contacts((0..count.parse().unwrap()).map(contact).collect()));
        }
        if let Some(name) = message.body.strip_prefix("lose ").map(str::to_owned) {
            drop(self.host.disconnected(LoginState::Reconnecting, Class::Network, "Lost."));
            let host = self.host.clone();
            self.host.spawn(async move {
                pass(&name).await;
                drop(host.connected("Found."));
            });
        }
        if let Some(what) = message.body.strip_prefix("elsewhere ") {
            super::echo::elsewhere(&self.host, what);
        }
        if let Some((count, bad)) =
            message.body.strip_prefix("contacts ").and_then(|words| words.split_once(' '))
        {
            let (count, bad): (usize, usize) = (count.parse().unwrap(), bad.parse().unwrap());
            let name = |n| if n == bad { "a\0b" } else { "a" };
            let contact = |n| ContactInfo::stranger(format!("{count}-{bad}-{n}"), name(n));
            let taken = self.host.set_contacts((0..count).map(contact).collect()).await.is_ok();
            let text = if taken { "taken" } else { "refused" };
            self.host.contact("friend").send_text(Text::new(text)).await?;
        }
        if message.body == "gateway message" {
            self.host.send_gateway_message("from the gateway".into()).await?;
            self.host.contact("friend").send_text(Text::new("told")).await?;
        }
        if let Some(count) = message.body.strip_prefix("long ") {
            let text = Text::new("&".repeat(count.parse().unwrap())).id("long");
            self.host.contact("friend").send_text(text).await?;
        }
        if let Some(count) = message.body.strip_prefix("longer ") {
            let text = Text::new("&".repeat(count.parse().unwrap()));
            self.host.contact("friend").correct("long", text).await?;
        }
        if let Some(count) = message.body.strip_prefix("gateway at length ") {
            self.host.send_gateway_message("&".repeat(count.parse().unwrap())).await?;
        }
        if message.body == "take back long" {
            self.host.contact("friend").retract("long").await?;
        }
        if message.body == "flood a room" {
            self.host.spawn(super::rooms::flood(self.host.clone()));
        }
        self.host.contact(chat.id).send_text(Text::new(format!("re: {}", message.body))).await?;
        Ok(Some(format!("n-{}", message.stanza_id).as_str().into()))
    }

    async fn fetch_avatar(&self, _: ContactId, id: AvatarId) -> Result<Option<Blob>> {
        *FETCHED.lock().unwrap().entry(self.user.data["username"].clone()).or_default() += 1;
        let png = || Blob(crate::media::qr::png(id.as_str()).unwrap());
        match id.as_str() {
            "gone" => Ok(None),
            "nonsense" => Ok(Some(Blob(b"nonsense".to_vec()))),
            "panic" => panic!("as asked"),
            _ => Ok(Some(png())),
        }
    }

    async fn update_contact_info(&self, contact: ContactId) -> Result<ContactInfo> {
        if contact.as_str() == "nobody" {
            return Err(Error::new(Condition::ItemNotFound, "No such person."));
        }
        Ok(ContactInfo::stranger(contact, "Somebody"))
    }

    async fn fetch_vcard(&self, contact: ContactId) -> Result<Option<VCard>> {
        match contact.as_str() {
            "raising" => Err(Error::internal("secret")),
            "empty" => Ok(None),
            other => {
                let mut fetched = FETCHED.lock().unwrap();
                let times = fetched.entry(format!("card of {other}")).or_default();
                *times += 1;
                let note = Some(format!("fetched {times}"));
                Ok(Some(VCard { note, pronouns: Some("they".into()), ..VCard::default() }))
            }
        }
    }

    async fn available_emojis(&self, chat: Chat, _: Option<MessageId>) -> Result<Option<Vec<String>>> {
        assert_ne!(chat.id, "brittle", "as asked");
        Ok(None)
    }

    async fn on_friend_request(&self, _: ContactId, _: Option<String>) -> Result<()> {
        Err(Error::new(Condition::ItemNotFound, "No such person."))
    }
}
