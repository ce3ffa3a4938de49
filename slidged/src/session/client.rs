//! A client of the user's, and the events that it wants.

use crate::model::wants::Wants;
use crate::xmpp::caps::Caps;

/// A client that is online.
#[derive(Debug, Default)]
pub(in crate::session) struct Client {
    /// Entity capabilities (XEP-0115) of its presence.
    pub(in crate::session) caps: Option<Caps>,
    /// True while the client is asked what they stand for.
    pub(in crate::session) asking: bool,
    pub(in crate::session) wants: Wants,
}
