//! What an outage of the network looks like: for a moment like nothing, then as if everybody had left.

use super::{Session, ready::Ready};

impl Session {
    /// Whether the network takes anything, and what that means for who can be seen.
    pub(super) fn set_ready(&mut self, ready: Ready) {
        let (soon, yes) = (matches!(ready, Ready::Soon), matches!(ready, Ready::Yes(_)));
        self.ready.send_replace(ready);
        if soon {
            return self.hide_soon();
        }
        if let Some(hiding) = self.hiding.take() {
            hiding.abort();
        }
        if yes {
            self.announce_contacts();
        }
    }

    /// Contacts are hidden unless the network is back before long.
    fn hide_soon(&mut self) {
        if !self.announced || self.hiding.is_some() {
            return;
        }
        let grace = self.services.settings.outage_grace;
        let hiding = self.spawn(async move {
            tokio::time::sleep(grace).await;
            |session: &mut Session| {
                session.hiding = None;
                if session.online().is_none() {
                    let why = format!("{} cannot be reached", session.services.info.component_name);
                    session.contacts_unavailable(&why);
                }
            }
        });
        self.hiding = Some(hiding);
    }
}
