//! One registered user: their connection to the network, their contacts, their conversations.
//!
//! A session is one task with a mailbox, so nothing in it is locked. What takes time (calls to the plugin, queries, waiting) runs beside
//! it as a job, whose result comes back as a continuation. A panic of ours ends this session only, see [`supervise`].

mod amend;
mod announced;
mod announcement;
mod asked;
mod backlog;
mod card;
mod change;
mod client;
mod clients;
mod commands;
mod contact_avatar;
mod contacts;
mod control;
mod conversation;
mod deleted;
mod delivery;
mod disappearing;
mod echo;
mod event;
mod files;
mod from_user;
mod handle;
mod held;
mod incoming;
mod life;
mod lifecycle;
mod look;
mod mailboxes;
mod marks;
mod message;
mod news;
mod operations;
mod outage;
mod outgoing;
mod own_avatar;
mod patience;
mod pen;
mod pieces;
mod portrait;
mod presence;
mod profile_queries;
mod read;
mod ready;
mod recover;
mod repeats;
mod restrictions;
mod rich;
mod room;
mod roster;
mod roster_sync;
mod shared_file;
mod stored_state;
mod texts;
mod user_avatar;

use crate::services::Account;
use crate::services::Services;
use crate::session::event::INBOX;
use crate::session::ready::Ready;
use crate::session::supervise::Supervisor;
use crate::store::Lane;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::sync::watch;
use tracing::Instrument;

mod shared;
mod speak;
mod state;
mod subscription;
mod supervise;
#[cfg(test)]
mod tests;
mod threads;

pub use asked::{Asked, ConnectedAlready, Known, Report, Synced};
pub use commands::ContactCommands;
pub use event::{Event, Fresh, Outcome};
pub use handle::SessionHandle;
pub(crate) use incoming::encrypted;

/// Starts a user's session. It logs in by itself, as soon as the gateway's pace allows.
pub fn spawn(
    services: Arc<Services>,
    commands: Option<Arc<dyn ContactCommands>>,
    user: Account,
    fresh: Option<Fresh>,
) -> (SessionHandle, impl Future<Output = Outcome> + Send + 'static) {
    let (inbox, events) = mpsc::channel(INBOX);
    let (ready, readiness) = watch::channel(Ready::Soon);
    let handle = SessionHandle { inbox, ready: readiness, jid: user.jid.clone(), lane: Lane::of(user.id) };
    let span = tracing::info_span!("session", user = %user.jid);
    let supervisor = Supervisor { services, commands, jid: user.jid.clone(), events, ready, failures: 0 };
    (handle, supervisor.run(user, fresh).instrument(span))
}
