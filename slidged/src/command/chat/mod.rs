//! Commands in a chat: for clients without forms, and for people who would rather type.
//!
//! What somebody writes to the gateway either answers what it asked, or begins a command.

mod ask;
mod conversation;
mod help;
mod input;
mod lines;
mod whom;
mod words;

pub(super) use lines::note;
pub(super) use words::given;

use super::caller::Context;
use crate::model::caller::Caller;
use crate::{
    gateway::Gateway,
    language::Language,
    model::{
        crowd::{Guests, Place, Places},
        rate::{Buckets, Rate},
    },
    say,
    session::encrypted,
    xmpp::{Condition, Stanza, retraction},
};
use jid::{BareJid, Jid};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};
use tokio::sync::mpsc;

/// Lines that somebody may be ahead of the questions.
const AHEAD: usize = 16;
/// Questions to one person at the same time: a command's, and those of the plugin in between.
const PER_USER: usize = 4;
/// Conversations of all strangers together: the lines that wait in one have some kilobytes.
const STRANGERS: Places = Places { all: 2_000, each: PER_USER };
/// A line of a stranger, in bytes: longer than any password or token.
const MAX_LINE: usize = 4 << 10;
/// Lines of one person: faster than anybody types, and a script that runs every command once gets through.
const TYPED: Rate = Rate { burst: 100, per_second: 5 };

/// Who is asked what. The latest question gets the next line.
pub(crate) struct Chats {
    open: Mutex<HashMap<BareJid, Vec<Open>>>,
    next: AtomicU64,
    places: Guests,
}

impl Default for Chats {
    fn default() -> Self {
        let places = Guests::new(STRANGERS, PER_USER);
        Chats { open: Mutex::default(), next: AtomicU64::new(0), places }
    }
}

/// What people write to the gateway itself, against the limit. Strangers, however many there are, take nothing from the others.
#[derive(Default)]
pub(crate) struct Written {
    strangers: Buckets<BareJid>,
    known: Buckets<BareJid>,
}

struct Open {
    _place: Place,
    number: u64,
    language: Language,
    lines: mpsc::Sender<String>,
}

/// A place in which lines are waited for; given up when dropped.
pub(crate) struct Listener {
    gateway: Arc<Gateway>,
    who: BareJid,
    number: u64,
    lines: mpsc::Receiver<String>,
}

impl Chats {
    fn lock(&self) -> MutexGuard<'_, HashMap<BareJid, Vec<Open>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a line to whatever waits for it; gives it back when nothing does.
    fn hand_over(&self, who: &BareJid, line: String) -> Result<(), Option<String>> {
        let open = self.lock();
        let Some(latest) = open.get(who).and_then(|stack| stack.last()) else { return Err(Some(line)) };
        latest.lines.try_send(line).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => None,
            mpsc::error::TrySendError::Closed(line) => Some(line),
        })
    }
}

impl Gateway {
    /// Waits for lines of somebody; none when they are asked too much already.
    pub(crate) fn listen_to(self: &Arc<Self>, who: &BareJid, language: Language) -> Option<Listener> {
        let (sender, lines) = mpsc::channel(AHEAD);
        let number = self.chats.next.fetch_add(1, Relaxed);
        let place = self.chats.places.enter(who, self.knows(who))?;
        let mut open = self.chats.lock();
        open.entry(who.clone()).or_default().push(Open { _place: place, number, language, lines: sender });
        Some(Listener { gateway: self.clone(), who: who.clone(), number, lines })
    }

    /// A message to the gateway itself.
    pub(crate) fn chat(self: &Arc<Self>, from: &Jid, stanza: &Stanza) {
        let type_ = stanza.message_type();
        if matches!(type_, "error" | "headline") {
            return;
        }
        let filled = |text: &String| !text.trim().is_empty();
        let Some(body) = stanza.body().filter(filled).or_else(|| stanza.subject().filter(filled)) else {
            return self.wordless(from, stanza);
        };
        let caller = self.caller(from.clone(), stanza.language());
        let language = caller.language;
        if type_ == "groupchat" {
            let text = say!(language, "not-a-group");
            return self.refuse(stanza, Condition::ServiceUnavailable, &text);
        }
        if let Err(error) = super::served(self, &caller) {
            let text = error.text.unwrap_or_default();
            return self.refuse(stanza, error.condition, &text);
        }
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.knows(&caller.bare());
        let written_by = if known { &mut written.known } else { &mut written.strangers };
        if !written_by.take(caller.bare(), TYPED, Instant::now()) || (!known && body.len() > MAX_LINE) {
            let text = say!(language, "too-much-at-once");
            return self.refuse(stanza, Condition::ResourceConstraint, &text);
        }
        drop(written);
        if encrypted(stanza) {
            return self.refuse(stanza, Condition::BadRequest, &say!(language, "message-encrypted"));
        }
        let line = body.trim().to_owned();
        match self.chats.hand_over(&from.to_bare(), line) {
            Ok(()) => {}
            Err(Some(line)) => self.begin(caller, line),
            Err(None) => {
                let text = say!(language, "chat-too-fast");
                self.refuse(stanza, Condition::ResourceConstraint, &text);
            }
        }
    }

    /// Without words there is nothing to be done. What is taken back was never kept.
    fn wordless(&self, from: &Jid, stanza: &Stanza) {
        let language = self.caller(from.clone(), stanza.language()).language;
        if retraction::retracted(stanza).is_none()
            && let Some(error) = self.not_understood(language, stanza)
        {
            self.refuse(stanza, error.condition, &error.text.unwrap_or_default());
        }
    }

    fn begin(self: &Arc<Self>, caller: Caller, line: String) {
        // The place is taken here, so that the next line comes behind this one.
        let Some(listener) = self.listen_to(&caller.bare(), caller.language) else {
            let text = say!(caller.language, "chat-too-fast");
            return self.tell(&caller.bare(), &text);
        };
        let context = Context { gateway: self.clone(), caller, on: None, arguments: Vec::new() };
        self.converse(conversation::hold(context, listener, line));
    }

    /// Tells whoever would answer later that nobody will remember the question then.
    pub(crate) fn end_chats(&self) {
        for (who, stack) in &*self.chats.lock() {
            if let Some(latest) = stack.last() {
                self.tell(who, &say!(latest.language, "chat-stopping"));
            }
        }
    }

    /// A line from the gateway.
    pub(crate) fn tell(&self, who: &BareJid, text: &str) {
        self.say_to(who.as_str(), text);
    }
}

impl Listener {
    /// The next line. Cancel safe.
    pub(crate) async fn line(&mut self) -> Option<String> {
        self.lines.recv().await
    }

    /// A line that came already; without one the place is given up at once, so that no line can come into the gap.
    fn line_or_leave(&mut self) -> Option<String> {
        let gateway = self.gateway.clone();
        let mut open = gateway.chats.lock();
        let line = self.lines.try_recv().ok();
        if line.is_none() {
            leave(&mut open, &self.who, self.number);
        }
        line
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        leave(&mut self.gateway.chats.lock(), &self.who, self.number);
    }
}

fn leave(open: &mut HashMap<BareJid, Vec<Open>>, who: &BareJid, number: u64) {
    if let Some(stack) = open.get_mut(who) {
        stack.retain(|open| open.number != number);
        if stack.is_empty() {
            open.remove(who);
        }
    }
}
