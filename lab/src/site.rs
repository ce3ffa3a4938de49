//! Addresses and names of an XMPP server.

use std::net::SocketAddr;

use jid::BareJid;

/// Addresses of an XMPP server, and the accounts on it.
#[derive(Debug, Clone)]
pub struct Site {
    /// The domain of its users.
    pub domain: &'static str,
    /// The domain of the gateway, a component of the server.
    pub gateway: &'static str,
    /// The component's secret.
    pub secret: &'static str,
    /// Address for clients.
    pub c2s: SocketAddr,
    /// Address for components.
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
