//! What administrators want to know.

use super::Gateway;
use crate::store::Health;
use jid::BareJid;
use tracing::Level;

impl Gateway {
    /// What is on its way to the XMPP server: entries that wait for the database, and stanzas that the server has not taken.
    #[must_use]
    pub fn outgoing(&self) -> u64 {
        self.journal.queued() as u64 + self.store.outbox().waiting().messages
    }

    /// How the database is.
    #[must_use]
    pub fn database(&self) -> Health {
        self.journal.health().borrow().clone()
    }

    /// The day on which that user registered.
    pub(crate) async fn registered_at(&self, jid: &BareJid) -> Option<String> {
        let user = self.store.users().by_jid(jid.as_str()).await.ok()??;
        let at = time::OffsetDateTime::from_unix_timestamp(user.registered_at / 1000).ok()?;
        Some(at.date().to_string())
    }

    /// Changes what is logged; false when there is no such level.
    pub(crate) fn set_log_level(&self, target: Option<&str>, level: &str) -> bool {
        let (Some(levels), Ok(level)) = (&self.levels, level.parse::<Level>()) else { return false };
        levels.set_level(target, level);
        true
    }
}
