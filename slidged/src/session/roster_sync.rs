//! The state of the synchronisation with the roster.

use crate::session::roster::entry::Before;
use plugin_api::ContactId;
use std::collections::HashMap;

/// What is under way on the user's roster.
#[derive(Default)]
pub(in crate::session) struct Sync {
    /// Friends to be put on it next.
    pub(in crate::session) wanted: HashMap<ContactId, Before>,
    /// A request is under way.
    pub(in crate::session) busy: bool,
}
