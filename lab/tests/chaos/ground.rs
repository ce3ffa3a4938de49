//! Ground of every mode: a real server, the other network, slidged between them, and pairs of
//! people who talk.

use std::path::PathBuf;
use std::sync::Arc;

use lab::{Client, Person, Prosody, Proxy, Server, Slidged, SlidgedOptions, Superduperd};

/// A user, the friend on the other network, and the friend's address.
pub(crate) struct Pair {
    pub(crate) user: Client,
    pub(crate) friend: Person,
    pub(crate) contact: String,
    pub(crate) name: String,
}

/// Options of a mode.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) users: usize,
    /// Instead of SQLite.
    pub(crate) database: Option<String>,
    /// State directory.
    pub(crate) state: Option<PathBuf>,
    /// Whether files are to be limited.
    pub(crate) limited_files: bool,
    /// Lines at the end of slidged's configuration.
    pub(crate) more: String,
}

pub(crate) struct Ground {
    pub(crate) slidged: Slidged,
    pub(crate) prosody: Prosody,
    /// Between slidged and the server.
    pub(crate) link: Proxy,
    pub(crate) network: Superduperd,
    pub(crate) pairs: Vec<Arc<Pair>>,
}

impl Ground {
    /// Starts everything with SQLite.
    pub(crate) async fn with(users: usize) -> Self {
        Self::of(Options { users, ..Options::default() }).await
    }

    /// Starts everything with PostgreSQL at this address.
    pub(crate) async fn on(database: String, users: usize) -> Self {
        Self::of(Options { users, database: Some(database), ..Options::default() }).await
    }

    pub(crate) async fn of(wanted: Options) -> Self {
        let prosody = Prosody::start_in_memory().await;
        let network = Superduperd::start().await;
        let link = Proxy::to(prosody.site().component).await;
        let options = SlidgedOptions {
            server: Some(link.address()),
            plugin_options: network.plugin_options(),
            database: wanted.database,
            state: wanted.state,
            limited_files: wanted.limited_files,
            more: wanted.more,
            ..SlidgedOptions::default()
        };
        let slidged = Slidged::start(prosody.site(), "superduper", options).await;
        let mut pairs = Vec::new();
        for n in 0..wanted.users {
            pairs.push(Arc::new(
                Pair::meet(&prosody, &network, &format!("user{n}"), &format!("friend{n}")).await,
            ));
        }
        Ground { slidged, prosody, link, network, pairs }
    }

    pub(crate) fn gateway(&self) -> &'static str {
        self.prosody.site().gateway
    }
}

impl Pair {
    /// Makes both accounts and a friendship, and registers the user.
    pub(crate) async fn meet(prosody: &Prosody, network: &Superduperd, user: &str, friend: &str) -> Self {
        let gateway = prosody.site().gateway;
        let friend = Person::connect(network.address(), friend, "Friend", "app").await;
        Person::connect(network.address(), user, "User", "app").await.befriend(&friend).await;
        friend.set_presence("available", "").await;
        let client = prosody.client(user).await;
        let password = Person::password(user);
        client
            .register(gateway, &[("username", user), ("password", &password)])
            .await
            .unwrap_or_else(|e| panic!("{user} is not registered: {e}"));
        let contact = format!("{}@{gateway}", friend.id());
        client.see(&contact, "").await;
        Pair { user: client, friend, contact, name: user.to_owned() }
    }

    /// Text that the friend sends to the user of this pair.
    pub(crate) fn said_to_user(&self, number: usize) -> String {
        format!("to {} {number}", self.name)
    }

    /// Text that the user sends to the friend.
    pub(crate) fn said_by_user(&self, number: usize) -> String {
        format!("from {} {number}", self.name)
    }

    /// The number of a text that the friend said.
    pub(crate) fn number_to_user(&self, text: &str) -> Option<usize> {
        text.strip_prefix("to ")?.strip_prefix(&self.name)?.strip_prefix(' ')?.parse().ok()
    }

    /// The number of a text that the user said.
    pub(crate) fn number_from_user(&self, text: &str) -> Option<usize> {
        text.strip_prefix("from ")?.strip_prefix(&self.name)?.strip_prefix(' ')?.parse().ok()
    }
}
