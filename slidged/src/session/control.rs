//! What commands ask of a session: how it is, whom it knows, what it should change.

use crate::xmpp::StanzaError;
use crate::xmpp::disco::Item;
use bytes::Bytes;
use plugin_api::ContactId;
use plugin_api::Data;
use plugin_api::Form;
use plugin_api::RoomId;
use tokio::sync::oneshot;

/// A question, with where its answer goes. None comes when the session is ending.
pub enum Asked {
    /// How it is.
    Report(oneshot::Sender<Report>),
    /// Whom it knows.
    Contacts(oneshot::Sender<Vec<Known>>),
    /// Its rooms, for service discovery.
    Rooms(oneshot::Sender<Vec<Item>>),
    /// Leave a room for good.
    LeaveRoom(RoomId, oneshot::Sender<Result<(), StanzaError>>),
    /// Read the network's contact list again.
    SyncContacts(oneshot::Sender<Result<Synced, String>>),
    /// New preferences. Answered when they are written.
    SetPreferences(Form, oneshot::Sender<()>),
    /// Log in again, now.
    Relogin(oneshot::Sender<Result<(), ConnectedAlready>>),
    /// An administrator wants them logged out, until they log in again.
    Logout(oneshot::Sender<()>),
    /// New credentials. Answered when they are written.
    SetData(Data, oneshot::Sender<()>),
    /// The user is leaving: log out, clean up, forget. Answered when all is done; the stanza goes out as soon as it is written that they are gone.
    Unregister(Option<Bytes>, oneshot::Sender<()>),
}

/// There is nothing to log in again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectedAlready;

/// How a session is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// What the gateway's presence says.
    pub status: String,
    /// The network takes messages.
    pub connected: bool,
    /// It waits for the user to log in again.
    pub parked: bool,
    /// Logins that failed in a row.
    pub failures: u32,
    /// Friends on the network.
    pub friends: usize,
    /// Clients of the user that are online.
    pub clients: usize,
    /// What the user has chosen.
    pub preferences: Form,
}

/// Somebody whom the user knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// On the network.
    pub id: ContactId,
    /// Their name.
    pub name: Option<String>,
    /// On the user's contact list.
    pub friend: bool,
}

/// What reading the contact list has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Synced {
    /// New friends.
    pub added: usize,
    /// No longer friends.
    pub removed: usize,
    /// Friends with another name.
    pub renamed: usize,
    /// Friends now.
    pub total: usize,
}
