//! Threads (XEP-0201), which have an id on each side, separately in each conversation (R12).

use crate::model::ids::stanza_id;
use crate::model::ids::valid_id;
use crate::services::Services;
use crate::store::Entry;
use crate::store::Lane;
use crate::store::StoreError;
use crate::store::ThreadIds;
use crate::store::UserId;
use crate::store::Write;
use plugin_api::ContactId;
use plugin_api::Error;
use plugin_api::ThreadId;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// Most threads that are remembered: far more than a user writes in on one day. Others are looked
/// up.
const REMEMBERED: usize = 256;

type Key = (ContactId, String);

/// Threads that were used last.
#[derive(Default)]
pub(super) struct Threads {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    to_network: HashMap<Key, ThreadId>,
    to_user: HashMap<Key, String>,
}

impl Threads {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, contact: &ContactId, xmpp: &str, legacy: &str) {
        let mut known = self.known();
        if known.to_network.len() >= REMEMBERED {
            known.to_network.clear();
            known.to_user.clear();
        }
        known.to_network.insert((contact.clone(), xmpp.to_owned()), legacy.into());
        known.to_user.insert((contact.clone(), legacy.to_owned()), xmpp.to_owned());
    }

    /// Notes that both ids belong together.
    pub(in crate::session) fn note(
        &self,
        (services, user): (&Services, UserId),
        contact: &ContactId,
        xmpp: &str,
        legacy: &str,
    ) {
        self.learn(contact, xmpp, legacy);
        let ids =
            ThreadIds { user, chat: contact.as_str().into(), xmpp_id: xmpp.into(), legacy_id: legacy.into() };
        let entry = Entry { writes: vec![Write::Thread(ids)], ..Entry::default() };
        services.journal.of(Lane::of(user)).note(entry);
    }

    /// Returns the network's id of a thread that is known.
    pub(super) async fn to_network(
        &self,
        (services, user): (&Services, UserId),
        contact: &ContactId,
        xmpp: &str,
    ) -> Result<Option<ThreadId>, Error> {
        if let Some(known) = self.known().to_network.get(&(contact.clone(), xmpp.to_owned())) {
            return Ok(Some(known.clone()));
        }
        let stored = services
            .store
            .threads(user)
            .legacy_id(contact.as_str(), xmpp)
            .await
            .map_err(StoreError::for_plugin)?;
        if stored.is_none() && services.info.message_ids_are_thread_ids {
            let messages = services.store.messages(user);
            let first = messages.by_xmpp_id(contact.as_str(), xmpp).await.map_err(StoreError::for_plugin)?;
            return Ok(first.map(|first| (*first.legacy_id).into()));
        }
        if let Some(legacy) = &stored {
            self.learn(contact, xmpp, legacy);
        }
        Ok(stored.map(Into::into))
    }

    /// Returns the id under which the user's clients know a thread of the network.
    pub(super) async fn to_user(
        &self,
        (services, user): (&Services, UserId),
        contact: &ContactId,
        legacy: &ThreadId,
    ) -> Result<String, Error> {
        let legacy = legacy.as_str();
        if !valid_id(legacy) {
            // It is no id of the network: shown, but not kept.
            return Ok(stanza_id(legacy));
        }
        if let Some(known) = self.remembered(contact, legacy) {
            return Ok(known);
        }
        let stored = services
            .store
            .threads(user)
            .xmpp_id(contact.as_str(), legacy)
            .await
            .map_err(StoreError::for_plugin)?;
        if let Some(xmpp) = stored {
            self.learn(contact, &xmpp, legacy);
            return Ok(xmpp);
        }
        if services.info.message_ids_are_thread_ids {
            let messages = services.store.messages(user);
            if let Some(first) =
                messages.by_legacy_id(contact.as_str(), legacy).await.map_err(StoreError::for_plugin)?
            {
                return Ok(first.xmpp_id.to_string());
            }
        }
        let xmpp = stanza_id(legacy);
        self.note((services, user), contact, &xmpp, legacy);
        Ok(xmpp)
    }

    /// Returns the id under which clients know a thread, if it need not be looked up.
    pub(super) fn remembered(&self, contact: &ContactId, legacy: &str) -> Option<String> {
        self.known().to_user.get(&(contact.clone(), legacy.to_owned())).cloned()
    }
}
