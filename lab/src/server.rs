//! What Prosody and ejabberd have in common for a scenario.

use std::net::SocketAddr;

use jid::BareJid;

use crate::client::Client;
use crate::raw::Raw;

/// The password of every account.
pub const PASSWORD: &str = "pw";

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

/// A real XMPP server.
pub trait Server: Sync {
    /// Where it is.
    fn site(&self) -> &Site;

    /// Makes sure that the account exists.
    fn account(&self, name: &str) -> impl Future<Output = ()> + Send;

    /// A client that is online as `name`, whose account is made.
    fn client(&self, name: &str) -> impl Future<Output = Client> + Send {
        self.client_by(name, self.site().c2s)
    }

    /// The same through another address: a [`Proxy`](crate::Proxy)'s.
    fn client_by(&self, name: &str, address: SocketAddr) -> impl Future<Output = Client> + Send {
        async move {
            self.account(name).await;
            Client::connect(self.site().user(name), PASSWORD, address).await
        }
    }

    /// A client that has logged in as `name`, and not yet announced itself.
    fn silent_client(&self, name: &str) -> impl Future<Output = Client> + Send {
        async move {
            self.account(name).await;
            Client::connect_silently(self.site().user(name), PASSWORD, self.site().c2s).await
        }
    }

    /// A client that says whatever it likes, byte by byte.
    fn raw(&self, name: &str) -> impl Future<Output = Raw> + Send {
        async move {
            self.account(name).await;
            Raw::client(self.site(), name, PASSWORD).await
        }
    }

    /// A component that says whatever it likes, in the gateway's place.
    fn component(&self) -> impl Future<Output = Raw> + Send {
        Raw::component(self.site())
    }
}
