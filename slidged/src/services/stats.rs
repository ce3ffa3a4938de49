//! Figures for administrators.

use super::Services;
use crate::store::Health;
use jid::BareJid;
use tracing::Level;

/// The number of stanzas on their way to the XMPP server: entries that wait for the database, and
/// stanzas that the server has not taken.
pub(crate) fn outgoing(services: &Services) -> u64 {
    services.journal.queued() as u64 + services.store.outbox().waiting().messages
}

/// The health of the database.
pub(crate) fn database(services: &Services) -> Health {
    services.journal.health().borrow().clone()
}

/// The day on which a user registered.
pub(crate) async fn registered_at(services: &Services, jid: &BareJid) -> Option<String> {
    let user = services.store.users().by_jid(jid.as_str()).await.ok()??;
    let at = time::OffsetDateTime::from_unix_timestamp(user.registered_at / 1000).ok()?;
    Some(at.date().to_string())
}

/// Changes what is logged; false when there is no such level.
pub(crate) fn set_log_level(services: &Services, target: Option<&str>, level: &str) -> bool {
    let (Some(levels), Ok(level)) = (&services.levels, level.parse::<Level>()) else { return false };
    levels.set_level(target, level);
    true
}
