//! Presence during an outage of the network: a short one is not shown at all, then all contacts
//! become unavailable.

use crate::say;
use crate::session::network_state::NetworkState;
use crate::session::presence::announce_contacts;
use crate::session::presence::contacts_unavailable;
use crate::session::state::Session;

/// Sets whether the network takes messages, and shows or hides contacts accordingly.
pub(in crate::session) fn set_ready(session: &mut Session, ready: NetworkState) {
    let (soon, yes) = (matches!(ready, NetworkState::Connecting), matches!(ready, NetworkState::Online(_)));
    session.connection.set_ready(ready);
    if soon {
        return hide_soon(session);
    }
    if let Some(hiding) = session.presence.hiding.take() {
        hiding.abort();
    }
    if yes {
        announce_contacts(session);
    }
}

/// Hides all contacts unless the network is back before long.
fn hide_soon(session: &mut Session) {
    if !session.presence.contacts || session.presence.hiding.is_some() {
        return;
    }
    let grace = session.services.settings.outage_grace;
    let hiding = session.spawn(async move {
        tokio::time::sleep(grace).await;
        |session: &mut Session| {
            session.presence.hiding = None;
            if session.online().is_none() {
                let network = &session.services.info.component_name;
                let why = say!(session.user.language, "contacts-unreachable", network = network);
                contacts_unavailable(session, &why);
            }
        }
    });
    session.presence.hiding = Some(hiding);
}
