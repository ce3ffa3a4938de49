//! One registered user: their connection to the network, their contacts, their conversations.
//!
//! A session is one task with a mailbox, so nothing in it is locked. What takes time (calls to the plugin, queries, waiting) runs beside
//! it as a job, whose result comes back as a continuation. A panic of ours ends this session only, see [`supervise`].

mod amend;
mod announced;
mod asked;
mod awaken;
mod backlog;
mod card;
mod clients;
mod commands;
mod contacts;
mod conversation;
mod data;
mod deleted;
mod delivery;
mod disappearing;
mod echo;
mod files;
mod hand_over;
mod hand_over_file;
mod handle;
mod held;
mod incoming;
mod lifecycle;
mod look;
mod mailboxes;
mod marks;
mod message;
mod news;
mod outage;
mod outgoing;
mod own_avatar;
mod patience;
mod pen;
mod pieces;
mod portrait;
mod presence;
mod read;
mod ready;
mod recover;
mod repeats;
mod restrictions;
mod rich;
mod room;
mod roster;

mod shared;
mod speak;
mod subscription;
mod supervise;
#[cfg(test)]
mod tests;
mod threads;

use crate::host::Allowance;
use crate::language::Language;
use crate::model::rate::Bucket;
use crate::model::resources::Resources;
use crate::services::Account;
use crate::services::{self};
use crate::services::{Privilege, Services};
use crate::store::{self, Journal, Lane, UserId, Write};
use crate::xmpp::{Condition, Stanza};
pub use asked::{Asked, ConnectedAlready, Known, Report, Synced};
use backlog::Backlog;
pub use commands::ContactCommands;
use contacts::Contacts;
use conversation::Conversations;
pub use handle::SessionHandle;
use held::Held;
pub(crate) use incoming::encrypted;
use jid::{BareJid, Jid};
use mailboxes::Mailboxes;
use plugin_api::{Chat, ContactId, Data, Form, Presence, RemoteSession};
use ready::Ready;
use repeats::Repeats;
use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
};
use supervise::Supervisor;
use threads::Threads;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch},
    task::{AbortHandle, JoinSet},
};
use tracing::Instrument;

/// Stanzas that wait for a session; a user who sends faster is told so. A client that comes online asks for each of its contacts at once.
const INBOX: usize = 1024;

/// What a session is told.
pub enum Event {
    /// The user sent something to a contact, or presence to the gateway.
    Stanza(Box<Stanza>),
    /// The user reads that language.
    Language(Language),
    /// The link to the XMPP server is up again.
    LinkUp,
    /// Something that a command wants.
    Asked(Asked),
    /// The user's server lets us do other things than before.
    Privileges,
    /// The database is well, or is not any more.
    Database,
    /// So many milliseconds have passed since that was told last.
    Passed(i64),
    /// The daemon stops.
    Stop,
    /// What a test wants to happen in the session.
    #[cfg(test)]
    Act(tests::Act),
}

/// A user who has just registered.
pub struct Fresh {
    /// The client that they registered with.
    pub full: Jid,
    /// Resolves (in any way) when the registration has been answered: nothing is said before that.
    pub answered: oneshot::Receiver<()>,
}

/// The end of a session.
pub enum Outcome {
    /// The daemon stops; the user stays registered.
    Stopped,
    /// The user has left; those who wait to be told so.
    Left(Vec<oneshot::Sender<()>>),
}

/// What a job leaves to be done in the session.
type Then = Box<dyn FnOnce(&mut Session) + Send>;

/// The task's own state.
struct Session {
    services: Arc<Services>,
    commands: Option<Arc<dyn ContactCommands>>,
    /// To write, and to send the user what must arrive.
    journal: Journal,
    /// With which all is written that is not answered otherwise.
    pen: pen::Pen,
    user_id: UserId,
    jid: BareJid,
    /// `jid` as text: it is in every stanza.
    to: String,
    /// What the user reads, as far as their clients tell.
    language: Language,
    data: Data,
    preferences: Form,
    contacts: Contacts,
    rooms: room::Rooms,
    resources: Resources,
    /// What each client that is online wants to be told.
    clients: HashMap<String, clients::Client>,
    portraits: portrait::Portraits,
    looks: look::Looks,
    own_avatar: own_avatar::OwnAvatar,
    to_network: Conversations,
    to_user: Conversations,
    /// The user's messages that wait, against what may wait in all.
    messages: Allowance,
    /// The user's files that may be on their way at the same time.
    files: Arc<Semaphore>,
    /// The gateway's presence towards the user.
    status: Presence,
    ready: watch::Sender<Ready>,
    remote: Option<Arc<RemoteSession>>,
    /// Counts connections to the plugin, so that what belongs to an earlier one is ignored.
    generation: u32,
    /// Failed logins in a row.
    failures: u32,
    /// Nobody should try to log in until the user acts.
    parked: bool,
    /// The network's contact list was read since the last login.
    filled: bool,
    /// The roster shows the contact list since the last login.
    synced: bool,
    /// What is under way on the roster.
    roster: roster::Sync,
    /// Held until the roster is as it should be: a thousand users who log in at once must not all read their contact lists at once.
    turn: Option<OwnedSemaphorePermit>,
    /// The attempt to get logged in that is under way.
    attempt: Option<AbortHandle>,
    /// What the user has been told that their server does not let us do.
    missed: Vec<Privilege>,
    repeats: Repeats,
    announcements: announced::Announcements,
    threads: Arc<Threads>,
    deleted: Arc<deleted::Deleted>,
    /// What came from the network before the message that it is about.
    held: Held,
    /// After how many seconds the texts of a chat disappear.
    disappearing: HashMap<ContactId, u32>,
    /// What the user sends, against the limit.
    sent: Bucket,
    /// The user was asked to let the gateway see their presence, since the link came up. A probe would be answered with "unsubscribed"
    /// then, and some servers forget with that answer that we asked.
    asked: bool,
    /// The user sees the contacts' presence: told since the link came up, and not hidden since.
    announced: bool,
    /// The contacts are hidden in a moment, unless the network comes back.
    hiding: Option<AbortHandle>,
    mailboxes: Mailboxes,
    jobs: JoinSet<Then>,
    ending: Option<Vec<oneshot::Sender<()>>>,
}

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

