//! State of a daemon in memory.

use super::room::Rooms;
use crate::types::{Blob, Chat, ContactId, ContactInfo, Data, MessageId, QrOutcome, Sender};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::mpsc;

/// State that survives a session.
pub(super) type Shared = Arc<Mutex<State>>;

pub(super) fn locked(state: &Shared) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Registrations that wait for a QR code to be scanned, by bare JID.
pub(super) type Waiting = Arc<Mutex<BTreeMap<String, mpsc::UnboundedSender<Qr>>>>;

/// News of a QR code that a plugin shows.
#[derive(Debug)]
pub(super) enum Qr {
    Text(String),
    Over(QrOutcome),
}

/// State that a daemon would have in its database about a user.
#[derive(Default)]
pub(super) struct State {
    pub(super) data: Data,
    pub(super) kv: BTreeMap<String, Blob>,
    pub(super) contacts: BTreeMap<ContactId, ContactInfo>,
    pub(super) rooms: Rooms,
    /// Answers that the user will give when asked.
    pub(super) answers: VecDeque<String>,
    /// Operations that fail the next time, and how.
    pub(super) failures: BTreeMap<String, crate::Error>,
    /// Message ids by chat and stanza id.
    messages: BTreeMap<(String, String), MessageId>,
    stanzas: u64,
}

impl State {
    /// A stanza goes out, for that message of the network.
    pub(super) fn stanza(&mut self, from: &Sender, id: Option<&MessageId>) -> String {
        self.stanzas += 1;
        let stanza = format!("stanza-{}", self.stanzas);
        if let Some(id) = id {
            self.messages.insert((place(from), stanza.clone()), id.clone());
        }
        stanza
    }

    pub(super) fn stanzas_of(&self, chat: &Chat, id: &MessageId) -> Vec<String> {
        let of = self.messages.iter().filter(|((place, _), known)| *place == chat.id && *known == id);
        of.map(|((_, stanza), _)| stanza.clone()).collect()
    }

    pub(super) fn message_of(&self, chat: &Chat, stanza: &str) -> Option<MessageId> {
        self.messages.get(&(chat.id.clone(), stanza.to_owned())).cloned()
    }

    pub(super) fn keep(&mut self, key: String, value: Option<Blob>) {
        match value {
            Some(value) => self.kv.insert(key, value),
            None => self.kv.remove(&key),
        };
    }

    pub(super) fn keys(&self, prefix: &str) -> Vec<String> {
        self.kv.keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    /// Merges news of a contact: a field that is `None` is left as it is.
    pub(super) fn merge(&mut self, new: ContactInfo) {
        let known = self.contacts.entry(new.id.clone()).or_default();
        let old = std::mem::take(known);
        *known = ContactInfo {
            id: new.id,
            name: new.name.or(old.name),
            friendship: new.friendship.or(old.friendship),
            avatar: new.avatar.or(old.avatar),
            client_type: new.client_type.or(old.client_type),
            presence: new.presence.or(old.presence),
            vcard: new.vcard.or(old.vcard),
            groups: new.groups.or(old.groups),
            features: new.features.or(old.features),
            extra: new.extra.or(old.extra),
        };
    }

    pub(super) fn update(&mut self, data: Data) {
        for (key, value) in data {
            if value.is_empty() {
                self.data.remove(&key);
            } else {
                self.data.insert(key, value);
            }
        }
    }
}

/// The chat that something from there is in.
fn place(from: &Sender) -> String {
    let room = from.room.as_ref().map(|room| room.0.clone());
    room.or_else(|| from.contact.as_ref().map(|contact| contact.0.clone())).unwrap_or_default()
}
