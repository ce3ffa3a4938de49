//! The component itself: what a stanza to it means, who is registered, and what all sessions share.

mod abilities;
mod accounts;
mod addresses;
mod admission;
mod asking;
mod attachment;
mod bits;
pub(crate) mod blocking;
mod clock;
mod day;
mod disco;
mod doctor;
mod enrol;
mod export;
mod face;
mod figures;
mod files;
mod iq;
mod keys;
mod languages;
mod lines;
mod listing;
mod notices;
mod pictures;
mod portraits;
mod previews;
mod privileged;
mod probe;
mod publish;
mod register;
mod requests;
mod rosters;
mod route;
mod search;
mod send;
mod settings;
mod shared;
mod threads;
mod transfers;
mod unsaid;
mod upload;

use crate::{
    command::{Chats, Commands, QrLogins, Runs, Written},
    config::Registration,
    host::Budget,
    language::Language,
    media::avatar::Avatar,
    model::{access::Bans, attempts::Attempts},
    ops::log::Levels,
    session::{Fresh, SessionHandle},
    stanza::disco::CapsTable,
    store::{Journal, Store, StoreError, UserId},
    xmpp::{link::Link, privilege::Privileges},
};
use jid::BareJid;
use plugin_api::{Info, RemoteGateway};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, atomic::AtomicU64},
    time::Duration,
};
use tokio::sync::{Notify, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

pub use accounts::{Account, seal, state};
pub(crate) use admission::{Door, INVITATION};
pub use enrol::Validated;
pub use files::{Files, plugin_folder};
pub use lines::Privilege;
pub use notices::{PLUGIN_SCOPE, answer_stored, kv_set};
pub use publish::Published;
pub use rosters::RosterError;
pub use send::{passing, send_all};
pub use settings::Settings;
pub use shared::FileAtHand;
pub(crate) use unsaid::blank;
pub use upload::UploadError;

/// States of sessions that are read at the same time: thousands wait for that turn, and not for a reader, which fails after a while.
const READINGS: usize = 2;

/// The parts that a gateway is made of.
pub struct Parts {
    /// The component's domain.
    pub jid: BareJid,
    /// What the plugin tells about itself.
    pub info: Info,
    /// The plugin.
    pub plugin: RemoteGateway,
    /// To the XMPP server.
    pub link: Link,
    /// Everything that is kept.
    pub store: Store,
    /// Who may register.
    pub policy: Registration,
    /// What is logged.
    pub levels: Option<Levels>,
    /// For all that waits in front of the journal.
    pub budget: Budget,
    /// Files, and what the configuration says of them.
    pub files: Files,
    /// The rest.
    pub settings: Settings,
}

/// The component: shared by everything, cheap to reach.
pub struct Gateway {
    /// What the plugin tells about itself.
    pub info: Info,
    /// The plugin.
    pub plugin: RemoteGateway,
    /// To read.
    pub store: Store,
    /// To write, and to send what must arrive.
    pub journal: Journal,
    /// The rest of the configuration.
    pub settings: Settings,
    /// For all that waits in front of the journal.
    pub budget: Budget,
    /// Logins that may go on at the same time.
    pub logins: Arc<Semaphore>,
    /// Sessions that may read their state at the same time.
    pub readings: Semaphore,
    link: Link,
    jid: BareJid,
    domain: String,
    policy: Registration,
    levels: Option<Levels>,
    sessions: RwLock<HashMap<BareJid, SessionHandle>>,
    /// What servers let us do, and on which connection they said so.
    privileges: RwLock<HashMap<String, (u64, Arc<Privileges>)>>,
    /// The connection that adverts come over.
    epoch: AtomicU64,
    /// Held while somebody becomes a user: two registrations of one address come one after the other.
    enrolling: tokio::sync::Mutex<()>,
    /// Told when a user has left.
    left: Notify,
    /// What administrators have been told, see `lines`.
    told: Mutex<HashSet<String>>,
    /// Hooks that the plugin does not have.
    lacking: RwLock<HashSet<&'static str>>,
    attempts: Mutex<Attempts>,
    /// What people read, if it is not the default.
    languages: RwLock<HashMap<BareJid, Language>>,
    /// Who is banned.
    bans: RwLock<Bans>,
    /// What can be run.
    pub(crate) commands: Commands,
    /// What is being run, as forms.
    pub(crate) runs: Runs,
    /// What people write to the gateway itself, against the limit.
    pub(crate) written: Mutex<Written>,
    /// What is being run, in chats.
    pub(crate) chats: Chats,
    /// Who is shown a code to scan.
    pub(crate) qr: QrLogins,
    pub(crate) caps: CapsTable,
    abilities: abilities::Abilities,
    /// Who makes a picture smaller now.
    portraits: Semaphore,
    keys: keys::Keys,
    /// How the gateway looks.
    avatar: OnceLock<Avatar>,
    uploads: upload::Uploads,
    rosters: rosters::Rosters,
    files: Files,
    stickers: shared::Stickers,
    bits: Mutex<bits::Bits>,
    requests: requests::Requests,
    /// Servers whose privileges have changed, and whose users are about to be told.
    changed: Mutex<HashSet<String>>,
    /// What holds up the plugin's threads.
    held: threads::HeldThreads,
    started: std::time::Instant,
    /// Every task that the gateway or a session runs.
    tasks: TaskTracker,
    /// Ends what waits for people.
    stopping: CancellationToken,
}

impl Gateway {
    /// Puts it together. Nothing runs yet.
    #[must_use]
    pub fn new(parts: Parts) -> Arc<Self> {
        let caps = CapsTable::new(&parts.info);
        let commands = Commands::new(&parts.info);
        Arc::new(Gateway {
            // None before there is a link.
            logins: Arc::new(Semaphore::new(0)),
            readings: Semaphore::new(READINGS),
            domain: parts.jid.to_string(),
            jid: parts.jid,
            info: parts.info,
            plugin: parts.plugin,
            link: parts.link,
            journal: parts.store.journal().clone(),
            store: parts.store,
            attempts: Mutex::new(Attempts::new(parts.policy.limits())),
            policy: parts.policy,
            levels: parts.levels,
            settings: parts.settings,
            budget: parts.budget,
            sessions: RwLock::default(),
            privileges: RwLock::default(),
            epoch: AtomicU64::new(0),
            enrolling: tokio::sync::Mutex::default(),
            left: Notify::new(),
            told: Mutex::default(),
            lacking: RwLock::default(),
            languages: RwLock::default(),
            bans: RwLock::default(),
            commands,
            runs: Runs::default(),
            written: Mutex::default(),
            chats: Chats::default(),
            qr: QrLogins::default(),
            caps,
            abilities: abilities::Abilities::default(),
            portraits: Semaphore::new(portraits::AT_ONCE),
            avatar: OnceLock::new(),
            keys: keys::Keys::default(),
            uploads: upload::Uploads::new(parts.files.trusted()),
            rosters: rosters::Rosters::default(),
            files: parts.files,
            stickers: shared::Stickers::default(),
            bits: Mutex::default(),
            requests: requests::Requests::default(),
            changed: Mutex::default(),
            held: threads::HeldThreads::default(),
            started: std::time::Instant::now(),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
        })
    }

    /// The component's domain.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Starts the sessions of all registered users; they log in when [`open`](Self::open) lets them. To be called before the first
    /// stanza comes, so that nobody who is registered is taken for a stranger.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn start_sessions(self: &Arc<Self>) -> Result<usize, StoreError> {
        self.keys.recover(&self.store, &self.journal).await?;
        let users = Account::all(&self.store).await?;
        let count = users.len();
        for user in users {
            self.start_session(user, None);
        }
        Ok(count)
    }

    /// Lets sessions log in. To be called once.
    pub fn open(self: &Arc<Self>) {
        self.logins.add_permits(self.settings.login_parallelism.clamp(1, Semaphore::MAX_PERMITS / 2));
        self.converse(asking::watch(self.clone()));
        self.converse(self.clone().watch_plugin());
    }

    fn start_session(self: &Arc<Self>, user: Account, fresh: Option<Fresh>) {
        let jid = user.jid.clone();
        self.note_language(&jid, user.language);
        let handle = crate::session::spawn(self.clone(), user, fresh, &self.tasks);
        write(&self.sessions).insert(jid, handle);
    }

    /// The database is well, or is not any more: the gateway's presence says so.
    pub async fn database_changed(&self) {
        for session in self.sessions() {
            session.tell(crate::session::Event::Database).await;
        }
    }

    /// Ends all sessions: presences, logouts, and what is under way.
    pub async fn stop(&self) {
        self.end_chats();
        self.stopping.cancel();
        for handle in self.sessions() {
            handle.tell(crate::session::Event::Stop).await;
        }
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// That user's session.
    #[must_use]
    pub fn session(&self, jid: &BareJid) -> Option<SessionHandle> {
        read(&self.sessions).get(jid).cloned()
    }

    /// Everybody's session.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionHandle> {
        read(&self.sessions).values().cloned().collect()
    }

    /// Is that user registered?
    #[must_use]
    pub fn is_registered(&self, jid: &BareJid) -> bool {
        read(&self.sessions).contains_key(jid)
    }

    /// Does that user administer the gateway?
    #[must_use]
    pub fn is_admin(&self, jid: &BareJid) -> bool {
        self.policy.is_admin(jid) || *jid == self.jid
    }

    /// How long the gateway has been up.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Runs something that waits for people: the end does not wait for it.
    pub(crate) fn converse(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stopping = self.stopping.clone();
        self.spawn(async move {
            stopping.run_until_cancelled(task).await;
        });
    }

    /// Waits until the gateway is about to stop.
    pub(crate) async fn stopping(&self) {
        self.stopping.cancelled().await;
    }

    /// Runs something beside everything else; the end waits for it.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task.in_current_span());
    }

    /// What runs beside everything else.
    #[cfg(test)]
    pub(crate) fn tasks(&self) -> usize {
        self.tasks.len()
    }

    /// How many users are registered.
    #[must_use]
    pub fn users(&self) -> usize {
        read(&self.sessions).len()
    }

    /// Removes the files of a user who leaves.
    pub fn forget_files(&self, user: UserId) {
        self.files.days.forget(user);
        if let Some(shelf) = self.files.shelf().cloned() {
            self.tasks.spawn_blocking(move || shelf.forget(user.get()));
        }
    }

    /// A user has left, and all is tidied up.
    pub fn forget_user(&self, jid: &BareJid) {
        write(&self.sessions).remove(jid);
        write(&self.languages).remove(jid);
        self.left.notify_waiters();
    }

    /// Does the plugin lack that hook?
    #[must_use]
    pub fn lacks(&self, hook: &str) -> bool {
        read(&self.lacking).contains(hook)
    }

    /// It does.
    pub fn note_lack(&self, hook: &'static str) {
        tracing::debug!(hook, "the plugin does not have this hook");
        write(&self.lacking).insert(hook);
    }
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
