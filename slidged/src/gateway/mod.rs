//! The component itself: what a stanza to it means, who is registered, and what all sessions share.

mod accounts;
mod addresses;
mod command;
mod disco;
mod errors;
mod forms;
mod iq;
mod notices;
mod register;
mod route;
mod words;

use crate::{
    config::{self, Registration},
    host::GatewayOperation,
    model::{backoff::Backoff, rate::Rate},
    session::{Fresh, SessionHandle},
    store::{Entry, Journal, Outgoing, Store, StoreError, UserId},
    xmpp::{
        Xml,
        link::{IqError, IqRequest, IqType, Link},
        privilege::Privileges,
    },
};
use bytes::Bytes;
use jid::BareJid;
use minidom::Element;
use plugin_api::{Error, Info, RemoteGateway, Timestamp};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError, RwLock, atomic::AtomicU64},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::{Notify, Semaphore};
use tokio_util::task::TaskTracker;

pub use accounts::{Account, seal};
pub use addresses::{client_name, client_type, stanza_id, valid_id};
pub use errors::stanza_error;
pub use notices::PLUGIN_SCOPE;
pub use words::{error_id, new_id};

/// How long the XMPP server has for an answer.
const REQUEST: Duration = Duration::from_secs(30);
/// Entries that wait for the store, beyond which presences and answers are dropped: ten seconds' worth.
const MAX_QUEUED: usize = 50_000;
/// Larger stanzas are not sent, since a server ends the stream at one that it finds too large, for everybody (Prosody: 512 KiB), and
/// what is durable would come again.
pub const MAX_STANZA: usize = 256 << 10;

/// What of the configuration all sessions need.
#[derive(Debug, Clone)]
pub struct Settings {
    /// A login may take that long.
    pub login_timeout: Duration,
    /// Logins at the same time.
    pub login_parallelism: usize,
    /// A logout may take that long, and what is under way at the end.
    pub logout_timeout: Duration,
    /// An outage of the network that is shorter shows nothing of itself.
    pub outage_grace: Duration,
    /// Messages that a user may send.
    pub messages: Rate,
    /// Waiting times between logins that fail.
    pub retry: Backoff,
    /// Messages younger than that get no delay stamp.
    pub delay_threshold_ms: i64,
}

impl Settings {
    /// From the configuration.
    #[must_use]
    pub fn new(session: &config::Session, delivery: &config::Delivery, limits: &config::Limits) -> Self {
        Settings {
            login_timeout: session.login_timeout.into(),
            login_parallelism: session.login_parallelism.try_into().unwrap_or(usize::MAX),
            logout_timeout: session.logout_timeout.into(),
            outage_grace: session.outage_grace.into(),
            messages: Rate { burst: limits.messages_burst, per_second: limits.messages_per_second },
            retry: Backoff { first: session.retry_min.into(), longest: session.retry_max.into() },
            delay_threshold_ms: Duration::from(delivery.delay_threshold)
                .as_millis()
                .try_into()
                .unwrap_or(i64::MAX),
        }
    }
}

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
    /// Logins that may go on at the same time.
    pub logins: Arc<Semaphore>,
    link: Link,
    jid: BareJid,
    domain: String,
    policy: Registration,
    sessions: RwLock<HashMap<BareJid, SessionHandle>>,
    /// What servers let us do, and on which connection they said so.
    privileges: RwLock<HashMap<String, (u64, Arc<Privileges>)>>,
    /// The connection that adverts come over.
    epoch: AtomicU64,
    /// Held while somebody becomes a user: two registrations of one address come one after the other.
    enrolling: tokio::sync::Mutex<()>,
    /// Told when a user has left.
    left: Notify,
    /// Hooks that the plugin does not have.
    lacking: RwLock<HashSet<&'static str>>,
    attempts: Mutex<register::Attempts>,
    commands: Mutex<command::Runs>,
    caps: disco::CapsHashes,
    started: std::time::Instant,
    /// Every task that the gateway or a session runs.
    tasks: TaskTracker,
}

