//! What comes from the network before the message that it is about: networks do not always keep the order. It waits for its message, and
//! is shown on its own if that does not come.

use crate::session::change::Amendment;
use plugin_api::ContactId;
use plugin_api::MessageId;
use std::collections::HashMap;
use tokio::task::AbortHandle;

/// A network that sends what it will not explain must not hold up the rest: a plugin waits for its answers, and beyond that nothing waits.
pub(in crate::session) const MOST: usize = 128;

/// All that waits.
#[derive(Default)]
pub(in crate::session) struct Held {
    pub(in crate::session) waiting: HashMap<(ContactId, MessageId), Waiting>,
    pub(in crate::session) count: usize,
}

pub(in crate::session) struct Waiting {
    pub(in crate::session) amendments: Vec<Amendment>,
    pub(in crate::session) timer: AbortHandle,
}
