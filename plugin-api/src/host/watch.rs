//! Records of a plugin's threads and calls, which tell the threads that something holds up. Kept on
//! the daemon's side, so that it works for plugins of any age.
//!
//! There are two signs. What a gateway or a session does runs in its log span, which is entered and
//! left through the daemon's [`Sink`](super::sink::Sink), on the thread that it runs on. And a
//! request that no plugin knows is answered by any thread that is free, so that silence means that
//! none is.

use crate::ffi::{LogField, LogSite, LogValue};
use std::{
    cell::RefCell,
    collections::HashMap,
    fs,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak},
    time::{Duration, Instant},
};

/// The operation of a turn, which no plugin has: every plugin says so on a thread of its own.
pub(super) const NOTHING: &str = "any_thread";
/// Time for which a thread may run in one go: a hundred times as long as what computes, and noticed
/// by people.
pub(super) const LONG: Duration = Duration::from_secs(1);
/// Operations that are named when it can be one of several.
const NAMED: usize = 3;
/// The module whose spans are followed; others belong to the plugin, which may leave them open.
const TARGET: &str = "plugin_api::api::gateway";

/// A thread of a plugin that does one thing for long, or all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// User whose session the thread works for; none for the gateway, or when that is not known.
    pub user: Option<String>,
    /// The operation, or those that it can be, the most likely first; none for what runs in the
    /// background.
    pub operations: Vec<&'static str>,
    /// Name and number of the thread; none for all of them.
    pub thread: Option<String>,
    /// Time since which the thread is blocked.
    pub since: Instant,
}

/// Watch over a plugin's threads and open calls.
#[derive(Default)]
pub(crate) struct Watch {
    /// The spans of the gateway and its sessions, and whose they are.
    spans: RwLock<HashMap<u64, Option<Arc<str>>>>,
    threads: Mutex<Vec<Weak<Thread>>>,
    calls: Mutex<Calls>,
}

/// A thread that has been in one of those spans.
struct Thread {
    name: String,
    busy: Mutex<Option<Busy>>,
}

/// A span that a thread is in.
#[derive(Clone)]
struct Busy {
    user: Option<Arc<str>>,
    since: Instant,
    /// Spans within the first.
    depth: usize,
}

#[derive(Default)]
struct Calls {
    next: u64,
    open: HashMap<u64, OpenCall>,
}

/// A call that the plugin has not answered.
struct OpenCall {
    user: Option<Arc<str>>,
    operation: &'static str,
    began: Instant,
}

/// A call that nobody waits for any more once this is dropped.
pub(crate) struct Asked {
    watch: Arc<Watch>,
    number: u64,
}

