//! Registered users: who they are, how they come and go, and the session of each.

mod admission;
mod export;
mod leaving;
mod registration;
mod search;
pub(crate) mod unregister;

use crate::language::Language;
use crate::model::caller::Caller;
use crate::model::clock::millis;
use crate::model::lock::read;
use crate::model::lock::write;
use crate::services::Account;
use crate::services::Services;
use crate::session;
use crate::session::ContactCommands;
use crate::session::Event;
use crate::session::Fresh;
use crate::session::Outcome;
use crate::session::SessionHandle;
use crate::store::StoreError;
use crate::users::leaving::Leaving;
use futures_util::FutureExt as _;
use jid::BareJid;
use jid::Jid;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::RwLock;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::Semaphore;

pub(crate) use crate::users::unregister::unregister;
pub use admission::Admission;
pub(crate) use admission::{Door, INVITATION};
pub(crate) use export::export;
pub(crate) use registration::{Registered, flow, instructions};
pub use registration::{Registration, Validated};
pub(crate) use search::{addressed, find, not_registered, search_title};

/// Interval of the ticks for sessions: presences that change with time alone do so within a day.
const HOUR: Duration = Duration::from_secs(3600);

/// Registry of users and their sessions.
pub struct Users {
    pub(crate) services: Arc<Services>,
    sessions: RwLock<HashMap<BareJid, SessionHandle>>,
    /// Notifier of tasks that wait for a user to have left.
    left: Notify,
    leaving: Leaving,
    /// Handler of commands on contacts and rooms, which stands above the sessions.
    commands: OnceLock<Arc<dyn ContactCommands>>,
}

impl Users {
    /// Creates a registry without users.
    #[must_use]
    pub fn new(services: Arc<Services>) -> Arc<Self> {
        Arc::new(Users {
            services,
            sessions: RwLock::default(),
            left: Notify::new(),
            leaving: Leaving::default(),
            commands: OnceLock::new(),
        })
    }

    /// Sets the handler of commands on contacts and rooms; to be called before the first session
    /// starts.
    pub(crate) fn set_commands(&self, commands: Arc<dyn ContactCommands>) {
        drop(self.commands.set(commands));
    }

    /// Starts the sessions of all registered users; they log in when [`open`](Self::open) lets
    /// them. To be called before the first stanza comes, so that no user is taken for a stranger.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn start_sessions(self: &Arc<Self>) -> Result<usize, StoreError> {
        self.services.keys.recover(&self.services.store, &self.services.journal).await?;
        let users = Account::all(&self.services.store).await?;
        let count = users.len();
        for user in users {
            self.start_session(user, None);
        }
        Ok(count)
    }

    /// Lets sessions log in; to be called once.
    pub fn open(&self) {
        let most = self.services.settings.login_parallelism.clamp(1, Semaphore::MAX_PERMITS / 2);
        self.services.logins.add_permits(most);
    }

    /// Starts the session of a user, who is registered from then on until it ends by leaving.
    fn start_session(self: &Arc<Self>, user: Account, fresh: Option<Fresh>) {
        let jid = user.jid.clone();
        self.services.languages.note(&jid, user.language);
        let commands = self.commands.get().cloned();
        let (handle, life) = session::spawn(self.services.clone(), commands, user, fresh);
        self.services.index.add(jid.clone(), handle.lane());
        write(&self.sessions).insert(jid.clone(), handle);
        let users = self.clone();
        // No async block around it: the future would hold the whole life of a session twice.
        self.services.tasks.track(life.map(move |outcome| {
            if let Outcome::Left(waiting) = outcome {
                users.forget(&jid);
                for done in waiting {
                    // The task that asked may have ended.
                    let _ = done.send(());
                }
            }
        }));
    }

    fn forget(&self, jid: &BareJid) {
        write(&self.sessions).remove(jid);
        self.services.index.remove(jid);
        self.services.languages.forget(jid);
        self.left.notify_waiters();
    }

    /// Ends all sessions, with their presences, logouts and pending work.
    pub async fn stop(&self) {
        for handle in self.sessions() {
            handle.tell(Event::Stop).await;
        }
        self.services.tasks.finished().await;
    }

    /// Returns the session of a user.
    #[must_use]
    pub fn session(&self, jid: &BareJid) -> Option<SessionHandle> {
        read(&self.sessions).get(jid).cloned()
    }

    /// Returns the sessions of all users.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionHandle> {
        read(&self.sessions).values().cloned().collect()
    }

    /// Returns the number of registered users.
    #[must_use]
    pub fn count(&self) -> usize {
        read(&self.sessions).len()
    }

    /// Records the language of somebody's stanza (`xml:lang`), and returns the one to answer in.
    pub(crate) fn hear(&self, who: &BareJid, lang: Option<&str>) -> Language {
        let known = self.services.languages.of(who);
        let Some(lang) = lang else { return known };
        let language = Language::of(Some(lang));
        if language != known {
            match self.session(who) {
                // A session whose mailbox is full learns it from the next stanza.
                Some(session) => drop(session.send(Event::Language(language))),
                None if self.services.index.is_admin(who) => self.services.languages.note(who, language),
                None => {}
            }
        }
        language
    }

    /// Returns the caller of a command or request, with the language to answer in.
    pub(crate) fn caller(&self, from: Jid, lang: Option<&str>) -> Caller {
        let bare = from.to_bare();
        let (language, admin) = (self.hear(&bare, lang), self.services.index.is_admin(&bare));
        Caller { language, admin, jid: from }
    }

    /// Tells all sessions that the health of the database has changed, as the gateway's presence
    /// shows it.
    pub async fn database_changed(&self) {
        for session in self.sessions() {
            session.tell(Event::Database).await;
        }
    }

    /// Tells all sessions that the link is up again, once the server has advertised its privileges.
    pub async fn link_up(&self, epoch: u64) {
        self.services.privileges.forget_before(epoch);
        for session in self.sessions() {
            session.tell(Event::LinkUp).await;
        }
    }

    /// Tells the sessions of a domain that its server grants other privileges than before.
    pub(crate) async fn privileges_changed(&self, domain: &str) {
        for session in self.sessions() {
            if session.jid().domain().as_str() == domain {
                session.tell(Event::Privileges).await;
            }
        }
    }

    /// Tells all sessions every hour that time has passed; never ends.
    pub async fn pass_time(self: Arc<Self>) {
        loop {
            tokio::time::sleep(HOUR).await;
            for session in self.sessions() {
                session.tell(Event::Tick(millis(HOUR))).await;
            }
        }
    }
}
