//! Privileges that servers do not grant: the users who miss them and the administrators are told
//! once, with the lines to add to the configuration (R21).

use super::{
    languages::Languages, messenger::Messenger, privilege::Privilege, privileges::PrivilegeTable,
    tasks::Tasks,
};
use crate::{
    config::Registration,
    language::Language,
    model::lock::lock,
    say,
    store::{Entry, Journal, Scope, Store, UserId, Write},
};
use jid::BareJid;
use plugin_api::Info;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

/// Scope of the key-value store that remembers what somebody was told.
pub(super) const TOLD: &str = "told";

/// Parts that notices are made of.
pub(super) struct Parts {
    pub(super) info: Arc<Info>,
    pub(super) policy: Arc<Registration>,
    pub(super) store: Store,
    pub(super) journal: Journal,
    pub(super) tasks: Tasks,
    pub(super) languages: Languages,
    pub(super) messenger: Messenger,
    pub(super) privileges: PrivilegeTable,
}

/// Tells users and administrators, once each, what a server does not grant.
pub struct Notices {
    parts: Parts,
    /// Notices to administrators that were looked up since the start.
    told: Mutex<HashSet<String>>,
}

impl Notices {
    pub(super) fn new(parts: Parts) -> Self {
        Notices { parts, told: Mutex::default() }
    }

    /// Tells a user, and the administrators, that the user misses a privilege.
    pub fn report_missing(&self, (user, id): (&BareJid, UserId), language: Language, privilege: Privilege) {
        let domain = user.domain().as_str();
        let lines = self.parts.privileges.lines(domain);
        let network = &self.parts.info.component_name;
        let text = privilege.missed(language, network, &lines);
        self.notify_once(Scope::user(id, TOLD), privilege.name().to_owned(), user.clone(), text);
        for admin in &self.parts.policy.admins {
            let key = format!("{} {domain} {}", admin.0, privilege.name());
            // Many users may miss the same privilege at the same time. There are few administrators
            // and domains, so this set stays small.
            if !lock(&self.told).insert(key.clone()) {
                continue;
            }
            let language = self.parts.languages.of(&admin.0);
            let text = privilege.missed(language, network, &lines);
            let text = say!(language, "admin-privilege", domain = domain, text = text);
            self.notify_once(Scope::gateway(TOLD), key, admin.0.clone(), text);
        }
    }

    /// Sends a message, unless one was sent under that key before.
    fn notify_once(&self, scope: Scope, key: String, to: BareJid, text: String) {
        let Parts { store, journal, messenger, .. } = &self.parts;
        let (store, journal, messenger) = (store.clone(), journal.clone(), messenger.clone());
        self.parts.tasks.spawn(async move {
            match store.kv(scope.clone()).get(&key).await {
                Ok(None) => {}
                Ok(Some(_)) => return,
                Err(error) => return tracing::error!(%error, "it cannot be looked up who was told what"),
            }
            tracing::warn!(user = %to, "{text}");
            let writes = vec![Write::Kv(scope, key.into(), vec![1].into())];
            let told = journal.submit(Entry { writes, ..Entry::default() });
            messenger.say_to(to.as_str(), &text);
            drop(told);
        });
    }
}
