//! State of a session, and what all of it uses: writing, turns of chats, calls of the plugin.

pub(in crate::session) mod lookup;
mod messages;
mod plugin_calls;
mod turns;
mod user;
mod write;

use crate::host::SessionOperation;
use crate::services::Account;
use crate::services::Privilege;
use crate::services::Services;
use crate::session::chats::Chats;
use crate::session::client::Clients;
use crate::session::commands::ContactCommands;
use crate::session::connection::Connection;
use crate::session::contact_avatar::Avatars;
use crate::session::contacts::Contacts;
use crate::session::mailboxes::Mailboxes;
use crate::session::network_state::NetworkState;
use crate::session::pen::EntryWriter;
use crate::session::profile_queries::ProfileQueries;
use crate::session::room::Rooms;
use crate::session::roster_sync::RosterSync;
use crate::session::sent_presence::SentPresence;
use crate::session::state::messages::Messages;
use crate::session::state::user::User;
use crate::store::Journal;
use crate::store::Lane;
use crate::xmpp::Stanza;
use futures_util::future::BoxFuture;
use plugin_api::Avatar;
use plugin_api::Chat;
use plugin_api::ContactId;
use plugin_api::Error;
use plugin_api::RemoteSession;
use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::task::JoinSet;
use tracing::Instrument;

/// Work for a chat, carried out in its turn.
pub(in crate::session) type Turn = BoxFuture<'static, Then>;

/// Work that a lower layer leaves to the loop, which does it before anything else.
pub(in crate::session) enum Signal {
    /// A session of the plugin panicked: to be handled if it is still the current one.
    PluginFailed(Arc<RemoteSession>, Error),
    /// End of the first write of the roster since the login.
    RosterSynced,
    /// New avatar of a room.
    RoomAvatar(ContactId, Avatar),
    /// An operation of a session of the plugin that has said goodbye, and whether the user has
    /// other data since.
    LastOperation(SessionOperation, bool),
    /// The last session has said goodbye: the login that waited for that may begin.
    NextLogin,
}

/// Continuation of a job, run with the session.
pub(in crate::session) type Then = Box<dyn FnOnce(&mut Session) + Send>;

/// State of a session, which its task owns. Each part owns its own invariants; what spans several
/// is a function of the file that it is about.
pub(in crate::session) struct Session {
    pub(in crate::session) services: Arc<Services>,
    pub(in crate::session) commands: Option<Arc<dyn ContactCommands>>,
    pub(in crate::session) user: User,
    /// Journal of the user's lane, which sends the user what must arrive.
    pub(in crate::session) journal: Journal,
    /// Writer of all that is not answered otherwise.
    pub(in crate::session) writer: EntryWriter,
    pub(in crate::session) connection: Connection,
    /// Operations of the plugin's sessions, the current one and earlier ones.
    pub(in crate::session) mailboxes: Mailboxes,
    pub(in crate::session) presence: SentPresence,
    pub(in crate::session) clients: Clients,
    pub(in crate::session) contacts: Contacts,
    pub(in crate::session) roster: RosterSync,
    pub(in crate::session) rooms: Rooms,
    /// Changes of the occupants of rooms that wait until the network has told who is there.
    pub(in crate::session) room_changes: HashMap<ContactId, Vec<Then>>,
    pub(in crate::session) chats: Chats<Turn>,
    pub(in crate::session) messages: Messages,
    pub(in crate::session) avatars: Avatars,
    pub(in crate::session) profiles: ProfileQueries,
    /// Missing privileges that the user was told of.
    pub(in crate::session) missed: Vec<Privilege>,
    pub(in crate::session) jobs: JoinSet<Then>,
    /// Work that the loop does before anything else.
    pub(in crate::session) signals: VecDeque<Signal>,
    /// Callers that wait for the end of the registration; none while the session goes on.
    pub(in crate::session) ending: Option<Vec<oneshot::Sender<()>>>,
}

impl Session {
    pub(in crate::session) fn new(
        services: Arc<Services>,
        commands: Option<Arc<dyn ContactCommands>>,
        account: Account,
        ready: watch::Sender<NetworkState>,
    ) -> Self {
        let language = services.languages.of(&account.jid);
        let user = User::new(account, language);
        let journal = services.journal.of(Lane::of(user.id));
        Session {
            writer: EntryWriter::new(journal.clone()),
            chats: Chats::new(&services.budget),
            services,
            commands,
            user,
            journal,
            connection: Connection::new(ready),
            mailboxes: Mailboxes::default(),
            presence: SentPresence::default(),
            clients: Clients::default(),
            contacts: Contacts::default(),
            roster: RosterSync::default(),
            rooms: Rooms::default(),
            room_changes: HashMap::new(),
            messages: Messages::default(),
            avatars: Avatars::default(),
            profiles: ProfileQueries::default(),
            missed: Vec::new(),
            jobs: JoinSet::new(),
            signals: VecDeque::new(),
            ending: None,
        }
    }

    /// Handles an iq to a contact or room if it is about the commands there; returns false if it is
    /// not.
    pub(in crate::session) fn handles_command(&self, iq: &Stanza, on: &Chat) -> bool {
        self.commands.clone().is_some_and(|commands| commands.handle(iq, on))
    }

    /// Runs a job beside the session; the function that it returns is run in the session.
    pub(in crate::session) fn spawn<F>(
        &mut self,
        job: impl Future<Output = F> + Send + 'static,
    ) -> AbortHandle
    where
        F: FnOnce(&mut Session) + Send + 'static,
    {
        self.jobs.spawn(async move { Box::new(job.await) as Then }.in_current_span())
    }

    /// Runs a job beside the session that belongs to the current connection to the plugin: its
    /// result is dropped when there is a newer one.
    pub(in crate::session) fn spawn_current<F>(
        &mut self,
        job: impl Future<Output = F> + Send + 'static,
    ) -> AbortHandle
    where
        F: FnOnce(&mut Session) + Send + 'static,
    {
        let generation = self.connection.generation();
        self.spawn(async move {
            let then = job.await;
            move |session: &mut Session| {
                if session.connection.generation() == generation {
                    then(session);
                }
            }
        })
    }
}
