//! The daemon, as a gateway and as a session see it.

use super::{Actor, Contact, GatewayRemote, Room, SessionRemote};
use crate::{
    error::Class,
    rpc::{Answer, Remote, Sending},
    types::*,
};
use std::ops::Deref;

/// The daemon, as a gateway sees it. Cheap to clone, valid for the gateway's life.
///
/// The gateway has a store of keys and values of its own: **not encrypted** at rest, in nobody's
/// export, each value bounded by 32 MiB. Secrets of users belong into their [`Data`].
#[derive(Clone)]
pub struct GatewayHost {
    remote: GatewayRemote,
}

impl GatewayHost {
    pub(crate) fn new(remote: Remote) -> Self {
        GatewayHost { remote: GatewayRemote(remote) }
    }

    /// Runs a task in the background until it is done or the gateway is dropped.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.remote.0.spawn(task);
    }

    /// Ends a QR registration, one way or the other (slidge: `confirm_qr`).
    ///
    /// Answered with `item-not-found` if nobody waits for it any more: then close what the network
    /// has opened for the user.
    pub fn confirm_qr(&self, user_jid: String, outcome: QrOutcome) -> Sending {
        self.remote.confirm_qr(user_jid, outcome)
    }

    /// Replaces the text of a QR code that is shown to a user.
    ///
    /// Answered with `item-not-found` if nobody waits for it any more: then give the registration
    /// up.
    pub fn refresh_qr(&self, user_jid: String, text: String) -> Sending {
        self.remote.refresh_qr(user_jid, text)
    }

    /// Sends a message from the gateway to a user, by bare JID.
    pub fn send_message(&self, user_jid: String, text: String) -> Sending {
        self.remote.send_message(user_jid, text)
    }

    /// Reads a value of the gateway's own store.
    pub fn kv_get(&self, key: String) -> Answer<Option<Blob>> {
        self.remote.kv_get(key)
    }

    /// Lists the keys of the gateway's own store that begin with a prefix.
    pub fn kv_list(&self, prefix: String) -> Answer<Vec<String>> {
        self.remote.kv_list(prefix)
    }

    /// Writes a value into the gateway's own store; `None` deletes it.
    pub fn kv_set(&self, key: String, value: Option<Blob>) -> Sending {
        self.remote.kv_set(key, value)
    }
}

impl Deref for GatewayHost {
    type Target = GatewayRemote;

    fn deref(&self) -> &GatewayRemote {
        &self.remote
    }
}

/// The daemon, as a session sees it. Cheap to clone, valid for the session's life.
///
/// Every operation is *eager*: it takes its place in the order of the session's operations when the
/// method is called, not when the answer is awaited. For a stanza that has to arrive, `Ok` means
/// that it is in the durable outbox.
///
/// A session has two stores, both deleted when the user leaves:
///
/// | | *the user's data*, `legacy_module_data_*` | *keys and values*, `kv_*` |
/// |---|---|---|
/// | meant for | credentials, tokens | cursors, caches |
/// | at rest | encrypted | **not** encrypted |
/// | read | at once: it comes with [`User`] | when it is asked for |
/// | in a user's export of their data | the names only | names and values |
/// | bound | 32 MiB in all: one operation | 32 MiB a value |
#[derive(Clone)]
pub struct Host {
    remote: SessionRemote,
}

impl Host {
    pub(crate) fn new(remote: Remote) -> Self {
        Host { remote: SessionRemote(remote) }
    }

