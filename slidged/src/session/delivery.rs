//! A message of the user on its way: stored, then to the plugin, then its receipt or its error.

use super::conversation::Way;
use super::hand_over::Refusal;
use super::message::{Kind, UserMessage};
use super::ready::{PATIENCE, Waiting};
use super::threads::Threads;
use super::{Session, Then};
use crate::host::Share;
use crate::language::Language;
use crate::model::ids::new_id;
use crate::model::ids::stanza_id;
use crate::say;
use crate::services::Services;
use crate::services::{self};
use crate::stanza;
use crate::stanza::error::stanza_error;
use crate::store::{
    self, Entry, Journal, MessageIds, MessagePart, Outgoing, PendingId, StoreError, Submitted, UserId, Write,
};
use crate::xmpp::{Condition, StanzaError};
use plugin_api::{ContactInfo, Error, Features, MessageId, RemoteSession};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::Instant};

/// What was under way at a restart waits until all users have had their turn to log in: its fate is uncertain until then.
const RESUMED: Duration = Duration::from_secs(600);

impl Session {
    /// Lines a message up. `known` is its number if it is in the store already: from before a restart.
    pub(super) fn deliver(&mut self, message: UserMessage, known: Option<PendingId>) {
        if may_be_repeated(&message) {
            self.repeats.begin(message.contact.as_str(), &message.text.stanza_id, message.hash);
        }
        let pending = known.unwrap_or_else(|| self.services.store.new_pending_id());
        let stored = known.is_none().then(|| {
            let write = Write::PendingAdd(message.pending(pending, self.user_id));
            let entry = Entry { writes: vec![write], ..Entry::default() };
            self.journal.submit_by(entry, Instant::now() + PATIENCE)
        });
        let delivery = Delivery {
            services: self.services.clone(),
            journal: self.journal.clone(),
            waiting: self.waiting(if known.is_some() { RESUMED } else { PATIENCE }),
            resumed: known.is_some(),
            known: message.room.is_some() || self.contacts.contains_key(&message.contact),
            user: self.user_id,
            to: self.to.clone(),
            language: self.language,
            threads: self.threads.clone(),
            can: self.can(&message.contact).clone(),
            files: self.files.clone(),
            pending,
            _share: self.messages.share(message.size()),
        };
        let size = message.size();
        self.take_turns(
            Way::ToNetwork,
            message.contact.clone(),
            size,
            Box::pin(delivery.run(message, stored)),
        );
    }

    /// The network has a message, which its client may repeat.
    fn note_done(&mut self, message: &UserMessage) {
        if may_be_repeated(message) {
            self.repeats.done(message.contact.as_str(), &message.text.stanza_id, message.hash);
        }
    }
}

fn may_be_repeated(message: &UserMessage) -> bool {
    message.hash != 0 && !message.text.stanza_id.is_empty()
}

/// One message on its way.
pub(super) struct Delivery {
    pub(super) services: Arc<Services>,
    pub(super) journal: Journal,
    waiting: Waiting,
    resumed: bool,
    /// The contact is known.
    known: bool,
    pub(super) user: UserId,
    to: String,
    pub(super) language: Language,
    pub(super) threads: Arc<Threads>,
    /// What the contact can do.
    pub(super) can: Features,
    pub(super) files: Arc<Semaphore>,
    pending: PendingId,
    /// Of what may wait; none for what was there at a restart and is more than that.
    _share: Option<Share>,
}

/// The network has it.
#[derive(Default)]
pub(super) struct Done {
    /// The network's id of it.
    pub(super) id: Option<MessageId>,
    /// Those of further files, which are messages of their own over there.
    pub(super) further: Vec<MessageId>,
    /// The message that it is about, by its id in the network.
    pub(super) about: Option<MessageId>,
}

