//! Clients of the user, and the events that they want.

use crate::model::pep_interest::PepInterest;
use crate::model::resources::Resources;
use crate::xmpp::caps::Caps;
use std::collections::HashMap;

/// A client that is online.
#[derive(Debug, Default)]
pub(in crate::session) struct Client {
    /// Entity capabilities (XEP-0115) of its presence.
    pub(in crate::session) caps: Option<Caps>,
    /// True while the client is asked what they stand for.
    pub(in crate::session) asking: bool,
    pub(in crate::session) wants: PepInterest,
}

/// Clients of the user that are online.
#[derive(Default)]
pub(in crate::session) struct Clients {
    /// Presences of the clients, which make up the user's.
    pub(in crate::session) resources: Resources,
    /// Events that each client wants, by resource.
    pub(in crate::session) known: HashMap<String, Client>,
}

impl Clients {
    /// Forgets all clients: the server has lost them, or says that none is online.
    pub(in crate::session) fn clear(&mut self) {
        self.resources.clear();
        self.known.clear();
    }
}
