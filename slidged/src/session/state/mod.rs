//! The state of a session, and what everything in it uses: writing, turns of chats, calls of the plugin.

pub(in crate::session) mod lookup;
mod plugin_calls;
mod turns;
mod write;

use crate::host::Allowance;
use crate::host::SessionOperation;
use crate::language::Language;
use crate::model::rate::Bucket;
use crate::model::resources::Resources;
use crate::services::Account;
use crate::services::Privilege;
use crate::services::Services;
use crate::session::announced;
use crate::session::chat_queue::Conversations;
use crate::session::commands::ContactCommands;
use crate::session::contacts::Contacts;
use crate::session::dedup::Repeats;
use crate::session::deferred_changes::Held;
use crate::session::deleted;
use crate::session::mailboxes::Mailboxes;
use crate::session::network_state::Ready;
use crate::session::pen;
use crate::session::room;
use crate::session::threads::Threads;
use crate::store::Journal;
use crate::store::Lane;
use crate::store::UserId;
use crate::xmpp::Stanza;
use futures_util::future::BoxFuture;
use jid::BareJid;
use plugin_api::Avatar;
use plugin_api::Chat;
use plugin_api::ContactId;
use plugin_api::Data;
use plugin_api::Error;
use plugin_api::Form;
use plugin_api::Presence;
use plugin_api::RemoteSession;
use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::sync::oneshot;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::task::JoinSet;
use tracing::Instrument;

/// Work to be carried out when it is its turn in a chat.
pub(in crate::session) type Turn = BoxFuture<'static, Then>;

/// Work that the loop does before anything else, left by what stands below it.
pub(in crate::session) enum Signal {
    /// A session of the plugin has panicked: to be handled if it is still the current one.
    PluginFailed(Arc<RemoteSession>, Error),
    /// The roster shows the contact list.
    RosterSynced,
    /// The network tells a room's avatar.
    RoomAvatar(ContactId, Avatar),
    /// An operation of a session of the plugin that has said goodbye; with other data since, or not.
    LastOperation(SessionOperation, bool),
    /// Nobody says goodbye any more: the login that waited for that.
    NextLogin,
}

/// What a job leaves to be done in the session.
pub(in crate::session) type Then = Box<dyn FnOnce(&mut Session) + Send>;

/// The task's own state.
pub(in crate::session) struct Session {
    pub(in crate::session) services: Arc<Services>,
    pub(in crate::session) commands: Option<Arc<dyn ContactCommands>>,
    /// To write, and to send the user what must arrive.
    pub(in crate::session) journal: Journal,
    /// With which all is written that is not answered otherwise.
    pub(in crate::session) pen: pen::Pen,
    pub(in crate::session) user_id: UserId,
    pub(in crate::session) jid: BareJid,
    /// `jid` as text: it is in every stanza.
    pub(in crate::session) to: String,
    /// What the user reads, as far as their clients tell.
    pub(in crate::session) language: Language,
    pub(in crate::session) data: Data,
    pub(in crate::session) preferences: Form,
    pub(in crate::session) contacts: Contacts,
    pub(in crate::session) rooms: room::Rooms,
    /// Changes of the occupants of rooms, until the network has told who these are.
    pub(in crate::session) room_changes: HashMap<ContactId, Vec<Then>>,
    pub(in crate::session) resources: Resources,
    /// What each client that is online wants to be told.
    pub(in crate::session) clients: HashMap<String, crate::session::client::Client>,
    pub(in crate::session) portraits: crate::session::contact_avatar::Portraits,
    pub(in crate::session) looks: crate::session::profile_queries::Looks,
    pub(in crate::session) own_avatar: crate::session::user_avatar::OwnAvatar,
    pub(in crate::session) to_network: Conversations<Turn>,
    pub(in crate::session) to_user: Conversations<Turn>,
    /// The user's messages that wait, against what may wait in all.
    pub(in crate::session) messages: Allowance,
    /// The user's files that may be on their way at the same time.
    pub(in crate::session) files: Arc<Semaphore>,
    /// The gateway's presence towards the user.
    pub(in crate::session) status: Presence,
    pub(in crate::session) ready: watch::Sender<Ready>,
    pub(in crate::session) remote: Option<Arc<RemoteSession>>,
    /// Counts connections to the plugin, so that what belongs to an earlier one is ignored.
    pub(in crate::session) generation: u32,
    /// Failed logins in a row.
    pub(in crate::session) failures: u32,
    /// Nobody should try to log in until the user acts.
    pub(in crate::session) parked: bool,
    /// The network's contact list was read since the last login.
    pub(in crate::session) filled: bool,
    /// The roster shows the contact list since the last login.
    pub(in crate::session) synced: bool,
    /// What is under way on the roster.
    pub(in crate::session) roster: crate::session::roster_sync::Sync,
    /// Held until the roster is as it should be: a thousand users who log in at once must not all read their contact lists at once.
    pub(in crate::session) turn: Option<OwnedSemaphorePermit>,
    /// The attempt to get logged in that is under way.
    pub(in crate::session) attempt: Option<AbortHandle>,
    /// What the user has been told that their server does not let us do.
    pub(in crate::session) missed: Vec<Privilege>,
    pub(in crate::session) repeats: Repeats,
    pub(in crate::session) announcements: announced::Announcements,
    pub(in crate::session) threads: Arc<Threads>,
    pub(in crate::session) deleted: Arc<deleted::Deleted>,
    /// What came from the network before the message that it is about.
    pub(in crate::session) held: Held,
    /// After how many seconds the texts of a chat disappear.
    pub(in crate::session) disappearing: HashMap<ContactId, u32>,
    /// What the user sends, against the limit.
    pub(in crate::session) sent: Bucket,
    /// The user was asked to let the gateway see their presence, since the link came up. A probe would be answered with "unsubscribed"
    /// then, and some servers forget with that answer that we asked.
    pub(in crate::session) asked: bool,
    /// The user sees the contacts' presence: told since the link came up, and not hidden since.
    pub(in crate::session) announced: bool,
    /// The contacts are hidden in a moment, unless the network comes back.
    pub(in crate::session) hiding: Option<AbortHandle>,
    pub(in crate::session) mailboxes: Mailboxes,
    pub(in crate::session) jobs: JoinSet<Then>,
    /// What the loop has to do before anything else.
    pub(in crate::session) signals: VecDeque<Signal>,
    pub(in crate::session) ending: Option<Vec<oneshot::Sender<()>>>,
}