impl Delivery {
    async fn run(mut self, mut message: UserMessage, stored: Option<Submitted>) -> Then {
        if let Some(stored) = stored
            && let Err(error) = stored.await
        {
            if matches!(error, StoreError::Invalid(_)) {
                tracing::warn!(%error, "a message could not be stored");
            } else {
                // The database is not well, and that is in the log already.
                tracing::debug!(%error, "a message could not be stored");
            }
            let text = say!(self.language, "message-not-stored");
            let error = StanzaError::with_text(Condition::InternalServerError, text);
            services::send_all(&self.journal, [message.error(&error)]);
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
        let mut found = None;
        if !self.known {
            match remote.update_contact_info(message.contact.clone()).await {
                Ok(info) => found = Some(info),
                Err(error) if error.is_unsupported() => found = Some(ContactInfo::default()),
                Err(error) => return self.refused(message, remote, error),
            }
        }
        let thread = message.text.thread.clone();
        match self.hand_over(&remote, &mut message).await {
            Ok(done) => {
                self.thread_made(&message, thread.as_ref(), &done);
                self.delivered(message, &done, found)
            }
            Err(Refusal::Plugin(error)) => self.refused(message, remote, error),
            Err(Refusal::Reactions) => self.no_such_reactions(message, &remote),
        }
    }

    /// The plugin has it: the mapping, the receipt and the end of "pending" are one.
    fn delivered(self, message: UserMessage, done: &Done, found: Option<ContactInfo>) -> Then {
        let mut entry = Entry { writes: vec![Write::PendingDone(self.pending)], ..Entry::default() };
        entry.writes.extend(self.ids(&message, done));
        if message.room.is_some() {
            return self.delivered_in_room(message, done, entry);
        }
        if !self.services.info.proper_receipts {
            let receipt = |id| Outgoing::durable(stanza::receipt(&message.to, &self.to, id)).answering();
            entry.stanzas.extend(message.receipts().map(receipt));
        }
        // Not waited for: the next message need not. If the process ends first, this one is still pending.
        self.journal.note(entry);
        let ids: Vec<_> = done.id.iter().chain(&done.further).cloned().collect();
        Box::new(move |session: &mut Session| {
            session.note_done(&message);
            for id in &ids {
                session.release(&message.contact, id);
            }
            session.other_stanzas(&message);
            if let Some(info) = found {
                session.set_contacts(vec![ContactInfo { id: message.contact, ..info }], false);
            }
        })
    }

    /// The same in a room: what the user's clients see of it belongs to it.
    fn delivered_in_room(self, message: UserMessage, done: &Done, mut entry: Entry) -> Then {
        let own = message.text.stanza_id.as_str();
        let legacy_id = done.id.as_ref().map_or(own, MessageId::as_str);
        // The room's id of it, by which clients name it from now on.
        let stanza_id = if legacy_id.is_empty() { new_id() } else { stanza_id(legacy_id) };
        if !legacy_id.is_empty() && stanza_id != own && message.kind.target().is_none() {
            entry.writes.push(self.named(&message, legacy_id, &stanza_id));
        }
        let in_room = message.announced.as_ref().and_then(|by| by.in_room.as_deref());
        if let (Some(id), false) = (in_room, legacy_id.is_empty()) {
            entry.writes.push(self.part(&message, legacy_id, id, store::IN_ROOM));
        }
        let ids: Vec<_> = done.id.iter().chain(&done.further).cloned().collect();
        Box::new(move |session: &mut Session| {
            entry.stanzas = session.reflections(&message, &stanza_id);
            session.journal.note(entry);
            session.note_done(&message);
            for id in &ids {
                session.release(&message.contact, id);
            }
        })
    }

    /// Clients may name a message by that id, too.
    fn named(&self, message: &UserMessage, legacy_id: &str, stanza_id: &str) -> Write {
        self.part(message, legacy_id, stanza_id, 0)
    }

    fn part(&self, message: &UserMessage, legacy_id: &str, stanza_id: &str, part: i64) -> Write {
        Write::MessagePart(MessagePart {
            user: self.user,
            chat: message.contact.as_str().into(),
            legacy_id: legacy_id.into(),
            xmpp_id: stanza_id.into(),
            part,
            at: message.at,
        })
    }

    fn noted(&self, message: &UserMessage, legacy_id: &str, xmpp_id: String, body_hash: i64) -> Write {
        Write::Message(MessageIds {
            user: self.user,
            chat: message.contact.as_str().into(),
            legacy_id: legacy_id.into(),
            xmpp_id: xmpp_id.into(),
            from_user: true,
            body_hash,
            at: message.at,
        })
    }

    /// That a message of the network is that one of the user. Without a hash it is no repeat when it comes again.
    pub(super) fn said(&self, message: &UserMessage, legacy_id: &str, body_hash: i64) -> Write {
        let xmpp_id = match message.known_as() {
            "" => stanza_id(legacy_id),
            own => own.to_owned(),
        };
        self.noted(message, legacy_id, xmpp_id, body_hash)
    }

    /// What is noted of the ids of a message that the network has.
    fn ids(&self, message: &UserMessage, done: &Done) -> Vec<Write> {
        let said_as = message.text.stanza_id.as_str();
        let noted = |legacy_id: &str, xmpp_id: String| self.noted(message, legacy_id, xmpp_id, message.hash);
        // Clients may name a message by its correction.
        let also = |legacy_id: &str| self.named(message, legacy_id, said_as);
        let id = done.id.as_ref().map(MessageId::as_str);
        let mut writes = match (&message.kind, id) {
            // The network's id is noted in any case: the network may tell of the message again.
            (Kind::Text | Kind::Files(_) | Kind::Bits { .. }, id) => {
                let first = id.or((!said_as.is_empty()).then_some(said_as));
                let ids = first.into_iter().chain(done.further.iter().map(MessageId::as_str));
                let noted = ids.map(|legacy_id| self.said(message, legacy_id, message.hash));
                let origin = message.origin.as_deref().filter(|origin| *origin != said_as);
                let named = origin.zip(first).map(|(origin, first)| self.named(message, first, origin));
                let also = first.filter(|_| message.announced.is_some()).map(also);
                noted.chain(named).chain(also).collect()
            }
            // Said anew over there: what was corrected is that now.
            (Kind::Correct { of }, Some(anew)) if !self.can.correction => {
                vec![noted(anew, of.clone()), also(anew)]
            }
            // The correction has an id of its own over there, under which it may be told again.
            (Kind::Correct { .. }, own) => {
                let about = done.about.as_ref().map(|about| also(about.as_str()));
                own.map(|own| noted(own, stanza_id(own))).into_iter().chain(about).collect()
            }
            _ => Vec::new(),
        };
        writes.retain(|write| !matches!(write, Write::MessagePart(part) if part.xmpp_id.is_empty()));
        writes
    }

    pub(super) fn refused(self, message: UserMessage, remote: Arc<RemoteSession>, error: Error) -> Then {
        tracing::debug!(%error, "the plugin refused a message");
        let then = self.failed(message, &stanza_error(&error));
        Box::new(move |session: &mut Session| {
            then(session);
            session.check_panic(&remote, &error);
        })
    }

    pub(super) fn failed(self, message: UserMessage, error: &StanzaError) -> Then {
        self.journal.note(Entry {
            writes: vec![Write::PendingDone(self.pending)],
            stanzas: vec![Outgoing::durable(message.error(error)).answering()],
            ..Entry::default()
        });
        forget(message)
    }
}

/// What failed may be sent again.
fn forget(message: UserMessage) -> Then {
    Box::new(move |session: &mut Session| {
        session.repeats.forget(message.contact.as_str(), &message.text.stanza_id, message.hash);
    })
}