impl Gateway {
    /// Puts it together. Nothing runs yet.
    #[must_use]
    pub fn new(parts: Parts) -> Arc<Self> {
        let caps = disco::CapsHashes::new(&parts.info);
        Arc::new(Gateway {
            // None before there is a link.
            logins: Arc::new(Semaphore::new(0)),
            domain: parts.jid.to_string(),
            jid: parts.jid,
            info: parts.info,
            plugin: parts.plugin,
            link: parts.link,
            journal: parts.store.journal().clone(),
            store: parts.store,
            policy: parts.policy,
            settings: parts.settings,
            sessions: RwLock::default(),
            privileges: RwLock::default(),
            epoch: AtomicU64::new(0),
            enrolling: tokio::sync::Mutex::default(),
            left: Notify::new(),
            lacking: RwLock::default(),
            attempts: Mutex::default(),
            commands: Mutex::default(),
            caps,
            started: std::time::Instant::now(),
            tasks: TaskTracker::new(),
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
        let users = Account::all(&self.store).await?;
        let count = users.len();
        for user in users {
            self.start_session(user, None);
        }
        Ok(count)
    }

    /// Lets sessions log in.
    pub fn open(&self) {
        self.logins.add_permits(self.settings.login_parallelism.clamp(1, Semaphore::MAX_PERMITS / 2));
    }

    fn start_session(self: &Arc<Self>, user: Account, fresh: Option<Fresh>) {
        let jid = user.jid.clone();
        let handle = crate::session::spawn(self.clone(), user, fresh, &self.tasks);
        write(&self.sessions).insert(jid, handle);
    }

    /// Ends all sessions: presences, logouts, and what is under way.
    pub async fn stop(&self) {
        let handles: Vec<SessionHandle> = read(&self.sessions).values().cloned().collect();
        for handle in handles {
            handle.tell(crate::session::Event::Stop).await;
        }
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// A ping to ourselves behind everything that was sent, kept in the outbox: once that is flushed, what need not survive an outage
    /// (the goodbyes) has been written as well. Should it be sent at the next start only, it does no harm.
    pub async fn last_word(&self) {
        let mut xml = Xml::new();
        xml.open("iq")
            .attr("type", "get")
            .attr("id", &new_id())
            .attr("from", &self.domain)
            .attr("to", &self.domain);
        xml.open_ns("ping", crate::xmpp::ns::PING);
        let entry = Entry { stanzas: vec![Outgoing::durable(xml.finish())], ..Entry::default() };
        if let Err(error) = self.journal.submit(entry).await {
            tracing::error!(%error, "the end could not be stored");
        }
    }

    /// The session of a registered user.
    #[must_use]
    pub fn session(&self, jid: &BareJid) -> Option<SessionHandle> {
        read(&self.sessions).get(jid).cloned()
    }

    /// How many users are registered.
    #[must_use]
    pub fn users(&self) -> usize {
        read(&self.sessions).len()
    }

    /// A user has left, and all is tidied up.
    pub fn forget_user(&self, jid: &BareJid) {
        write(&self.sessions).remove(jid);
        self.left.notify_waiters();
    }

    /// Sends what need not survive an outage, in order with what must.
    pub fn send(&self, stanza: Bytes) {
        self.send_all([stanza]);
    }

    /// The same with several at once, which costs little more than one.
    pub fn send_all(&self, stanzas: impl IntoIterator<Item = Bytes>) {
        // While the outbox is full nothing moves, and what is worth nothing later is not collected.
        if self.journal.queued() >= MAX_QUEUED {
            return;
        }
        let fits = |stanza: &Bytes| {
            let fits = stanza.len() <= MAX_STANZA;
            if !fits {
                tracing::warn!(bytes = stanza.len(), "a stanza is larger than servers take: not sent");
            }
            fits
        };
        let stanzas: Vec<_> = stanzas.into_iter().filter(fits).map(Outgoing::ephemeral).collect();
        if !stanzas.is_empty() {
            drop(self.journal.submit(Entry { stanzas, ..Entry::default() }));
        }
    }

    /// Asks somebody something; `write` writes the payload.
    ///
    /// # Errors
    ///
    /// When the answer is an error, or does not come.
    pub async fn get(&self, to: &str, write: impl FnOnce(&mut Xml)) -> Result<Option<Element>, IqError> {
        self.ask(IqType::Get, to, write).await
    }

    /// The same, to change something.
    ///
    /// # Errors
    ///
    /// When the answer is an error, or does not come.
    pub async fn set(&self, to: &str, write: impl FnOnce(&mut Xml)) -> Result<Option<Element>, IqError> {
        self.ask(IqType::Set, to, write).await
    }

    async fn ask(
        &self,
        type_: IqType,
        to: &str,
        write: impl FnOnce(&mut Xml),
    ) -> Result<Option<Element>, IqError> {
        let mut xml = Xml::new();
        write(&mut xml);
        // Servers answer for bare addresses, and may have much to say: a roster of thousands.
        let large = !to.contains('/');
        let (to, from) = (to.to_owned(), self.domain.clone());
        let request = IqRequest { to, from, type_, payload: xml.finish(), large };
        self.link.request(request, REQUEST).await
    }

    /// What a server lets us do for its users.
    #[must_use]
    pub fn privileges(&self, domain: &str) -> Option<Arc<Privileges>> {
        read(&self.privileges).get(domain).map(|(_, privileges)| privileges.clone())
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

    /// The network's id of a message that the user's client knows by a stanza id.
    pub async fn legacy_id(&self, user: UserId, chat: &str, stanza_id: String) -> plugin_api::MessageId {
        match self.store.messages(user).by_xmpp_id(chat, &stanza_id).await {
            Ok(Some(ids)) => (*ids.legacy_id).into(),
            Ok(None) => stanza_id.into(),
            Err(error) => {
                tracing::error!(%error, "a message id could not be looked up");
                stanza_id.into()
            }
        }
    }

    /// Operations of the plugin on the gateway as a whole.
    pub fn operation(self: &Arc<Self>, operation: GatewayOperation) {
        notices::operation(self, operation);
    }
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// The time now.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::try_from(since.as_millis()).unwrap_or(Timestamp::MAX)
}

/// A result of the store for the plugin, which gets to know nothing of its insides.
///
/// # Errors
///
/// When the store failed.
pub fn stored<T>(result: Result<T, StoreError>) -> Result<T, Error> {
    result.map_err(|error| {
        tracing::error!(%error, "the store failed");
        Error::new(
            plugin_api::Condition::ResourceConstraint,
            "The gateway cannot store anything at the moment.",
        )
    })
}
