//! A message of the user on its way: stored, then to the plugin, then its receipt or its error.

use super::{
    Session, Then,
    conversation::Way,
    ready::{PATIENCE, Waiting},
    repeats::Seen,
    shape,
};
use crate::{
    gateway::{self, Gateway},
    language::Language,
    say,
    store::{Entry, MessageIds, Outgoing, Pending, PendingId, Submitted, UserId, Write},
    xmpp::{Condition, StanzaError},
};
use bytes::Bytes;
use plugin_api::{Chat, ContactId, ContactInfo, Error, MessageId, RemoteSession, UserText};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// What was under way at a restart waits until all users have had their turn to log in: its fate is uncertain until then.
const RESUMED: Duration = Duration::from_secs(600);

/// A message of the user, with all that is needed to deliver it and to answer it, also after a restart.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct UserMessage {
    /// The full JID that sent it.
    pub(super) from: String,
    /// The address that it was sent to.
    pub(super) to: String,
    /// A receipt was asked for (XEP-0184).
    pub(super) receipt: bool,
    /// See [`super::repeats`]; 0 for a message that is never repeated.
    pub(super) hash: i64,
    /// When it came, milliseconds since 1970.
    pub(super) at: i64,
    /// For whom.
    pub(super) contact: ContactId,
    /// What; also has the stanza's id, which may be empty.
    pub(super) text: UserText,
}

impl UserMessage {
    /// As it is kept until the network has it.
    fn pending(&self, id: PendingId, user: UserId) -> Pending {
        Pending {
            id,
            user,
            chat: self.contact.as_str().into(),
            sender: self.from.as_str().into(),
            xmpp_id: Some(self.text.stanza_id.as_str().into()),
            kind: "chat".into(),
            created_at: self.at,
            // It is our own type, whose every value has a form in JSON.
            operation: serde_json::to_vec(self).unwrap_or_default().into(),
        }
    }

    /// What it takes to keep it, in bytes.
    fn size(&self) -> usize {
        self.from.len() + self.to.len() + self.text.body.len() + self.text.stanza_id.len()
    }

    /// The error that answers it.
    pub(super) fn error(&self, error: &StanzaError) -> Bytes {
        shape::bounce(&self.to, &self.from, &self.text.stanza_id, error)
    }
}

impl Session {
    /// Lines a message up. `known` is its number if it is in the store already: from before a restart.
    pub(super) fn deliver(&mut self, message: UserMessage, known: Option<PendingId>) {
        self.note(&message, Seen::UnderWay);
        let pending = known.unwrap_or_else(|| self.gateway.store.new_pending_id());
        let stored = known.is_none().then(|| {
            let write = Write::PendingAdd(message.pending(pending, self.user_id));
            self.gateway.journal.submit(Entry { writes: vec![write], ..Entry::default() })
        });
        let delivery = Delivery {
            gateway: self.gateway.clone(),
            waiting: self.waiting(if known.is_some() { RESUMED } else { PATIENCE }),
            resumed: known.is_some(),
            known: self.contacts.contains_key(&message.contact),
            user: self.user_id,
            to: self.to.clone(),
            language: self.language,
            pending,
        };
        let size = message.size();
        self.take_turns(
            Way::ToNetwork,
            message.contact.clone(),
            size,
            Box::pin(delivery.run(message, stored)),
        );
    }

    /// What became of a message, if it is one that may be repeated.
    fn note(&mut self, message: &UserMessage, seen: Seen) {
        if message.hash == 0 || message.text.stanza_id.is_empty() {
            return;
        }
        self.repeats.note(message.contact.as_str(), &message.text.stanza_id, message.hash, seen);
    }
}

/// One message on its way.
struct Delivery {
    gateway: Arc<Gateway>,
    waiting: Waiting,
    resumed: bool,
    /// The contact is known.
    known: bool,
    user: UserId,
    to: String,
    language: Language,
    pending: PendingId,
}

