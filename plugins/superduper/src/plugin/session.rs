//! Session of one user, which brings their actions to the network.

use futures_util::stream::FuturesUnordered;
use plugin_api::prelude::*;
use plugin_api::{UserFile, UserSticker};
use tokio::sync::{oneshot, watch};

use super::account::Account;
use super::chat::{nonce, on_network};
use super::connection::ConnectionState;
use super::errors::explain;
use super::events::EventForwarder;
use super::ids::group_id;
use super::preferences::Preferences;
use super::{commands, contacts, convert, files, pictures, rooms, search};
use crate::client::{self, Client, Settings, Update, Updates};
use crate::protocol::group::{Invite, Leave, SetGroup};
use crate::protocol::message::{Activity, Delete, Edit, React, Read, Send, Typing};
use crate::protocol::person::{Befriend, Block, SetPresence, SetProfile, Unfriend, Whois};
use crate::protocol::{Kind, Relation};

/// Device of a user on the network.
pub struct SuperduperSession {
    account: Account,
    preferences: watch::Sender<Preferences>,
    /// Starter of the reports about events, taken once the contacts are known: what happened in the
    /// meantime is reported after them.
    filled: std::sync::Mutex<Option<oneshot::Sender<()>>>,
}

impl Session for SuperduperSession {
    async fn login(&self) -> Result<Option<String>> {
        let (client, mut updates) = Client::start(self.account.settings().clone());
        match updates.recv().await {
            Some(Update::Up(welcome)) => {
                self.account.connection_sender().send_replace(ConnectionState::Up(welcome));
            }
            // The daemon tries again, and knows better than we when.
            Some(Update::Down(error)) => return Err(explain(error)),
            _ => return Err(Error::network("the client stopped")),
        }
        self.account.connected(client.clone())?;
        let (filled, go) = oneshot::channel();
        *self.filled() = Some(filled);
        self.account.host.spawn(listen(self.forwarder(client), updates, go));
        Ok(Some(format!("Connected as {}", self.account.me)))
    }

    async fn logout(&self) -> Result<()> {
        self.account.disconnect();
        Ok(())
    }

