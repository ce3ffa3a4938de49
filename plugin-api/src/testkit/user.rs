//! A user of a gateway that a test runs.

use super::{
    TestCommand,
    command::Callee,
    fake_host::FakeSessionHost,
    form::{answers, checked},
    recorder::Recorder,
    state::{Shared, locked},
};
use crate::{
    Error, RemoteGateway, RemoteSession, Result, SessionRequest,
    types::{
        Blob, Chat, ContactInfo, Data, Info, MessageId, ParticipantInfo, RoomId, RoomInfo, SearchResult,
        Sender, Text, User, UserText,
    },
};
use std::sync::Arc;

/// A user of the gateway, who sees what it does.
pub struct TestUser {
    info: Arc<Info>,
    gateway: RemoteGateway,
    user: User,
    session: RemoteSession,
    state: Shared,
    seen: Recorder<SessionRequest>,
    said: u64,
}

impl TestUser {
    /// Makes a user of whom that data is kept, with the preferences that everybody has at first.
    pub(super) async fn new(
        info: Arc<Info>,
        gateway: RemoteGateway,
        jid: &str,
        data: Data,
    ) -> Result<TestUser> {
        let state = Shared::default();
        locked(&state).data = data.clone();
        let preferences = answers(info.preferences.iter().map(|field| (&field.var, &field.value)));
        let user = User { jid: jid.to_owned(), data, preferences };
        Self::connect(info, gateway, user, state).await
    }

    async fn connect(info: Arc<Info>, gateway: RemoteGateway, user: User, state: Shared) -> Result<TestUser> {
        let (sender, seen) = Recorder::new();
        let host = FakeSessionHost { state: state.clone(), seen: sender };
        let session = gateway.connect(&user, Arc::new(host)).await?;
        Ok(TestUser { info, gateway, user, session, state, seen, said: 0 })
    }

    /// Connects to the network.
    ///
    /// # Errors
    ///
    /// Those of [`Session::login`](crate::Session::login).
    pub async fn login(&self) -> Result<Option<String>> {
        self.session.login().await
    }

    /// Disconnects.
    ///
    /// # Errors
    ///
    /// Those of [`Session::logout`](crate::Session::logout).
    pub async fn logout(&self) -> Result<()> {
        self.session.logout().await
    }

    /// Says something. The stanza id is `said-1`, `said-2`…
    ///
    /// # Errors
    ///
    /// Those of [`Session::on_text`](crate::Session::on_text).
    pub async fn say(&mut self, chat: Chat, body: impl Into<String>) -> Result<Option<MessageId>> {
        self.said += 1;
        let stanza_id = format!("said-{}", self.said);
        self.session.on_text(chat, UserText { stanza_id, body: body.into(), ..UserText::default() }).await
    }

    /// Looks for somebody, by the answers to [`Info::search_fields`].
    ///
    /// # Errors
    ///
    /// `not-acceptable` when a required field is missing, as the daemon would say; those of
    /// [`Session::on_search`](crate::Session::on_search).
    pub async fn search<K, V>(&self, form: impl IntoIterator<Item = (K, V)>) -> Result<Option<SearchResult>>
    where
        K: Into<String>,
        V: Into<String>,
    {
        let form = answers(form);
        checked(&self.info.search_fields, &form)?;
        self.session.on_search(form).await
    }

    /// Changes preferences; the others stay.
    ///
    /// # Errors
    ///
    /// Those of [`Session::on_preferences`](crate::Session::on_preferences).
    pub async fn prefer<K, V>(&mut self, changes: impl IntoIterator<Item = (K, V)>) -> Result<()>
    where
        K: Into<String>,
        V: Into<String>,
    {
        let previous = self.user.preferences.clone();
        self.user.preferences.extend(answers(changes));
        self.session.on_preferences(previous, self.user.preferences.clone()).await
    }

    /// Runs a command of the plugin on the gateway, or on a contact or room.
    ///
    /// # Errors
    ///
    /// `item-not-found` if there is no such command, `forbidden` if it is not for users, as the
    /// daemon would say; those of [`Session::on_command`](crate::Session::on_command).
    pub async fn command(&self, node: &str, on: Option<Chat>, arguments: &[&str]) -> Result<TestCommand> {
        let callee = Callee::User(self.session.clone());
        TestCommand::run(&self.info, callee, &self.user.jid, node, on, arguments).await
    }

    /// All the callbacks of the session.
    pub fn callbacks(&self) -> &RemoteSession {
        &self.session
    }

    /// The next thing that the plugin asked or sent.
    ///
    /// # Panics
    ///
    /// If there is none after [`PATIENCE`](super::PATIENCE).
    pub async fn next(&mut self) -> SessionRequest {
        self.seen.next().await
    }

