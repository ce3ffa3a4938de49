//! One registered user: their connection to the network, their contacts, their conversations.
//!
//! A session is one task with a mailbox, so nothing in it is locked. Work that takes time (calls to
//! the plugin, queries, waiting) runs beside it as a job, whose result comes back as a
//! continuation. A panic of ours ends this session only (`supervise`).

mod announced;
mod announcement;
mod avatars;
mod backlog;
mod change;
mod chat_queue;
mod chats;
mod client;
mod clients;
mod commands;
mod connection;
mod contact_avatar;
mod contacts;
mod contacts_hiding;
mod control;
mod control_messages;
mod dedup;
mod deferred_changes;
mod deleted;
mod delivery;
mod disappearing;
mod echo;
mod event;
mod event_loop;
mod formatting;
mod from_user;
mod handle;
mod lifecycle;
mod mailbox_operations;
mod mailboxes;
mod markers;
mod message;
mod network_files;
mod network_state;
mod network_texts;
mod parse;
mod patience;
mod pen;
mod pep_events;
mod pieces;
mod plugin_operations;
mod presence;
mod profile_lookup;
mod profile_queries;
mod reaction_restrictions;
mod reactions;
mod restore;
mod room;
mod roster;
mod roster_sync;
mod sent_presence;
mod shared_file;
mod stored_state;
mod user_avatar;
mod user_avatar_sync;
mod user_messages;
mod vcard;

use crate::services::Account;
use crate::services::Services;
use crate::session::event::INBOX;
use crate::session::network_state::NetworkState;
use crate::session::supervise::Supervisor;
use crate::store::Lane;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::sync::watch;
use tracing::Instrument;

mod envelope;
mod file_sharing;
mod state;
mod subscription;
mod supervise;
#[cfg(test)]
mod tests;
mod threads;

pub use commands::ContactCommands;
pub use control::{AlreadyConnected, ContactSummary, Control, StatusReport, SyncReport};
pub use event::{Event, Fresh, Outcome};
pub use handle::SessionHandle;
pub(crate) use user_messages::encrypted;

/// Starts a user's session. It logs in by itself, as soon as the gateway's pace allows.
pub fn spawn(
    services: Arc<Services>,
    commands: Option<Arc<dyn ContactCommands>>,
    user: Account,
    fresh: Option<Fresh>,
) -> (SessionHandle, impl Future<Output = Outcome> + Send + 'static) {
    let (inbox, events) = mpsc::channel(INBOX);
    let (ready, readiness) = watch::channel(NetworkState::Connecting);
    let handle = SessionHandle { inbox, ready: readiness, jid: user.jid.clone(), lane: Lane::of(user.id) };
    let span = tracing::info_span!("session", user = %user.jid);
    let supervisor = Supervisor { services, commands, jid: user.jid.clone(), events, ready, failures: 0 };
    (handle, supervisor.run(user, fresh).instrument(span))
}
