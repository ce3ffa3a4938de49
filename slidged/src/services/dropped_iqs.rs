//! Servers that drop the iqs of the gateway itself (`xmpp::link::Iqs`): administrators hear of it,
//! and requests are made in users' names instead.

use super::notices::TOLD;
use crate::services::Services;
use crate::{
    say,
    store::{Entry, Scope, Write},
    xmpp::link::Iqs,
};
use jid::BareJid;
use std::{sync::Arc, time::Duration};

/// Advice to administrators: the releases that are known for it, and the remedy.
const REMEDY: &str = "ejabberd 24.10 and 24.12 do so while mod_privilege is on (processone/ejabberd#4336): upgrade to 25.03 or later";

/// Longest time after a connection until it is known whether iqs are dropped.
const KNOWN: Duration = Duration::from_secs(5);

/// Logs, and tells administrators, when the server begins to drop our iqs and when it takes them
/// again.
pub(crate) async fn watch(services: Arc<Services>) {
    let mut iqs = services.uplink.link().iqs();
    let mut known = Iqs::Unknown;
    loop {
        let changed = iqs.wait_for(|iqs| *iqs != Iqs::Unknown && *iqs != known).await.map(|iqs| *iqs);
        // An error means that the daemon stops.
        let Ok(now) = changed else { return };
        match now {
            Iqs::Dropped => tracing::warn!(
                remedy = REMEDY,
                "the XMPP server drops what the gateway asks in its own name; messages, presence and rosters work, files only where it may ask in users' names"
            ),
            _ if known == Iqs::Dropped => {
                tracing::info!("the XMPP server takes again what the gateway asks in its own name");
            }
            _ => {}
        }
        known = now;
        for admin in &services.policy.admins {
            if let Err(error) = tell(&services, &admin.0, now == Iqs::Dropped).await {
                tracing::error!(%error, "it cannot be looked up who was told what");
            }
        }
    }
}

/// Tells an administrator, unless they were told already; also remembered over restarts.
async fn tell(services: &Services, admin: &BareJid, dropped: bool) -> Result<(), crate::store::StoreError> {
    let (scope, key) = (Scope::gateway(TOLD), format!("{admin} iqs"));
    let told = services.store.kv(scope.clone()).get(&key).await?.is_some();
    if told == dropped {
        return Ok(());
    }
    let language = services.languages.of(admin);
    let (text, write) = if dropped {
        (say!(language, "admin-iqs-dropped"), Write::Kv(scope, key.into(), vec![1].into()))
    } else {
        (say!(language, "admin-iqs-taken"), Write::KvRemove(scope, key.into()))
    };
    drop(services.messenger.message_to(admin.as_str(), &text));
    services.journal.note(Entry { writes: vec![write], ..Entry::default() });
    Ok(())
}

/// Checks whether the server takes iqs of the gateway itself, for administrators.
pub(super) async fn examine(services: &Services) -> Result<String, String> {
    let mut iqs = services.uplink.link().iqs();
    let known = iqs.wait_for(|iqs| *iqs != Iqs::Unknown);
    match tokio::time::timeout(KNOWN, known).await.map(|known| known.map(|iqs| *iqs)) {
        Ok(Ok(Iqs::Dropped)) => Err(format!(
            "dropped: files go where the gateway may ask in users' names, else to its own media server; users' own pictures are not seen. {REMEDY}"
        )),
        Ok(Ok(_)) => Ok("taken".to_owned()),
        _ => Err("not known yet: the server sends nothing back".to_owned()),
    }
}