    /// Runs a task in the background until it is done or the session is dropped.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.remote.0.spawn(task);
    }

    /// Returns the handle of any sender, which is behind all other handles. Costs nothing.
    pub fn actor(&self, sender: Sender) -> Actor {
        Actor::new(self.remote.clone(), sender)
    }

    /// A contact (slidge: `LegacyContact`). Costs nothing.
    pub fn contact(&self, id: impl Into<ContactId>) -> Contact {
        Contact::new(self.remote.clone(), id.into())
    }

    /// A room (slidge: `LegacyMUC`). Costs nothing.
    pub fn room(&self, id: impl Into<RoomId>) -> Room {
        Room::new(self.remote.clone(), id.into())
    }

    /// Asks the user something in the chat with the gateway, and waits a minute for the answer
    /// (slidge: `input`).
    ///
    /// The answer is the user's next message to the gateway, which then runs no command;
    /// `remote-server-timeout` if none comes. A callback that asks takes as long as the user does,
    /// so better ask in [`spawn`](Self::spawn).
    pub fn ask(&self, prompt: impl Into<String>) -> Answer<String> {
        self.remote.input(prompt.into(), 60)
    }

    /// Reports that the session is connected, with the text of the gateway's status: `Connected as
    /// juliet`.
    pub fn connected(&self, status: impl Into<String>) -> Sending {
        let status = Some(status.into());
        self.remote.logged(Logged { state: LoginState::LoggedIn, status, ..Logged::default() })
    }

    /// Reports that the connection is lost; `state` says whether the plugin connects again by
    /// itself, `class` why it broke.
    pub fn disconnected(&self, state: LoginState, class: Class, status: impl Into<String>) -> Sending {
        self.remote.logged(Logged { state, class, status: Some(status.into()) })
    }

    /// Adds contacts, or changes what is known of them: many at once.
    pub fn set_contacts(&self, contacts: Vec<ContactInfo>) -> Sending {
        self.remote.set_contacts(contacts)
    }

    /// Lists the contacts that the daemon knows; with `only_friends` those on the user's contact
    /// list.
    pub fn known_contacts(&self, only_friends: bool) -> Answer<Vec<ContactId>> {
        self.remote.known_contacts(only_friends)
    }

    /// Lists the rooms that the daemon knows.
    pub fn known_rooms(&self) -> Answer<Vec<RoomId>> {
        self.remote.known_rooms()
    }

    /// Lists the stanza ids of a message of the network; several if it took several stanzas.
    pub fn stanza_ids(&self, chat: Chat, id: MessageId) -> Answer<Vec<String>> {
        self.remote.stanza_ids(chat, id)
    }

    /// Finds the message of the network that a stanza id belongs to.
    pub fn message_id(&self, chat: Chat, stanza_id: String) -> Answer<Option<MessageId>> {
        self.remote.message_id(chat, stanza_id)
    }

    /// Shows the user a QR code as a picture in the chat with the gateway (slidge: `send_qr`).
    /// Answered with the picture's address, if it has one.
    pub fn send_qr(&self, text: String) -> Answer<Option<String>> {
        self.remote.send_qr(text)
    }

    /// Changes the gateway's presence towards the user.
    pub fn send_gateway_status(&self, presence: Presence) -> Sending {
        self.remote.send_gateway_status(presence)
    }

    /// Sends a message from the gateway to the user.
    pub fn send_gateway_message(&self, text: String) -> Sending {
        self.remote.send_gateway_message(text)
    }

    /// Sends a file from the gateway to the user.
    pub fn send_gateway_file(&self, file: Attachment) -> Sending<Sent> {
        self.remote.send_gateway_file(file)
    }

    /// Invites the user to a room, from the gateway (XEP-0249).
    pub fn send_gateway_invite(
        &self,
        room: RoomId,
        reason: Option<String>,
        password: Option<String>,
    ) -> Sending {
        self.remote.send_gateway_invite(room, reason, password)
    }

    /// Reads the user's data. Encrypted at rest.
    pub fn legacy_module_data_get(&self) -> Answer<Data> {
        self.remote.legacy_module_data_get()
    }

    /// Changes some of the user's data; an empty value deletes its key. Encrypted at rest.
    pub fn legacy_module_data_update(&self, data: Data) -> Sending {
        self.remote.legacy_module_data_update(data)
    }

    /// Replaces all of the user's data. Encrypted at rest.
    pub fn legacy_module_data_set(&self, data: Data) -> Sending {
        self.remote.legacy_module_data_set(data)
    }

    /// Reads a value of the session's store. Not encrypted.
    pub fn kv_get(&self, key: String) -> Answer<Option<Blob>> {
        self.remote.kv_get(key)
    }

    /// Lists the keys of the session's store that begin with a prefix.
    pub fn kv_list(&self, prefix: String) -> Answer<Vec<String>> {
        self.remote.kv_list(prefix)
    }

    /// Writes a value into the session's store; `None` deletes it. Not encrypted.
    pub fn kv_set(&self, key: String, value: Option<Blob>) -> Sending {
        self.remote.kv_set(key, value)
    }
}

/// The operations as they cross the boundary, for what the methods above do not offer.
impl Deref for Host {
    type Target = SessionRemote;

    fn deref(&self) -> &SessionRemote {
        &self.remote
    }
}