impl Session {
    fn new(
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
            resources: Resources::default(),
            clients: HashMap::new(),
            portraits: portrait::Portraits::default(),
            looks: look::Looks::default(),
            own_avatar: own_avatar::OwnAvatar::default(),
            to_network: Conversations::default(),
            to_user: Conversations::default(),
            files: Arc::new(Semaphore::new(files::AT_ONCE)),
            status: Presence::default(),
            ready,
            remote: None,
            generation: 0,
            failures: 0,
            parked: false,
            filled: false,
            synced: false,
            roster: roster::Sync::default(),
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
            ending: None,
        }
    }

    /// Until the end of the session. `pending` was under way before it, and `first` comes before what is in the mailbox.
    ///
    /// In a box: what runs here keeps the session twice, and the largest of what it calls, for as long as the user is there.
    async fn run(
        mut self: Box<Self>,
        pending: Vec<store::Pending>,
        first: &mut Backlog,
        events: &mut mpsc::Receiver<Event>,
        fresh: Option<Fresh>,
    ) -> Outcome {
        for pending in &pending {
            self.resume(pending);
        }
        drop(pending);
        self.start(fresh);
        loop {
            if let Some(waiting) = self.ending.take() {
                events.close();
                while let Some(event) = first.pop().or_else(|| events.try_recv().ok()) {
                    self.too_late(event, waiting.is_empty());
                }
                return Box::pin(self.finish(waiting)).await;
            }
            if let Some(event) = first.pop() {
                self.event(event);
                continue;
            }
            tokio::select! {
                // The user's own actions first, then results, then the network: a flood from the network must not keep the user waiting.
                biased;
                event = events.recv() => match event {
                    Some(event) => self.event(event),
                    None => return Outcome::Stopped,
                },
                () = self.step() => {}
            }
        }
    }

    /// Takes a result, or an operation of the plugin. Cancel safe.
    async fn step(&mut self) {
        tokio::select! {
            biased;
            Some(done) = self.jobs.join_next(), if !self.jobs.is_empty() => match done {
                Ok(then) => then(self),
                // What it would have done is missing: the session must not go on as if it were there.
                Err(error) => if let Ok(panic) = error.try_into_panic() {
                    resume_unwind(panic);
                },
            },
            operation = self.mailboxes.next(&self.journal) => self.operation_from(operation),
        }
    }

    /// What came when the session was about to end: nobody takes it, and its sender is told. Who waits for an answer notices.
    fn too_late(&self, event: Event, stopping: bool) {
        if let Event::Stanza(stanza) = event {
            if stopping {
                self.services.refusals.refuse_stopping(&stanza);
            } else {
                self.services.refusals.stranger(&stanza);
            }
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Stanza(stanza) => {
                if let Some(lang) = stanza.language().filter(|_| !stanza.is_error()) {
                    self.reads(Language::of(Some(lang)));
                }
                self.guarded(&stanza, Session::stanza);
            }
            Event::Language(language) => self.reads(language),
            Event::Privileges => self.sync_all(),
            Event::Database => self.send_status(),
            Event::LinkUp => self.link_up(),
            Event::Asked(asked) => self.asked(asked),
            Event::Passed(time) => self.show_aged(time),
            Event::Stop => self.stop(),
            #[cfg(test)]
            Event::Act(tests::Act(act)) => act(self),
        }
    }

    /// Kept, so that the user is not spoken to in another language after a restart.
    fn reads(&mut self, language: Language) {
        if language != self.language {
            self.language = language;
            self.services.languages.note(&self.jid, language);
            self.write(Write::UserState(self.user_id, services::state(language)));
        }
    }

    /// A stanza at which we panic is answered before the session ends.
    fn guarded(&mut self, stanza: &Stanza, act: impl FnOnce(&mut Session, &Stanza)) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| act(self, stanza))) {
            let text = "Something went wrong in the gateway: this may not have been sent";
            self.services.refusals.refuse(stanza, Condition::InternalServerError, text);
            resume_unwind(panic);
        }
    }

    /// Whether an iq to a contact or room was about the commands there; it is handled then.
    fn handles_command(&self, iq: &Stanza, on: &Chat) -> bool {
        self.commands.clone().is_some_and(|commands| commands.handle(iq, on))
    }

    /// Runs something beside the session; what it returns is done in the session.
    fn spawn<F>(&mut self, job: impl Future<Output = F> + Send + 'static) -> AbortHandle
    where
        F: FnOnce(&mut Session) + Send + 'static,
    {
        self.jobs.spawn(async move { Box::new(job.await) as Then }.in_current_span())
    }

    /// The same for what belongs to the current connection to the plugin: forgotten when there is a newer one.
    fn spawn_current<F>(&mut self, job: impl Future<Output = F> + Send + 'static) -> AbortHandle
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
