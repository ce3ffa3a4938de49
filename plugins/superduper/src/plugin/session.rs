//! One user's session: what the user does, on its way to the network.

use std::sync::OnceLock;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use plugin_api::prelude::*;
use plugin_api::{UserFile, UserSticker};
use tokio::sync::{oneshot, watch};

use super::chat::{nonce, on_network};
use super::events::Teller;
use super::line::Line;
use super::preferences::Preferences;
use super::trouble::explain;
use super::{commands, people, rooms, search, shape};
use crate::client::{self, Client, Settings, Update, Updates};
use crate::protocol::group::{Invite, Leave, SetGroup};
use crate::protocol::message::{Activity, Delete, Edit, React, Read, Send, Typing};
use crate::protocol::person::{Befriend, Block, SetPresence, SetProfile, Unfriend, Whois};
use crate::protocol::{Ask, Kind, Relation};

/// How long a request may wait for the network to come back: less than the daemon waits for a callback, longer than a restart takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A user's device on the network.
pub struct SuperduperSession {
    me: String,
    pub(super) settings: Settings,
    pub(super) host: Host,
    client: OnceLock<Client>,
    line: watch::Sender<Line>,
    preferences: watch::Sender<Preferences>,
    /// Given away when the contacts are known: what happened in the meantime is told after them.
    filled: std::sync::Mutex<Option<oneshot::Sender<()>>>,
}

impl Session for SuperduperSession {
    async fn login(&self) -> Result<Option<String>> {
        let (client, mut updates) = Client::start(self.settings.clone());
        match updates.recv().await {
            Some(Update::Up(welcome)) => {
                self.line.send_replace(Line::Up(welcome));
            }
            // The daemon tries again, and knows better than we when.
            Some(Update::Down(error)) => return Err(explain(error)),
            _ => return Err(Error::network("the client stopped")),
        }
        if self.client.set(client.clone()).is_err() {
            return Err(Error::internal("logged in twice"));
        }
        let (filled, go) = oneshot::channel();
        *self.filled() = Some(filled);
        self.host.spawn(listen(self.teller(client), updates, go));
        Ok(Some(format!("Connected as {}", self.me)))
    }

    async fn logout(&self) -> Result<()> {
        if let Some(client) = self.client.get() {
            client.stop();
        }
        Ok(())
    }

    async fn fill_contacts(&self) -> Result<Vec<ContactInfo>> {
        let list = people::list(self.client()?).await.map_err(explain)?;
        let mut friends = Vec::new();
        for (contact, info) in list {
            if contact.relation == Relation::Asking {
                // Asked before this device existed, or while nobody was told.
                self.host.contact(contact.user).send_friend_request(None);
            }
            friends.push(info);
        }
        self.go();
        Ok(friends)
    }

    async fn on_ready(&self) -> Result<()> {
        self.go();
        Ok(())
    }

    async fn on_text(&self, chat: Chat, message: UserText) -> Result<Option<MessageId>> {
        let chat = on_network(&chat)?;
        let nonce = nonce(&chat, &message.stanza_id, &message.body);
        let content = shape::content(message);
        let mut send = Send { chat, content, nonce };
        let sent = match self.patiently(send.clone()).await {
            // What it answers is not (or no longer) there: the words still are.
            Err(client::Error::Refused(refusal))
                if refusal.kind == Kind::NotFound && send.content.reply_to.take().is_some() =>
            {
                self.patiently(send).await
            }
            outcome => outcome,
        };
        match sent {
            Ok(sent) => Ok(Some(sent.id.into())),
            Err(error) if error.class() == client::Class::Network => Err(explain(error)
                .with_text("Superduper cannot be reached: this message may not have been sent.")),
            Err(error) => Err(explain(error)),
        }
    }

    async fn on_file(&self, chat: Chat, file: UserFile) -> Result<Option<MessageId>> {
        self.send_file(&chat, file).await
    }

    async fn on_sticker(&self, chat: Chat, sticker: UserSticker) -> Result<Option<MessageId>> {
        self.send_sticker(&chat, sticker).await
    }

    async fn on_correct(&self, chat: Chat, id: MessageId, message: UserText) -> Result<Option<MessageId>> {
        let edit = Edit { chat: on_network(&chat)?, id: id.0, content: shape::content(message) };
        self.patiently(edit).await.map_err(explain)?;
        Ok(None)
    }

    async fn on_react(
        &self,
        chat: Chat,
        id: MessageId,
        emojis: Vec<String>,
        _: Option<ThreadId>,
    ) -> Result<()> {
        self.done(React { chat: on_network(&chat)?, id: id.0, emojis }).await
    }

    async fn on_retract(&self, chat: Chat, id: MessageId, _: Option<ThreadId>) -> Result<()> {
        self.done(Delete { chat: on_network(&chat)?, id: id.0, reason: String::new() }).await
    }

