//! The state of the synchronisation with the roster.

use crate::session::roster::entry::Before;
use plugin_api::ContactId;
use std::collections::HashMap;

/// Synchronisation of contacts with the user's roster.
#[derive(Default)]
pub(in crate::session) struct RosterSync {
    /// Friends to be put on the roster next.
    pub(in crate::session) wanted: HashMap<ContactId, Before>,
    /// True while a request is under way.
    pub(in crate::session) busy: bool,
}