impl Drop for Asked {
    fn drop(&mut self) {
        lock(&self.watch.calls).open.remove(&self.number);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

thread_local! {
    /// Watched state of this thread, once it has been in a span.
    static HERE: RefCell<Option<Arc<Thread>>> = const { RefCell::new(None) };
}

impl Watch {
    /// Takes note of a call.
    pub(crate) fn asked(self: &Arc<Self>, user: Option<Arc<str>>, operation: &'static str) -> Asked {
        let mut calls = lock(&self.calls);
        let number = calls.next;
        calls.next += 1;
        calls.open.insert(number, OpenCall { user, operation, began: Instant::now() });
        Asked { watch: self.clone(), number }
    }

    /// Whether a call site is that of a span which is followed: it has to exist at every level of
    /// the log.
    pub(super) fn follows(site: &LogSite<'_>) -> bool {
        site.is_span && site.target.as_str() == TARGET && matches!(site.name.as_str(), "session" | "gateway")
    }

    /// A span that is followed has begun; its only field is its user.
    pub(super) fn span(&self, span: u64, fields: &[LogField]) {
        let user = fields.iter().find_map(|field| match &field.value {
            LogValue::Text(text) => Some(Arc::from(text.as_str())),
            _ => None,
        });
        self.spans.write().unwrap_or_else(PoisonError::into_inner).insert(span, user);
    }

    /// A span is over.
    pub(super) fn forget(&self, span: u64) {
        // Most spans are others.
        if self.user_of(span).is_some() {
            self.spans.write().unwrap_or_else(PoisonError::into_inner).remove(&span);
        }
    }

    fn user_of(&self, span: u64) -> Option<Option<Arc<str>>> {
        self.spans.read().unwrap_or_else(PoisonError::into_inner).get(&span).cloned()
    }

    /// Records that this thread has entered a span.
    pub(super) fn enter(&self, span: u64) {
        let Some(user) = self.user_of(span) else { return };
        // An error: the thread is about to end.
        let _ = HERE.try_with(|here| {
            let mut here = here.borrow_mut();
            let thread = here.get_or_insert_with(|| self.thread());
            let mut busy = lock(&thread.busy);
            match &mut *busy {
                Some(busy) => busy.depth += 1,
                None => *busy = Some(Busy { user, since: Instant::now(), depth: 0 }),
            }
        });
    }

    /// Records that this thread has left a span.
    pub(super) fn exit(&self, span: u64) {
        if self.user_of(span).is_none() {
            return;
        }
        let _ = HERE.try_with(|here| {
            let here = here.borrow();
            let Some(thread) = &*here else { return };
            let mut busy = lock(&thread.busy);
            match &mut *busy {
                Some(within) if within.depth > 0 => within.depth -= 1,
                _ => *busy = None,
            }
        });
    }

    fn thread(&self) -> Arc<Thread> {
        let name = fs::read_to_string("/proc/thread-self/comm").unwrap_or_default();
        let link = fs::read_link("/proc/thread-self").unwrap_or_default();
        let number = link.file_name().map(|number| number.to_string_lossy().into_owned()).unwrap_or_default();
        let thread = Arc::new(Thread { name: format!("{} ({number})", name.trim()), busy: Mutex::new(None) });
        let mut threads = lock(&self.threads);
        threads.retain(|thread| thread.strong_count() > 0);
        threads.push(Arc::downgrade(&thread));
        thread
    }

    /// The threads that have been at one thing for too long.
    pub(super) fn held(&self, now: Instant) -> Vec<Held> {
        let threads: Vec<_> = lock(&self.threads).iter().filter_map(Weak::upgrade).collect();
        let held = threads.into_iter().filter_map(|thread| {
            let busy = lock(&thread.busy).clone()?;
            (now.saturating_duration_since(busy.since) >= LONG).then(|| {
                let operations = self.operations(busy.since, |call| call.user == busy.user);
                let user = busy.user.as_deref().map(str::to_owned);
                Held { user, operations, thread: Some(thread.name.clone()), since: busy.since }
            })
        });
        held.collect()
    }

    /// All threads have been silent since then, and nothing that is followed is known to hold them.
    pub(super) fn silent(&self, since: Instant) -> Held {
        let calls = lock(&self.calls);
        let before = calls.open.values().filter(|call| call.began <= since && call.operation != NOTHING);
        let last = before.max_by_key(|call| call.began);
        let user = last.and_then(|call| call.user.clone());
        drop(calls);
        let operations = self.operations(since, |call| call.user == user);
        Held { user: user.as_deref().map(str::to_owned), operations, thread: None, since }
    }

    /// Operations that were asked before that and are not answered yet, the last first: what blocks
    /// most often does so at once.
    fn operations(&self, since: Instant, whose: impl Fn(&OpenCall) -> bool) -> Vec<&'static str> {
        let calls = lock(&self.calls);
        let before = calls.open.values().filter(|call| call.began <= since && call.operation != NOTHING);
        let mut open: Vec<_> = before.filter(|call| whose(call)).collect();
        open.sort_unstable_by_key(|call| std::cmp::Reverse(call.began));
        let mut operations: Vec<_> = open.into_iter().map(|call| call.operation).collect();
        operations.dedup();
        operations.truncate(NAMED);
        operations
    }
}
