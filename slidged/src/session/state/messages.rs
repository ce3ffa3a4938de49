//! Memory of the messages in the chats of a session.

use crate::session::announced::Announcements;
use crate::session::dedup::Repeats;
use crate::session::deferred_changes::DeferredChanges;
use crate::session::deleted::Deleted;
use crate::session::threads::Threads;
use plugin_api::ContactId;
use std::collections::HashMap;
use std::sync::Arc;

/// Memory of the messages in the chats of a session; each part is bounded.
#[derive(Default)]
pub(in crate::session) struct Messages {
    /// Messages of the user, to recognise repeats.
    pub(in crate::session) repeats: Repeats,
    /// Files that clients announced (XEP-0385, XEP-0447) and may still send.
    pub(in crate::session) announcements: Announcements,
    pub(in crate::session) threads: Arc<Threads>,
    pub(in crate::session) deleted: Arc<Deleted>,
    /// Changes from the network that came before the message that they are about.
    pub(in crate::session) held: DeferredChanges,
    /// Seconds after which the texts of a chat disappear.
    pub(in crate::session) disappearing: HashMap<ContactId, u32>,
}