impl Delivery {
    async fn run(mut self, message: UserMessage, stored: Option<Submitted>) -> Then {
        if let Some(stored) = stored
            && let Err(error) = stored.await
        {
            tracing::error!(%error, "a message could not be stored");
            let text = say!(self.language, "message-not-stored");
            let error = StanzaError::with_text(Condition::InternalServerError, text);
            self.gateway.send(message.error(&error));
            return forget(message);
        }
        let remote = match self.waiting.remote().await {
            Ok(remote) => remote,
            Err(_) if self.resumed => {
                let text = say!(self.language, "message-uncertain");
                return self.failed(message, &StanzaError::with_text(Condition::RecipientUnavailable, text));
            }
            Err(why) => {
                let text = say!(self.language, "message-not-sent", why = why);
                return self.failed(message, &StanzaError::with_text(Condition::RecipientUnavailable, text));
            }
        };
        let contact = message.contact.clone();
        let mut found = None;
        if !self.known {
            match remote.update_contact_info(contact.clone()).await {
                Ok(info) => found = Some(info),
                Err(error) if error.is_unsupported() => found = Some(ContactInfo::default()),
                Err(error) => return self.refused(message, remote, error),
            }
        }
        match remote.on_text(Chat::contact(contact), message.text.clone()).await {
            Ok(id) => self.delivered(message, id.as_ref(), found),
            Err(error) => self.refused(message, remote, error),
        }
    }

    /// The plugin has it: the mapping, the receipt and the end of "pending" are one.
    fn delivered(self, message: UserMessage, id: Option<&MessageId>, found: Option<ContactInfo>) -> Then {
        let mut entry = Entry { writes: vec![Write::PendingDone(self.pending)], ..Entry::default() };
        let stanza_id = &message.text.stanza_id;
        // The network's id is noted in any case: the network may tell of the message again.
        let ids = match (id.map(MessageId::as_str), stanza_id.as_str()) {
            (None, "") => None,
            (None, own) => Some((own, own.to_owned())),
            (Some(legacy), "") => Some((legacy, gateway::stanza_id(legacy))),
            (Some(legacy), own) => Some((legacy, own.to_owned())),
        };
        if let Some((legacy_id, xmpp_id)) = ids {
            entry.writes.push(Write::Message(MessageIds {
                user: self.user,
                chat: message.contact.as_str().into(),
                legacy_id: legacy_id.into(),
                xmpp_id: xmpp_id.into(),
                outgoing: true,
                body_hash: message.hash,
                at: message.at,
            }));
        }
        if message.receipt && !stanza_id.is_empty() && !self.gateway.info.proper_receipts {
            entry.stanzas.push(Outgoing::durable(shape::receipt(&message.to, &self.to, stanza_id)));
        }
        // Not waited for: the next message need not. If the process ends first, this one is still pending.
        drop(self.gateway.journal.submit(entry));
        Box::new(move |session: &mut Session| {
            session.note(&message, Seen::Done);
            if let Some(info) = found {
                session.set_contacts(vec![ContactInfo { id: message.contact, ..info }], false);
            }
        })
    }

    fn refused(self, message: UserMessage, remote: Arc<RemoteSession>, error: Error) -> Then {
        tracing::debug!(%error, "the plugin refused a message");
        let then = self.failed(message, &gateway::stanza_error(&error));
        Box::new(move |session: &mut Session| {
            then(session);
            session.check_panic(&remote, &error);
        })
    }

    fn failed(self, message: UserMessage, error: &StanzaError) -> Then {
        drop(self.gateway.journal.submit(Entry {
            writes: vec![Write::PendingDone(self.pending)],
            stanzas: vec![Outgoing::durable(message.error(error))],
            ..Entry::default()
        }));
        forget(message)
    }
}

/// What failed may be sent again.
fn forget(message: UserMessage) -> Then {
    Box::new(move |session: &mut Session| {
        session.repeats.forget(message.contact.as_str(), &message.text.stanza_id, message.hash);
    })
}
