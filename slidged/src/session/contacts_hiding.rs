//! Presence during an outage of the network: a short one is not shown at all, then all contacts
//! become unavailable.

use crate::session::network_state::Ready;
use crate::session::presence::announce_contacts;
use crate::session::presence::contacts_unavailable;
use crate::session::state::Session;

/// Sets whether the network takes messages, and shows or hides contacts accordingly.
pub(in crate::session) fn set_ready(session: &mut Session, ready: Ready) {
    let (soon, yes) = (matches!(ready, Ready::Soon), matches!(ready, Ready::Yes(_)));
    session.ready.send_replace(ready);
    if soon {
        return hide_soon(session);
    }
    if let Some(hiding) = session.hiding.take() {
        hiding.abort();
    }
    if yes {
        announce_contacts(session);
    }
}

/// Hides all contacts unless the network is back before long.
fn hide_soon(session: &mut Session) {
    if !session.announced || session.hiding.is_some() {
        return;
    }
    let grace = session.services.settings.outage_grace;
    let hiding = session.spawn(async move {
        tokio::time::sleep(grace).await;
        |session: &mut Session| {
            session.hiding = None;
            if session.online().is_none() {
                let why = format!("{} cannot be reached", session.services.info.component_name);
                contacts_unavailable(session, &why);
            }
        }
    });
    session.hiding = Some(hiding);
}