    /// The next thing that the plugin did that fits, skipping others; `what` names it if it never
    /// comes.
    ///
    /// # Panics
    ///
    /// If there is none after [`PATIENCE`](super::PATIENCE), naming those that were skipped.
    pub async fn until<T>(&mut self, what: &str, fits: impl FnMut(&SessionRequest) -> Option<T>) -> T {
        self.seen.until(what, fits).await
    }

    /// The next text of that contact, skipping everything else.
    ///
    /// # Panics
    ///
    /// If there is none after [`PATIENCE`](super::PATIENCE).
    pub async fn text_from(&mut self, contact: &str) -> Text {
        let is_from = |request: &SessionRequest| match request {
            SessionRequest::SendText { from, text, .. }
                if from.room.is_none() && from.contact.as_ref().is_some_and(|id| id.as_str() == contact) =>
            {
                Some(text.clone())
            }
            _ => None,
        };
        self.until(&format!("text from {contact}"), is_from).await
    }

    /// The next text in that room, and who says it, skipping everything else.
    ///
    /// # Panics
    ///
    /// If there is none after [`PATIENCE`](super::PATIENCE).
    pub async fn text_in(&mut self, room: &str) -> (Sender, Text) {
        let is_in = |request: &SessionRequest| match request {
            SessionRequest::SendText { from, text, .. }
                if from.room.as_ref().is_some_and(|id| id.as_str() == room) =>
            {
                Some((from.clone(), text.clone()))
            }
            _ => None,
        };
        self.until(&format!("text in {room}"), is_in).await
    }

    /// Takes what the plugin did so far and the test did not look at yet. What it does at this
    /// moment may be missing.
    pub fn so_far(&mut self) -> Vec<SessionRequest> {
        self.seen.so_far()
    }

    /// The answer to the next question that the plugin asks the user.
    pub fn will_answer(&self, answer: impl Into<String>) {
        locked(&self.state).answers.push_back(answer.into());
    }

    /// The next time that the plugin uses that operation of the daemon, it fails.
    pub fn will_fail(&self, operation: &str, error: Error) {
        locked(&self.state).failures.insert(operation.to_owned(), error);
    }

    /// Data that the plugin keeps for the user: `legacy_module_data`.
    pub fn data(&self) -> Data {
        locked(&self.state).data.clone()
    }

    /// Value that the plugin put into the session's store.
    pub fn stored(&self, key: &str) -> Option<Blob> {
        locked(&self.state).kv.get(key).cloned()
    }

    /// Information that the plugin told about a contact, all taken together.
    pub fn contact(&self, id: &str) -> Option<ContactInfo> {
        locked(&self.state).contacts.get(&id.into()).cloned()
    }

    /// Asks for the rooms of the user, as the daemon does after a login.
    ///
    /// # Errors
    ///
    /// Those of [`Session::fill_rooms`](crate::Session::fill_rooms).
    pub async fn fill_rooms(&self) -> Result<()> {
        let rooms = self.session.fill_rooms().await?;
        let mut state = locked(&self.state);
        rooms.into_iter().for_each(|room| state.rooms.merge(room));
        Ok(())
    }

    /// Enters a room: one that was not told of is looked up first, and who is in it is asked, as
    /// the daemon does when the user comes for the first time.
    ///
    /// # Errors
    ///
    /// Those of [`Session::update_room_info`](crate::Session::update_room_info) and
    /// [`Session::fill_participants`](crate::Session::fill_participants).
    pub async fn join(&self, room: impl Into<RoomId>) -> Result<()> {
        let room = room.into();
        if self.room(room.as_str()).is_none() {
            let info = self.session.update_room_info(room.clone()).await?;
            locked(&self.state).rooms.merge(info);
        }
        let participants = self.session.fill_participants(room.clone()).await?;
        locked(&self.state).rooms.seat(room, participants);
        Ok(())
    }

    /// Information that the plugin told about a room, all taken together; none once the user is no
    /// longer in it.
    pub fn room(&self, id: &str) -> Option<RoomInfo> {
        locked(&self.state).rooms.info(&id.into())
    }

    /// Participants of a room by now.
    pub fn participants(&self, room: &str) -> Vec<ParticipantInfo> {
        locked(&self.state).rooms.participants(&room.into())
    }

    /// The daemon restarts: the session is dropped without a logout, and made again with what was
    /// kept.
    ///
    /// # Errors
    ///
    /// Those of [`Gateway::connect`](crate::Gateway::connect).
    pub async fn restart(self) -> Result<TestUser> {
        let TestUser { info, gateway, user, session, state, mut seen, .. } = self;
        drop(session);
        // The old session is the last to hold the other end.
        seen.closed().await;
        let user = User { data: locked(&state).data.clone(), ..user };
        Self::connect(info, gateway, user, state).await
    }
}