    async fn on_displayed(&self, chat: Chat, id: MessageId, _: Option<ThreadId>) -> Result<()> {
        self.done(Read { chat: on_network(&chat)?, id: id.0 }).await
    }

    async fn on_active(&self, chat: Chat, thread: Option<ThreadId>) -> Result<()> {
        self.typing(&chat, Activity::Active, thread).await
    }

    async fn on_inactive(&self, chat: Chat, thread: Option<ThreadId>) -> Result<()> {
        self.typing(&chat, Activity::Inactive, thread).await
    }

    async fn on_composing(&self, chat: Chat, thread: Option<ThreadId>) -> Result<()> {
        self.typing(&chat, Activity::Typing, thread).await
    }

    async fn on_paused(&self, chat: Chat, thread: Option<ThreadId>) -> Result<()> {
        self.typing(&chat, Activity::Paused, thread).await
    }

    async fn on_gone(&self, chat: Chat, thread: Option<ThreadId>) -> Result<()> {
        self.typing(&chat, Activity::Gone, thread).await
    }

    async fn on_presence(&self, presence: UserPresence) -> Result<()> {
        let merged = presence.merged.unwrap_or_default();
        let show = if presence.resources.is_empty() { Availability::Offline } else { merged.availability };
        let ask = SetPresence { show: shape::show(show), text: merged.status.unwrap_or_default() };
        self.now(ask).await.map(drop).map_err(explain)
    }

    async fn on_search(&self, form: Form) -> Result<Option<SearchResult>> {
        let found = self.now(search::ask(&form)?).await.map_err(explain)?;
        Ok(Some(search::table(found, &form, &self.me)))
    }

    async fn on_preferences(&self, _: Form, new: Form) -> Result<()> {
        self.preferences.send_replace(Preferences::of(&new));
        Ok(())
    }

    async fn on_command(&self, call: CommandCall) -> Result<CommandReply> {
        commands::for_users(self, &call).await
    }

    async fn update_contact_info(&self, contact: ContactId) -> Result<ContactInfo> {
        let contact = self.patiently(Whois { user: contact.0 }).await.map_err(explain)?;
        Ok(people::info(contact))
    }

    async fn fetch_vcard(&self, contact: ContactId) -> Result<Option<VCard>> {
        let contact = self.patiently(Whois { user: contact.0 }).await.map_err(explain)?;
        Ok(Some(people::card(contact)))
    }

    async fn fetch_avatar(&self, contact: ContactId, id: AvatarId) -> Result<Option<Blob>> {
        let known = self.patiently(Whois { user: contact.0 }).await.map_err(explain)?;
        self.fetch(known.profile.avatar, &id).await
    }

    async fn fetch_room_avatar(&self, room: RoomId, id: AvatarId) -> Result<Option<Blob>> {
        self.fetch(self.group(&room).await?.avatar, &id).await
    }

    async fn on_avatar(&self, avatar: Option<UserAvatar>) -> Result<()> {
        let picture = self.picture(avatar).await?;
        self.done(SetProfile { avatar: Some(picture), ..SetProfile::default() }).await
    }

    async fn on_friend_request(&self, contact: ContactId, text: Option<String>) -> Result<()> {
        let friend = self.patiently(Befriend { user: contact.0, text: text.unwrap_or_default() }).await;
        let friend = friend.map_err(explain)?;
        if friend.relation == Relation::Friend {
            // They had asked first, or were friends all along: nobody else will tell.
            let who = self.host.contact(friend.user.clone());
            // Handed over in order; the daemon may be waiting for us before it answers.
            self.host.set_contacts(vec![people::info(friend)]);
            who.accept_friend_request(None);
        }
        Ok(())
    }

    async fn on_friend_accept(&self, contact: ContactId) -> Result<()> {
        // The subscription's answer to a friend's own request comes here too; only an open request is accepted.
        let known = self.patiently(Whois { user: contact.0.clone() }).await.map_err(explain)?;
        if known.relation != Relation::Asking {
            return Ok(());
        }
        let friend =
            self.patiently(Befriend { user: contact.0, text: String::new() }).await.map_err(explain)?;
        self.host.set_contacts(vec![people::info(friend)]);
        Ok(())
    }

    async fn on_friend_delete(&self, contact: ContactId, _: Option<String>) -> Result<()> {
        self.done(Unfriend { user: contact.0 }).await
    }

    async fn fill_rooms(&self) -> Result<Vec<RoomInfo>> {
        rooms::list(self.client()?).await.map_err(explain)
    }

    async fn update_room_info(&self, room: RoomId) -> Result<RoomInfo> {
        Ok(rooms::info(&self.group(&room).await?))
    }

    async fn fill_participants(&self, room: RoomId) -> Result<Vec<ParticipantInfo>> {
        self.participants(&room).await
    }