    async fn fill_contacts(&self) -> Result<Vec<ContactInfo>> {
        let list = contacts::list(self.account.client()?).await.map_err(explain)?;
        let mut friends = Vec::new();
        for (contact, info) in list {
            if contact.relation == Relation::Asking {
                // They asked before this device existed, or while nobody was told.
                self.account.host.contact(contact.user).send_friend_request(None);
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
        let content = convert::content(message);
        let mut send = Send { chat, content, nonce };
        let sent = match self.account.request_patiently(send.clone()).await {
            // The message that this one replies to does not exist (any more): it is sent without
            // the reference.
            Err(client::Error::Refused(refusal))
                if refusal.kind == Kind::NotFound && send.content.reply_to.take().is_some() =>
            {
                self.account.request_patiently(send).await
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
        files::send_file(&self.account, &chat, file).await
    }

    async fn on_sticker(&self, chat: Chat, sticker: UserSticker) -> Result<Option<MessageId>> {
        files::send_sticker(&self.account, &chat, sticker).await
    }

    async fn on_correct(&self, chat: Chat, id: MessageId, message: UserText) -> Result<Option<MessageId>> {
        let edit = Edit { chat: on_network(&chat)?, id: id.0, content: convert::content(message) };
        self.account.request_patiently(edit).await.map_err(explain)?;
        Ok(None)
    }

    async fn on_react(
        &self,
        chat: Chat,
        id: MessageId,
        emojis: Vec<String>,
        _: Option<ThreadId>,
    ) -> Result<()> {
        self.account.done(React { chat: on_network(&chat)?, id: id.0, emojis }).await
    }

    async fn on_retract(&self, chat: Chat, id: MessageId, _: Option<ThreadId>) -> Result<()> {
        self.account.done(Delete { chat: on_network(&chat)?, id: id.0, reason: String::new() }).await
    }

    async fn on_displayed(&self, chat: Chat, id: MessageId, _: Option<ThreadId>) -> Result<()> {
        self.account.done(Read { chat: on_network(&chat)?, id: id.0 }).await
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
        let ask = SetPresence { show: convert::show(show), text: merged.status.unwrap_or_default() };
        self.account.request(ask).await.map(drop).map_err(explain)
    }

    async fn on_search(&self, form: Form) -> Result<Option<SearchResult>> {
        let found = self.account.request(search::ask(&form)?).await.map_err(explain)?;
        Ok(Some(search::table(found, &form, &self.account.me)))
    }

    async fn on_preferences(&self, _: Form, new: Form) -> Result<()> {
        self.preferences.send_replace(Preferences::of(&new));
        Ok(())
    }

    async fn on_command(&self, call: CommandCall) -> Result<CommandReply> {
        commands::for_users(&self.account, &call).await
    }

    async fn update_contact_info(&self, contact: ContactId) -> Result<ContactInfo> {
        let contact = self.account.request_patiently(Whois { user: contact.0 }).await.map_err(explain)?;
        Ok(contacts::info(contact))
    }

    async fn fetch_vcard(&self, contact: ContactId) -> Result<Option<VCard>> {
        let contact = self.account.request_patiently(Whois { user: contact.0 }).await.map_err(explain)?;
        Ok(Some(contacts::card(contact)))
    }

    async fn fetch_avatar(&self, contact: ContactId, id: AvatarId) -> Result<Option<Blob>> {
        let known = self.account.request_patiently(Whois { user: contact.0 }).await.map_err(explain)?;
        pictures::fetch(&self.account, known.profile.avatar, &id).await
    }

    async fn fetch_room_avatar(&self, room: RoomId, id: AvatarId) -> Result<Option<Blob>> {
        pictures::fetch(&self.account, rooms::group(&self.account, &room).await?.avatar, &id).await
    }

    async fn on_avatar(&self, avatar: Option<UserAvatar>) -> Result<()> {
        let picture = pictures::bring(&self.account, avatar).await?;
        self.account.done(SetProfile { avatar: Some(picture), ..SetProfile::default() }).await
    }

    async fn on_friend_request(&self, contact: ContactId, text: Option<String>) -> Result<()> {
        let friend = self
            .account
            .request_patiently(Befriend { user: contact.0, text: text.unwrap_or_default() })
            .await;
        let friend = friend.map_err(explain)?;
        if friend.relation == Relation::Friend {
            // They had asked first, or were friends all along: no event will report the friendship.
            let who = self.account.host.contact(friend.user.clone());
            // Handed over in order but not waited for: the daemon may be waiting for us before it
            // answers.
            self.account.host.set_contacts(vec![contacts::info(friend)]);
            who.accept_friend_request(None);
        }
        Ok(())
    }

    async fn on_friend_accept(&self, contact: ContactId) -> Result<()> {
        // The subscription's answer to a friend's own request comes here too; only an open request
        // is accepted.
        let known =
            self.account.request_patiently(Whois { user: contact.0.clone() }).await.map_err(explain)?;
        if known.relation != Relation::Asking {
            return Ok(());
        }
        let friend = self
            .account
            .request_patiently(Befriend { user: contact.0, text: String::new() })
            .await
            .map_err(explain)?;
        self.account.host.set_contacts(vec![contacts::info(friend)]);
        Ok(())
    }

    async fn on_friend_delete(&self, contact: ContactId, _: Option<String>) -> Result<()> {
        self.account.done(Unfriend { user: contact.0 }).await
    }

    async fn fill_rooms(&self) -> Result<Vec<RoomInfo>> {
        rooms::list(self.account.client()?).await.map_err(explain)
    }

    async fn update_room_info(&self, room: RoomId) -> Result<RoomInfo> {
        Ok(rooms::info(&rooms::group(&self.account, &room).await?))
    }

    async fn fill_participants(&self, room: RoomId) -> Result<Vec<ParticipantInfo>> {
        rooms::participants(&self.account, &room).await
    }

    async fn on_create_group(&self, name: String, contacts: Vec<ContactId>) -> Result<RoomId> {
        rooms::create_group(&self.account, name, contacts).await
    }

    async fn on_set_subject(&self, room: RoomId, subject: String) -> Result<()> {
        rooms::set_subject(&self.account, room, subject).await
    }

    async fn on_set_config(
        &self,
        room: RoomId,
        name: Option<String>,
        description: Option<String>,
    ) -> Result<()> {
        let group = group_id(&room)?;
        rooms::change(&self.account, SetGroup { group, name, description, ..SetGroup::default() })
            .await
            .map(drop)
    }

    async fn on_room_avatar(&self, room: RoomId, avatar: Option<UserAvatar>) -> Result<Option<AvatarId>> {
        let ask = SetGroup {
            group: group_id(&room)?,
            avatar: Some(pictures::bring(&self.account, avatar).await?),
            ..SetGroup::default()
        };
        Ok(rooms::change(&self.account, ask).await?.avatar.map(|file| file.sha256.into()))
    }

    async fn on_invitation(&self, contact: ContactId, room: RoomId, reason: Option<String>) -> Result<()> {
        let text = reason.unwrap_or_default();
        self.account.done(Invite { group: group_id(&room)?, user: contact.0, text }).await
    }

    async fn on_leave_group(&self, room: RoomId) -> Result<()> {
        self.account.done(Leave { group: group_id(&room)?, reason: String::new() }).await
    }

    async fn on_kick(&self, room: RoomId, contact: ContactId, reason: Option<String>) -> Result<()> {
        rooms::set_role(&self.account, room, contact, Affiliation::None, reason).await
    }

    async fn on_set_affiliation(
        &self,
        room: RoomId,
        contact: ContactId,
        affiliation: Affiliation,
        reason: Option<String>,
        _: Option<String>,
    ) -> Result<()> {
        rooms::set_role(&self.account, room, contact, affiliation, reason).await
    }

    async fn on_moderate(&self, room: RoomId, id: MessageId, reason: Option<String>) -> Result<()> {
        rooms::moderate(&self.account, room, id, reason).await
    }

    async fn on_destroy_request(&self, room: RoomId, reason: Option<String>) -> Result<()> {
        rooms::destroy_group(&self.account, room, reason).await
    }

    async fn on_block(&self, contact: ContactId, blocked: bool) -> Result<()> {
        self.account.done(Block { user: contact.0, blocked }).await
    }
}

impl SuperduperSession {
    pub(super) fn new(me: String, settings: Settings, preferences: Preferences, host: Host) -> Self {
        SuperduperSession {
            account: Account::new(me, settings, host),
            preferences: watch::Sender::new(preferences),
            filled: std::sync::Mutex::default(),
        }
    }

    fn forwarder(&self, client: Client) -> EventForwarder {
        let under_way = FuturesUnordered::new();
        EventForwarder {
            me: self.account.me.clone(),
            host: self.account.host.clone(),
            client,
            connection: self.account.connection_sender().clone(),
            preferences: self.preferences.subscribe(),
            under_way,
            failing: (0, 0),
        }
    }

    fn filled(&self) -> std::sync::MutexGuard<'_, Option<oneshot::Sender<()>>> {
        self.filled.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Lets events be reported from now on.
    fn go(&self) {
        if let Some(filled) = self.filled().take() {
            // The receiver is gone only together with the session.
            let _ = filled.send(());
        }
    }

    async fn typing(&self, chat: &Chat, activity: Activity, thread: Option<ThreadId>) -> Result<()> {
        if !self.preferences.borrow().typing {
            return Ok(());
        }
        let thread = thread.map(|thread| thread.0);
        self.account
            .request(Typing { chat: on_network(chat)?, activity, thread })
            .await
            .map(drop)
            .map_err(explain)
    }
}

async fn listen(forwarder: EventForwarder, updates: Updates, go: oneshot::Receiver<()>) {
    if go.await.is_ok() {
        forwarder.run(updates).await;
    }
}
