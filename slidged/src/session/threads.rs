//! Threads (XEP-0201) have an id on each side, in each conversation for itself (R12).

use super::{
    delivery::{Delivery, Done},
    message::UserMessage,
};
use crate::model::ids::stanza_id;
use crate::model::ids::valid_id;
use crate::services::Services;
use crate::store::StoreError;
use crate::store::{Entry, Lane, ThreadIds, UserId, Write};
use plugin_api::{ContactId, Error, RemoteSession, ThreadId};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Threads that a user writes in on the same day are far fewer; the rest is looked up.
const REMEMBERED: usize = 256;

type Key = (ContactId, String);

/// The threads that were used last.
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

    /// Both ids belong together from now on.
    fn note(&self, (services, user): (&Services, UserId), contact: &ContactId, xmpp: &str, legacy: &str) {
        self.learn(contact, xmpp, legacy);
        let ids =
            ThreadIds { user, chat: contact.as_str().into(), xmpp_id: xmpp.into(), legacy_id: legacy.into() };
        let entry = Entry { writes: vec![Write::Thread(ids)], ..Entry::default() };
        services.journal.of(Lane::of(user)).note(entry);
    }

    /// The network's id of a thread that is known.
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

    /// What the user's clients call a thread of the network.
    pub(super) async fn to_user(
        &self,
        (services, user): (&Services, UserId),
        contact: &ContactId,
        legacy: &ThreadId,
    ) -> Result<String, Error> {
        let legacy = legacy.as_str();
        if !valid_id(legacy) {
            // No id of the network: shown, but not kept.
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

    /// The same, if it need not be looked up.
    pub(super) fn remembered(&self, contact: &ContactId, legacy: &str) -> Option<String> {
        self.known().to_user.get(&(contact.clone(), legacy.to_owned())).cloned()
    }
}

impl Delivery {
    /// The thread that a message belongs to becomes the network's; the first message of a new one makes it (K54).
    pub(super) async fn resolve_thread(
        &self,
        remote: &RemoteSession,
        message: &mut UserMessage,
    ) -> Result<(), Error> {
        let Some(thread) = message.text.thread.take() else { return Ok(()) };
        let info = &self.services.info;
        if !info.threads {
            return Ok(());
        }
        let whose = (&*self.services, self.user);
        let known = self.threads.to_network(whose, &message.contact, thread.as_str()).await?;
        // Where threads are named by their first message, this is it: see `thread_made`.
        if known.is_some() || info.message_ids_are_thread_ids {
            message.text.thread = known;
            return Ok(());
        }
        let chat = message.chat();
        let made = match remote.create_thread(chat, thread.as_str().to_owned()).await {
            Err(error) if error == Error::unsupported("create_thread") => thread.clone(),
            made => made?,
        };
        let made = if valid_id(made.as_str()) { made } else { thread.clone() };
        self.threads.note(whose, &message.contact, thread.as_str(), made.as_str());
        message.text.thread = Some(made);
        Ok(())
    }

    /// A message that began a thread of the user names it over there.
    pub(super) fn thread_made(&self, message: &UserMessage, begun: Option<&ThreadId>, done: &Done) {
        let info = &self.services.info;
        if info.threads
            && info.message_ids_are_thread_ids
            && message.text.thread.is_none()
            && let (Some(begun), Some(id)) = (begun, &done.id)
        {
            self.threads.note((&self.services, self.user), &message.contact, begun.as_str(), id.as_str());
        }
    }
}
