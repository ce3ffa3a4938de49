//! A client of the user's, and the events that it wants.

use crate::model::wants::Wants;
use crate::xmpp::caps::Caps;

/// A client that is online.
#[derive(Debug, Default)]
pub(in crate::session) struct Client {
    /// What it says that it can do.
    pub(in crate::session) caps: Option<Caps>,
    /// It is being asked what that is.
    pub(in crate::session) asking: bool,
    pub(in crate::session) wants: Wants,
}
