//! A network in which much happens at once, and which records the calls that it gets.

use super::{BASE, Kind, burst, taken_back};
use plugin_api::prelude::*;
use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex},
};
use tokio::sync::Notify;

/// Calls that the network got, by chat.
pub(super) static HEARD: LazyLock<Mutex<BTreeMap<String, Vec<String>>>> = LazyLock::new(Default::default);
pub(super) static NEWS: Notify = Notify::const_new();

fn heard(chat: &Chat, what: String) {
    HEARD.lock().unwrap().entry(chat.id.clone()).or_default().push(what);
    NEWS.notify_one();
}

/// Network in which much happens at once.
pub(super) struct Busy;

pub(super) struct BusySession(Host);

fn all() -> Features {
    Features {
        marks: true,
        chat_states: true,
        correction: true,
        reaction: true,
        retraction: true,
        replies: true,
        ..Features::default()
    }
}

impl Gateway for Busy {
    type Session = BusySession;

    fn info() -> Info {
        Info { groups: true, threads: true, contact_features: all(), ..Info::new("busy", "Busy") }
    }

    fn new(_: Start, _: GatewayHost) -> Result<Self> {
        Ok(Busy)
    }

    async fn validate(&self, _: String, form: Form, _: u32) -> Result<Option<Data>> {
        Ok(Some(form))
    }

    async fn connect(&self, _: User, host: Host) -> Result<BusySession> {
        Ok(BusySession(host))
    }
}

impl BusySession {
    /// Takes all steps of a burst at once: nothing is awaited.
    fn act(&self, chat: &Chat, seed: u64) {
        let room = chat.as_room().map(|room| self.0.room(room).participant("ada"));
        let friend = self.0.contact("friend");
        macro_rules! speaker {
            ($call:ident($($argument:expr),*)) => {
                match &room {
                    Some(ada) => drop(ada.$call($($argument),*)),
                    None => drop(friend.$call($($argument),*)),
                }
            };
        }
        for (kind, n, about) in burst(seed) {
            let (theirs, users) = (format!("b{about}"), format!("n-o{about}"));
            let text = Text::new(format!("t{n}"));
            match kind {
                Kind::Text => speaker!(send_text(text)),
                Kind::Answer => {
                    let reply_to =
                        MessageReference { id: theirs.into(), author: None, body: Some("b".into()) };
                    speaker!(send_text(Text { reply_to: Some(reply_to), ..text }));
                }
                Kind::React => speaker!(react(theirs, vec!["👍".into()])),
                Kind::Correct => speaker!(correct(theirs, text)),
                Kind::Retract => speaker!(retract(format!("b{}", taken_back(about)))),
                Kind::Displayed => speaker!(displayed(users)),
                // Rooms have no receipts.
                Kind::Received if room.is_some() => {}
                Kind::Received => drop(friend.received(users)),
                Kind::File => {
                    let data = Some(Blob(b"x".to_vec()));
                    let file = Attachment { data, name: Some(format!("t{n}")), ..Attachment::default() };
                    speaker!(send_file(file, Text::default()));
                }
                Kind::Thread => {
                    speaker!(send_text(Text { thread: Some(format!("{seed}-{n}").into()), ..text }));
                }
                Kind::State => speaker!(chat_state(ChatState::Composing)),
                Kind::Preview => {
                    let image = Some(Blob(vec![0; 1000]));
                    let preview =
                        LinkPreview { about: "https://example.org/".into(), image, ..LinkPreview::default() };
                    speaker!(send_text(Text { link_previews: vec![preview], ..text }));
                }
            }
        }
        speaker!(send_text(Text::new("end")));
    }
}

impl Session for BusySession {
    async fn login(&self) -> Result<Option<String>> {
        Ok(Some("me".into()))
    }

    async fn logout(&self) -> Result<()> {
        Ok(())
    }

    async fn fill_contacts(&self) -> Result<Vec<ContactInfo>> {
        let presence = Presence::new(Availability::Online);
        Ok(vec![ContactInfo::friend("friend", "Friend").presence(presence)])
    }

    async fn update_room_info(&self, _: RoomId) -> Result<RoomInfo> {
        let kind = Some(RoomType::Group);
        Ok(RoomInfo { kind, features: Some(all()), user_nick: Some("me".into()), ..RoomInfo::default() })
    }

    async fn fill_participants(&self, _: RoomId) -> Result<Vec<ParticipantInfo>> {
        let nickname = "Ada".to_owned();
        Ok(vec![ParticipantInfo { contact: Some("ada".into()), nickname, ..ParticipantInfo::default() }])
    }

    async fn on_text(&self, chat: Chat, message: UserText) -> Result<Option<MessageId>> {
        if let Some(seed) = message.body.strip_prefix("burst ") {
            self.act(&chat, seed.parse().unwrap());
        } else if message.body == "base" {
            for n in 0..BASE {
                let text = Text::new("base").id(format!("b{n}"));
                match chat.as_room() {
                    Some(room) => drop(self.0.room(room).participant("ada").send_text(text).await?),
                    None => drop(self.0.contact("friend").send_text(text).await?),
                }
            }
        } else {
            // Only the last part of a file's address counts.
            let said = message.body.rsplit('/').next().unwrap_or_default().to_owned();
            heard(&chat, said);
        }
        Ok(Some(format!("n-{}", message.stanza_id).as_str().into()))
    }

    async fn on_correct(&self, chat: Chat, id: MessageId, message: UserText) -> Result<Option<MessageId>> {
        heard(&chat, format!("correct {id} {}", message.body));
        Ok(None)
    }

    async fn on_react(&self, chat: Chat, id: MessageId, _: Vec<String>, _: Option<ThreadId>) -> Result<()> {
        heard(&chat, format!("react {id}"));
        Ok(())
    }

    async fn on_retract(&self, chat: Chat, id: MessageId, _: Option<ThreadId>) -> Result<()> {
        heard(&chat, format!("retract {id}"));
        Ok(())
    }

    async fn on_displayed(&self, chat: Chat, id: MessageId, _: Option<ThreadId>) -> Result<()> {
        heard(&chat, format!("displayed {id}"));
        Ok(())
    }

    async fn on_composing(&self, chat: Chat, _: Option<ThreadId>) -> Result<()> {
        heard(&chat, "composing".into());
        Ok(())
    }
}