impl Session {
    pub(in crate::session) fn new(
        services: Arc<Services>,
        commands: Option<Arc<dyn ContactCommands>>,
        user: Account,
        ready: watch::Sender<Ready>,
    ) -> Self {
        let language = services.languages.of(&user.jid);
        Session {
            pen: pen::Pen::new(services.journal.of(Lane::of(user.id))),
            journal: services.journal.of(Lane::of(user.id)),
            messages: services.budget.allowance(usize::MAX, usize::MAX),
            services,
            commands,
            user_id: user.id,
            to: user.jid.to_string(),
            jid: user.jid,
            language,
            data: user.data,
            preferences: user.preferences,
            contacts: Contacts::default(),
            rooms: room::Rooms::default(),
            room_changes: HashMap::new(),
            resources: Resources::default(),
            clients: HashMap::new(),
            portraits: crate::session::contact_avatar::Portraits::default(),
            looks: crate::session::profile_queries::Looks::default(),
            own_avatar: crate::session::user_avatar::OwnAvatar::default(),
            to_network: Conversations::default(),
            to_user: Conversations::default(),
            files: Arc::new(Semaphore::new(AT_ONCE)),
            status: Presence::default(),
            ready,
            remote: None,
            generation: 0,
            failures: 0,
            parked: false,
            filled: false,
            synced: false,
            roster: crate::session::roster_sync::Sync::default(),
            turn: None,
            attempt: None,
            missed: Vec::new(),
            repeats: Repeats::default(),
            announcements: announced::Announcements::default(),
            threads: Arc::default(),
            deleted: Arc::default(),
            held: Held::default(),
            disappearing: HashMap::new(),
            sent: Bucket::default(),
            asked: false,
            announced: false,
            hiding: None,
            mailboxes: Mailboxes::default(),
            jobs: JoinSet::new(),
            signals: VecDeque::new(),
            ending: None,
        }
    }

    /// Whether an iq to a contact or room was about the commands there; it is handled then.
    pub(in crate::session) fn handles_command(&self, iq: &Stanza, on: &Chat) -> bool {
        self.commands.clone().is_some_and(|commands| commands.handle(iq, on))
    }

    /// Runs something beside the session; what it returns is done in the session.
    pub(in crate::session) fn spawn<F>(
        &mut self,
        job: impl Future<Output = F> + Send + 'static,
    ) -> AbortHandle
    where
        F: FnOnce(&mut Session) + Send + 'static,
    {
        self.jobs.spawn(async move { Box::new(job.await) as Then }.in_current_span())
    }

    /// The same for what belongs to the current connection to the plugin: forgotten when there is a newer one.
    pub(in crate::session) fn spawn_current<F>(
        &mut self,
        job: impl Future<Output = F> + Send + 'static,
    ) -> AbortHandle
    where
        F: FnOnce(&mut Session) + Send + 'static,
    {
        let generation = self.generation;
        self.spawn(async move {
            let then = job.await;
            move |session: &mut Session| {
                if session.generation == generation {
                    then(session);
                }
            }
        })
    }
}

/// Files of one user on their way at the same time, so that the others have their turn as well.
pub(in crate::session) const AT_ONCE: usize = 4;
