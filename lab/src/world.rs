//! World of a scenario: a real server, the other network, and slidged between them.

use minidom::Element;

use crate::client::Client;
use crate::person::Person;
use crate::prosody::Prosody;
use crate::server::Server;
use crate::slidged::{Slidged, SlidgedOptions};
use crate::stanza::StanzaExt;
use crate::superduperd::Superduperd;

/// Options of a scenario's world.
#[derive(Debug, Default)]
pub struct WorldOptions {
    /// Lines at the end of Prosody's configuration.
    pub prosody: String,
    /// Lines at the end of slidged's configuration: further sections.
    pub slidged: String,
    /// Servers that the gateway trusts beside the other network's.
    pub trusted: Vec<String>,
    /// Further arguments of the other network's server.
    pub network: Vec<&'static str>,
    /// Instead of `superduper`.
    pub plugin: Option<&'static str>,
}

/// Servers of our own, which end with it.
#[derive(Debug)]
pub struct World {
    /// The gateway.
    pub slidged: Slidged,
    /// The XMPP server.
    pub prosody: Prosody,
    /// The other network.
    pub network: Superduperd,
}

/// A registered user, and a friend on the other network who is online there.
#[derive(Debug)]
pub struct Pair {
    /// The user's XMPP client.
    pub user: Client,
    /// The user's other device: the network's official app.
    pub phone: Person,
    /// The friend.
    pub friend: Person,
    /// The friend's address for the user.
    pub contact: String,
}

impl World {
    /// Starts everything.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn start() -> Self {
        Self::with(WorldOptions::default()).await
    }

    /// Starts everything, with a difference.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn with(options: WorldOptions) -> Self {
        let prosody = Prosody::start_with(None, &options.prosody).await;
        let network = Superduperd::start_with(None, &options.network).await;
        let plugin = options.plugin.unwrap_or("superduper");
        let (plugin_options, env) = match plugin {
            "superduper" => (network.plugin_options(), network.gateway_env_trusting(&options.trusted)),
            _ => Default::default(),
        };
        let options =
            SlidgedOptions { plugin_options, env, more: options.slidged, ..SlidgedOptions::default() };
        let slidged = Slidged::start(prosody.site(), plugin, options).await;
        World { slidged, prosody, network }
    }

    /// The gateway's address.
    #[must_use]
    pub fn gateway(&self) -> &'static str {
        self.prosody.site().gateway
    }

    /// The address of a contact whose id needs no escaping.
    #[must_use]
    pub fn contact(&self, id: &str) -> String {
        format!("{id}@{}", self.gateway())
    }

    /// Creates a person on the other network, online there.
    ///
    /// # Panics
    /// When the network refuses.
    pub async fn person(&self, id: &str, name: &str) -> Person {
        let person = Person::connect(self.network.address(), id, name, "app").await;
        person.set_presence("available", "").await;
        person
    }

    /// Registers a client with its account on the other network, and waits until it is connected
    /// there.
    ///
    /// # Panics
    /// When the registration is refused, or the session is not connected in time.
    pub async fn register(&self, client: &Client, id: &str) {
        client
            .register(self.gateway(), &[("username", id), ("password", &Person::password(id))])
            .await
            .unwrap_or_else(|e| panic!("{id} is not registered: {e}"));
        self.connected(client).await;
    }

    /// Waits until the gateway says that the user's session is connected.
    ///
    /// # Panics
    /// When it does not in time.
    pub async fn connected(&self, client: &Client) -> Element {
        let gateway = self.gateway();
        client
            .expect("the gateway being connected", |s| {
                let available = s.is_presence() && s.kind().is_empty() && s.text_of("show").is_none();
                available && s.sender() == gateway
            })
            .await
    }

    /// A registered user and a friend, whose presence the user sees.
    ///
    /// # Panics
    /// When a step of it fails.
    pub async fn pair(&self, user: &str, friend: &str) -> Pair {
        let friend = self.person(friend, "A Friend").await;
        let phone = self.person(user, "A User").await;
        phone.befriend(&friend).await;
        let client = self.prosody.client(user).await;
        self.register(&client, user).await;
        let contact = self.contact(friend.id());
        client.see(&contact, "").await;
        Pair { user: client, phone, friend, contact }
    }
}

impl Pair {
    /// Waits until everything that the user has sent to the contact so far has been dealt with: it
    /// is in order.
    ///
    /// # Panics
    /// When it is not in time.
    pub async fn settled_there(&self) {
        let text = format!("settled there {}", self.user.new_id());
        let id = self.user.say(&self.contact, &text).await;
        self.user.receipt(&self.contact, &id).await;
        self.friend.hear(self.phone.id(), &text).await;
    }

    /// Waits until everything that the friend has done so far has been shown to the user: it is in
    /// order.
    ///
    /// # Panics
    /// When it is not in time.
    pub async fn settled_here(&self) {
        let text = format!("settled here {}", self.user.new_id());
        self.friend.say(self.phone.id(), &text).await;
        self.user.hear(&self.contact, &text).await;
    }
}
