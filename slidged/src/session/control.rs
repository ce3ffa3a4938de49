//! Requests of commands to a session: questions about its state, and changes to it.

use crate::xmpp::StanzaError;
use crate::xmpp::disco::Item;
use bytes::Bytes;
use plugin_api::ContactId;
use plugin_api::Data;
use plugin_api::Form;
use plugin_api::RoomId;
use tokio::sync::oneshot;

/// Request, with the channel for its answer. No answer comes when the session is ending.
pub enum Control {
    /// Asks for the state of the session.
    StatusReport(oneshot::Sender<StatusReport>),
    /// Asks for the contacts that it knows.
    Contacts(oneshot::Sender<Vec<ContactSummary>>),
    /// Asks for its rooms, for service discovery.
    Rooms(oneshot::Sender<Vec<Item>>),
    /// Leaves a room for good.
    LeaveRoom(RoomId, oneshot::Sender<Result<(), StanzaError>>),
    /// Reads the network's contact list again.
    SyncContacts(oneshot::Sender<Result<SyncReport, String>>),
    /// Replaces the preferences. Answered when they are durable.
    SetPreferences(Form, oneshot::Sender<()>),
    /// Logs in again at once.
    Relogin(oneshot::Sender<Result<(), AlreadyConnected>>),
    /// Logs the user out for an administrator, until they log in again.
    Logout(oneshot::Sender<()>),
    /// Replaces the credentials. Answered when they are durable.
    SetData(Data, oneshot::Sender<()>),
    /// Unregisters the user: logs out, cleans up and forgets. Answered when all is done; the stanza
    /// is sent as soon as the removal of the user is durable.
    Unregister(Option<Bytes>, oneshot::Sender<()>),
}

/// Error of a login while the user is connected already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlreadyConnected;

/// State of a session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StatusReport {
    /// Status text of the gateway's presence.
    pub status: String,
    /// True if the network takes messages.
    pub connected: bool,
    /// True if the session waits for the user to log in again.
    pub parked: bool,
    /// Number of logins that failed in a row.
    pub failures: u32,
    /// Number of friends on the network.
    pub friends: usize,
    /// Number of the user's clients that are online.
    pub clients: usize,
    /// Preferences that the user has chosen.
    pub preferences: Form,
}

/// Contact that the user knows.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactSummary {
    /// Id of the contact on the network.
    pub id: ContactId,
    /// Name of the contact.
    pub name: Option<String>,
    /// True if the contact is on the user's contact list.
    pub friend: bool,
}

/// Changes that reading the contact list has made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Number of new friends.
    pub added: usize,
    /// Number of contacts that are no longer friends.
    pub removed: usize,
    /// Number of friends whose name has changed.
    pub renamed: usize,
    /// Number of friends now.
    pub total: usize,
}
