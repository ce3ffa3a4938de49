//! Common interface of Prosody and ejabberd for scenarios.

use std::net::SocketAddr;

use crate::client::Client;
use crate::raw::Raw;
use crate::site::Site;

/// The password of every account.
pub const PASSWORD: &str = "pw";

/// A real XMPP server.
pub trait Server: Sync {
    /// Addresses and accounts of the server.
    fn site(&self) -> &Site;

    /// Makes sure that the account exists.
    fn account(&self, name: &str) -> impl Future<Output = ()> + Send;

    /// A client that is online as `name`, whose account is made.
    fn client(&self, name: &str) -> impl Future<Output = Client> + Send {
        self.client_by(name, self.site().c2s)
    }

    /// Logs in through another address: a [`Proxy`](crate::Proxy)'s.
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
