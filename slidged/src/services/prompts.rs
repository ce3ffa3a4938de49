//! Questions to users in the gateway's chat: the next line that they write is the answer.

use super::{index::UserIndex, messenger::Messenger, tasks::Tasks};
use crate::{
    language::Language,
    model::{
        crowd::{Guests, Place, Places},
        lock::lock,
    },
    say,
};
use jid::BareJid;
use plugin_api::{Condition, Error};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{sync::mpsc, time::timeout};

/// The longest that an answer is waited for, whatever the plugin wants: its call would hold a place
/// for good.
const LONGEST: Duration = Duration::from_secs(3600);
/// Lines that somebody may be ahead of the questions.
const AHEAD: usize = 16;
/// Questions to one person at the same time: a command's, and those of the plugin in between.
pub(crate) const PER_USER: usize = 4;
/// Conversations of all strangers together: the lines that wait in one have some kilobytes.
const STRANGERS: Places = Places { all: 2_000, each: PER_USER };

/// Open questions by user; the latest gets the next line. A clone shares them.
#[derive(Clone)]
pub struct Prompts(Arc<Inner>);

struct Inner {
    open: Mutex<HashMap<BareJid, Vec<Open>>>,
    next: AtomicU64,
    places: Guests,
    index: UserIndex,
    messenger: Messenger,
    tasks: Tasks,
}

struct Open {
    _place: Place,
    number: u64,
    language: Language,
    lines: mpsc::Sender<String>,
}

/// A place in which lines are waited for; given up when dropped.
pub(crate) struct Listener {
    prompts: Prompts,
    who: BareJid,
    number: u64,
    lines: mpsc::Receiver<String>,
}

impl Prompts {
    pub(super) fn new(index: UserIndex, messenger: Messenger, tasks: Tasks) -> Self {
        let places = Guests::new(STRANGERS, PER_USER);
        let (open, next) = (Mutex::default(), AtomicU64::new(0));
        Prompts(Arc::new(Inner { open, next, places, index, messenger, tasks }))
    }

    /// Waits for lines of somebody; none when they are asked too much already.
    pub(crate) fn listen_to(&self, who: &BareJid, language: Language) -> Option<Listener> {
        let Inner { open, next, places, index, .. } = &*self.0;
        let (sender, lines) = mpsc::channel(AHEAD);
        let number = next.fetch_add(1, Relaxed);
        let place = places.enter(who, index.knows(who))?;
        let opened = Open { _place: place, number, language, lines: sender };
        lock(open).entry(who.clone()).or_default().push(opened);
        Some(Listener { prompts: self.clone(), who: who.clone(), number, lines })
    }

    /// Gives a line to the latest question; gives it back when nothing is asked.
    ///
    /// # Errors
    ///
    /// The line, when nothing waits for it; none, when too many lines wait already.
    pub(crate) fn hand_over(&self, who: &BareJid, line: String) -> Result<(), Option<String>> {
        let open = lock(&self.0.open);
        let Some(latest) = open.get(who).and_then(|stack| stack.last()) else { return Err(Some(line)) };
        latest.lines.try_send(line).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => None,
            mpsc::error::TrySendError::Closed(line) => Some(line),
        })
    }

    /// Asks the user for the plugin, and waits for the line that they write next.
    ///
    /// # Errors
    ///
    /// When they do not answer, want to stop, or are asked too much already.
    pub(crate) async fn input(
        self,
        who: BareJid,
        prompt: String,
        patience: Duration,
        language: Language,
    ) -> Result<String, Error> {
        let Some(mut listener) = self.listen_to(&who, language) else {
            let error = Error::from(Condition::ResourceConstraint);
            return Err(error.with_detail("the user is asked several things already"));
        };
        let Inner { messenger, tasks, .. } = &*self.0;
        messenger.tell(&who, &prompt);
        let line = timeout(patience.min(LONGEST), listener.line());
        let line = tokio::select! {
            line = line => line,
            // Whoever restarts the gateway does not wait for people.
            () = tasks.stopping() => {
                return Err(Error::new(Condition::RecipientUnavailable, say!(language, "stopping-now")));
            }
        };
        match line {
            Ok(Some(line)) if is_cancel(&line) => {
                Err(Error::new(Condition::NotAcceptable, say!(language, "input-cancelled")))
            }
            Ok(Some(line)) => Ok(line),
            Ok(None) | Err(_) => {
                let text = say!(language, "input-too-slow");
                messenger.tell(&who, &text);
                Err(Error::new(Condition::RemoteServerTimeout, text))
            }
        }
    }

    /// Tells whoever would answer later that nobody will remember the question then.
    pub(crate) fn end(&self) {
        for (who, stack) in &*lock(&self.0.open) {
            if let Some(latest) = stack.last() {
                self.0.messenger.tell(who, &say!(latest.language, "chat-stopping"));
            }
        }
    }
}

impl Listener {
    /// Waits for the next line. Cancel safe.
    pub(crate) async fn line(&mut self) -> Option<String> {
        self.lines.recv().await
    }

    /// Takes a line that came already; without one the place is given up at once, so that no line
    /// can come into the gap.
    pub(crate) fn line_or_leave(&mut self) -> Option<String> {
        let prompts = self.prompts.clone();
        let mut open = lock(&prompts.0.open);
        let line = self.lines.try_recv().ok();
        if line.is_none() {
            leave(&mut open, &self.who, self.number);
        }
        line
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        leave(&mut lock(&self.prompts.0.open), &self.who, self.number);
    }
}

/// Whether a line that somebody typed means "cancel", in any language.
pub(crate) fn is_cancel(line: &str) -> bool {
    let line = line.trim().trim_start_matches(['/', '!']).to_lowercase();
    Language::ALL.into_iter().any(|language| language.lists("words-cancel", &line))
}

fn leave(open: &mut HashMap<BareJid, Vec<Open>>, who: &BareJid, number: u64) {
    if let Some(stack) = open.get_mut(who) {
        stack.retain(|open| open.number != number);
        if stack.is_empty() {
            open.remove(who);
        }
    }
}
