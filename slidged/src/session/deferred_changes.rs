//! Changes that come from the network before the message that they are about, since networks do not
//! always keep the order. A change waits for its message, and is shown on its own if that does not
//! come.

use crate::session::change::MessageChange;
use plugin_api::ContactId;
use plugin_api::MessageId;
use std::collections::HashMap;
use tokio::task::AbortHandle;

/// Most changes that wait; beyond it none does. The plugin waits for their answers, and a network
/// that sends changes of unknown messages must not hold up the rest.
pub(in crate::session) const MOST: usize = 128;

/// Changes that wait, by the message that they are about.
#[derive(Default)]
pub(in crate::session) struct DeferredChanges {
    pub(in crate::session) waiting: HashMap<(ContactId, MessageId), Waiting>,
    pub(in crate::session) count: usize,
}

pub(in crate::session) struct Waiting {
    pub(in crate::session) amendments: Vec<MessageChange>,
    pub(in crate::session) timer: AbortHandle,
}
