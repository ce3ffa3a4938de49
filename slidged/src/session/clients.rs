//! The user's clients: what each wants to be told of contacts (K73).

use super::Session;
use crate::{
    model::wants::Wants,
    xmpp::{Stanza, caps::Caps},
};

/// A client that is online.
#[derive(Debug, Default)]
pub(super) struct Client {
    /// What it says that it can do.
    caps: Option<Caps>,
    /// It is being asked what that is.
    asking: bool,
    wants: Wants,
}

/// More is no capability of a client: a URI and a hash. Bytes.
const MAX_CAPS: usize = 1024;

impl Session {
    /// A presence of a client: `came` when it was not online before, `gone` when it is no longer.
    pub(super) fn note_client(&mut self, resource: &str, stanza: &Stanza, came: bool, gone: bool) {
        if gone {
            self.clients.remove(resource);
            return;
        }
        let short = |caps: &Caps| caps.node.len() + caps.hash.len() + caps.ver.len() <= MAX_CAPS;
        let caps = Caps::parse(stanza).filter(short);
        match self.clients.get_mut(resource) {
            Some(client) if client.caps == caps => {}
            Some(client) => {
                client.caps = caps;
                if !client.asking {
                    self.ask_client(resource.to_owned());
                }
            }
            // As many as there are resources, whose number is bounded.
            None if came => {
                self.clients.insert(resource.to_owned(), Client { caps, ..Client::default() });
                self.ask_client(resource.to_owned());
            }
            None => {}
        }
    }

    fn ask_client(&mut self, resource: String) {
        let full = format!("{}/{resource}", self.to);
        let Some(client) = self.clients.get_mut(&resource) else { return };
        client.asking = true;
        let (services, caps) = (self.services.clone(), client.caps.clone());
        self.spawn(async move {
            let wants = services.clients.wants_of(&full, caps.clone()).await;
            move |session: &mut Session| session.client_wants(resource, &full, caps.as_ref(), wants)
        });
    }

    fn client_wants(&mut self, resource: String, full: &str, of: Option<&Caps>, wants: Wants) {
        let Some(client) = self.clients.get_mut(&resource) else { return };
        client.asking = false;
        if client.caps.as_ref() != of {
            // It has changed in the meantime.
            return self.ask_client(resource);
        }
        let before = std::mem::replace(&mut client.wants, wants);
        self.tell_all(full, wants.beyond(before));
    }

    /// The full addresses of the clients that want something.
    pub(super) fn who_wants(&self, what: impl Fn(Wants) -> bool) -> impl Iterator<Item = String> {
        let who = self.clients.iter().filter(move |(_, client)| what(client.wants));
        who.map(|(resource, _)| format!("{}/{resource}", self.to))
    }
}
