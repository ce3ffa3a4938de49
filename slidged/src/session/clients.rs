//! The user's clients: the events about contacts that each wants (K73).

use crate::model::pep_interest::PepInterest;
use crate::session::client::Client;
use crate::session::pep_events::tell_all;
use crate::session::state::Session;
use crate::xmpp::Stanza;
use crate::xmpp::caps::Caps;

/// Longest capabilities of a client, in bytes: a URI and a hash.
const MAX_CAPS: usize = 1024;

/// Handles a presence of a client: `came` when it was not online before, `gone` when it is no
/// longer.
pub(in crate::session) fn note_client(
    session: &mut Session,
    resource: &str,
    stanza: &Stanza,
    came: bool,
    gone: bool,
) {
    if gone {
        session.clients.known.remove(resource);
        return;
    }
    let short = |caps: &Caps| caps.node.len() + caps.hash.len() + caps.ver.len() <= MAX_CAPS;
    let caps = Caps::parse(stanza).filter(short);
    match session.clients.known.get_mut(resource) {
        Some(client) if client.caps == caps => {}
        Some(client) => {
            client.caps = caps;
            if !client.asking {
                ask_client(session, resource.to_owned());
            }
        }
        // There are no more of them than resources, whose number is bounded.
        None if came => {
            session.clients.known.insert(resource.to_owned(), Client { caps, ..Client::default() });
            ask_client(session, resource.to_owned());
        }
        None => {}
    }
}

fn ask_client(session: &mut Session, resource: String) {
    let full = format!("{}/{resource}", session.user.address);
    let Some(client) = session.clients.known.get_mut(&resource) else { return };
    client.asking = true;
    let (services, caps) = (session.services.clone(), client.caps.clone());
    session.spawn(async move {
        let wants = services.clients.wants_of(&full, caps.clone()).await;
        move |session: &mut Session| client_wants(session, resource, &full, caps.as_ref(), wants)
    });
}

fn client_wants(session: &mut Session, resource: String, full: &str, of: Option<&Caps>, wants: PepInterest) {
    let Some(client) = session.clients.known.get_mut(&resource) else { return };
    client.asking = false;
    if client.caps.as_ref() != of {
        // The capabilities have changed in the meantime.
        return ask_client(session, resource);
    }
    let before = std::mem::replace(&mut client.wants, wants);
    tell_all(session, full, wants.beyond(before));
}