    async fn on_create_group(&self, name: String, contacts: Vec<ContactId>) -> Result<RoomId> {
        self.create_group(name, contacts).await
    }

    async fn on_set_subject(&self, room: RoomId, subject: String) -> Result<()> {
        self.set_subject(room, subject).await
    }

    async fn on_set_config(
        &self,
        room: RoomId,
        name: Option<String>,
        description: Option<String>,
    ) -> Result<()> {
        let group = rooms::group_id(&room)?;
        self.change(SetGroup { group, name, description, ..SetGroup::default() }).await.map(drop)
    }

    async fn on_room_avatar(&self, room: RoomId, avatar: Option<UserAvatar>) -> Result<Option<AvatarId>> {
        let ask = SetGroup {
            group: rooms::group_id(&room)?,
            avatar: Some(self.picture(avatar).await?),
            ..SetGroup::default()
        };
        Ok(self.change(ask).await?.avatar.map(|file| file.sha256.into()))
    }

    async fn on_invitation(&self, contact: ContactId, room: RoomId, reason: Option<String>) -> Result<()> {
        let text = reason.unwrap_or_default();
        self.done(Invite { group: rooms::group_id(&room)?, user: contact.0, text }).await
    }

    async fn on_leave_group(&self, room: RoomId) -> Result<()> {
        self.done(Leave { group: rooms::group_id(&room)?, reason: String::new() }).await
    }

    async fn on_kick(&self, room: RoomId, contact: ContactId, reason: Option<String>) -> Result<()> {
        self.set_role(room, contact, Affiliation::None, reason).await
    }

    async fn on_set_affiliation(
        &self,
        room: RoomId,
        contact: ContactId,
        affiliation: Affiliation,
        reason: Option<String>,
        _: Option<String>,
    ) -> Result<()> {
        self.set_role(room, contact, affiliation, reason).await
    }

    async fn on_moderate(&self, room: RoomId, id: MessageId, reason: Option<String>) -> Result<()> {
        self.moderate(room, id, reason).await
    }

    async fn on_destroy_request(&self, room: RoomId, reason: Option<String>) -> Result<()> {
        self.destroy_group(room, reason).await
    }

    async fn on_block(&self, contact: ContactId, blocked: bool) -> Result<()> {
        self.done(Block { user: contact.0, blocked }).await
    }
}

impl SuperduperSession {
    pub(super) fn new(me: String, settings: Settings, preferences: Preferences, host: Host) -> Self {
        let line = watch::Sender::new(Line::Down);
        SuperduperSession {
            me,
            settings,
            host,
            client: OnceLock::new(),
            line,
            preferences: watch::Sender::new(preferences),
            filled: std::sync::Mutex::default(),
        }
    }

    fn teller(&self, client: Client) -> Teller {
        let under_way = FuturesUnordered::new();
        Teller {
            me: self.me.clone(),
            host: self.host.clone(),
            client,
            line: self.line.clone(),
            preferences: self.preferences.subscribe(),
            under_way,
            failing: (0, 0),
        }
    }

    fn filled(&self) -> std::sync::MutexGuard<'_, Option<oneshot::Sender<()>>> {
        self.filled.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// What happens may be told from now on.
    fn go(&self) {
        if let Some(filled) = self.filled().take() {
            // Gone only together with the session.
            let _ = filled.send(());
        }
    }

    pub(super) fn client(&self) -> Result<&Client> {
        self.client.get().ok_or_else(|| Error::network("not logged in"))
    }

    /// Asks for what is worth nothing later, or what somebody waits for.
    pub(super) async fn now<A: Ask>(&self, ask: A) -> Result<A::Answer, client::Error> {
        match self.client.get() {
            Some(client) => client.ask(ask).await,
            None => Err(client::Error::Closed(None)),
        }
    }

    pub(super) fn line(&self) -> Line {
        self.line.borrow().clone()
    }

    pub(super) async fn patiently<A: Ask + Clone>(&self, ask: A) -> Result<A::Answer, client::Error> {
        match self.client.get() {
            Some(client) => client.ask_patiently(ask, PATIENCE).await,
            None => Err(client::Error::Closed(None)),
        }
    }

    pub(super) fn me(&self) -> &str {
        &self.me
    }

    pub(super) async fn done<A: Ask + Clone>(&self, ask: A) -> Result<()> {
        self.patiently(ask).await.map(drop).map_err(explain)
    }

    async fn typing(&self, chat: &Chat, activity: Activity, thread: Option<ThreadId>) -> Result<()> {
        if !self.preferences.borrow().typing {
            return Ok(());
        }
        let thread = thread.map(|thread| thread.0);
        self.now(Typing { chat: on_network(chat)?, activity, thread }).await.map(drop).map_err(explain)
    }
}

async fn listen(teller: Teller, updates: Updates, go: oneshot::Receiver<()>) {
    if go.await.is_ok() {
        teller.run(updates).await;
    }
}
