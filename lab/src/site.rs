//! Addresses and names of an XMPP server.

use std::net::SocketAddr;

use jid::BareJid;

/// Where an XMPP server is and who is who on it.
#[derive(Debug, Clone)]
pub struct Site {
    /// The domain of its users.
    pub domain: &'static str,
    /// The domain of the gateway, a component of the server.
    pub gateway: &'static str,
    /// The component's secret.
    pub secret: &'static str,
    /// Where clients connect.
    pub c2s: SocketAddr,
    /// Where the component connects.
    pub component: SocketAddr,
}

impl Site {
    /// A user's address.
    ///
    /// # Panics
    /// When `name` is not a local part.
    #[must_use]
    pub fn user(&self, name: &str) -> BareJid {
        format!("{name}@{}", self.domain).parse().expect("a name that is a local part")
    }
}
