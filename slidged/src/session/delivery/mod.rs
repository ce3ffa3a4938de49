//! A message of the user on its way: stored, then to the plugin, then its receipt or its error.

mod hand_over;
mod hand_over_file;
pub(in crate::session) mod ids;

use crate::host::Share;
use crate::language::Language;
use crate::model::ids::new_id;
use crate::model::ids::stanza_id;
use crate::say;
use crate::services;
use crate::services::Services;
use crate::session::chat_queue::Direction;
use crate::session::message::Kind;
use crate::session::message::UserMessage;
use crate::session::network_state::NetworkWait;
use crate::session::network_state::PATIENCE;
use crate::session::network_texts::release;
use crate::session::reactions::other_stanzas;
use crate::session::room::reflection::add_reflections;
use crate::session::roster::set_contacts;
use crate::session::state::Session;
use crate::session::state::Then;
use crate::session::threads::Threads;
use crate::stanza;
use crate::stanza::error::stanza_error;
use crate::store;
use crate::store::Entry;
use crate::store::Journal;
use crate::store::MessageIds;
use crate::store::MessagePart;
use crate::store::Outgoing;
use crate::store::PendingId;
use crate::store::StoreError;
use crate::store::Submitted;
use crate::store::UserId;
use crate::store::Write;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;
use plugin_api::ContactInfo;
use plugin_api::Error;
use plugin_api::Features;
use plugin_api::MessageId;
use plugin_api::RemoteSession;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Longest wait for the network of a message that was under way at a restart: by then all users
/// have had their turn to log in, and until then its fate is uncertain.
const RESUMED: Duration = Duration::from_secs(600);

/// Lines a message up. `known` is its number if it is in the store already, from before a restart.
pub(in crate::session) fn deliver(session: &mut Session, message: UserMessage, known: Option<PendingId>) {
    if may_be_repeated(&message) {
        session.messages.repeats.begin(message.contact.as_str(), &message.text.stanza_id, message.hash);
    }
    let pending = known.unwrap_or_else(|| session.services.store.new_pending_id());
    let stored = known.is_none().then(|| {
        let write = Write::PendingAdd(message.pending(pending, session.user.id));
        let entry = Entry { writes: vec![write], ..Entry::default() };
        session.journal.submit_by(entry, Instant::now() + PATIENCE)
    });
    let delivery = Delivery {
        services: session.services.clone(),
        journal: session.journal.clone(),
        waiting: session.waiting(if known.is_some() { RESUMED } else { PATIENCE }),
        resumed: known.is_some(),
        known: message.room.is_some() || session.contacts.contains_key(&message.contact),
        user: session.user.id,
        to: session.user.address.clone(),
        language: session.user.language,
        threads: session.messages.threads.clone(),
        can: session.can(&message.contact).clone(),
        files: session.chats.files.clone(),
        pending,
        _share: session.chats.waiting.share(message.size()),
    };
    let size = message.size();
    session.take_turns(
        Direction::ToNetwork,
        message.contact.clone(),
        size,
        Box::pin(delivery.run(message, stored)),
    );
}

/// Notes that the network has a message, since its client may repeat it.
fn note_done(session: &mut Session, message: &UserMessage) {
    if may_be_repeated(message) {
        session.messages.repeats.done(message.contact.as_str(), &message.text.stanza_id, message.hash);
    }
}

fn may_be_repeated(message: &UserMessage) -> bool {
    message.hash != 0 && !message.text.stanza_id.is_empty()
}

/// Message of the user on its way to the network.
pub(in crate::session) struct Delivery {
    pub(in crate::session) services: Arc<Services>,
    pub(in crate::session) journal: Journal,
    pub(in crate::session) waiting: NetworkWait,
    pub(in crate::session) resumed: bool,
    /// True if the contact is known.
    pub(in crate::session) known: bool,
    pub(in crate::session) user: UserId,
    pub(in crate::session) to: String,
    pub(in crate::session) language: Language,
    pub(in crate::session) threads: Arc<Threads>,
    /// Features of the contact.
    pub(in crate::session) can: Features,
    pub(in crate::session) files: Arc<Semaphore>,
    pub(in crate::session) pending: PendingId,
    /// Share of the messages that may wait; none for one from before a restart that is beyond it.
    pub(in crate::session) _share: Option<Share>,
}

/// Outcome of a message that the network has.
#[derive(Default)]
pub(in crate::session) struct Done {
    /// Network's id of the message.
    pub(in crate::session) id: Option<MessageId>,
    /// Network's ids of further files, which are messages of their own there.
    pub(in crate::session) further: Vec<MessageId>,
    /// Network's id of the message that it changes.
    pub(in crate::session) about: Option<MessageId>,
}

impl Delivery {
    async fn run(mut self, mut message: UserMessage, stored: Option<Submitted>) -> Then {
        if let Some(stored) = stored
            && let Err(error) = stored.await
        {
            if matches!(error, StoreError::Invalid(_)) {
                tracing::warn!(%error, "a message could not be stored");
            } else {
                // The database is unwell, which the log says already.
                tracing::debug!(%error, "a message could not be stored");
            }
            let error = if let StoreError::NoSuchUser = error {
                let network = &self.services.info.component_name;
                let text = say!(self.language, "denied-not-registered", network = network);
                StanzaError::with_text(Condition::RegistrationRequired, text)
            } else {
                let text = say!(self.language, "message-not-stored");
                StanzaError::with_text(Condition::InternalServerError, text)
            };
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

    /// Notes a message that the plugin has taken: the ids, the receipt and the end of "pending" are
    /// one entry.
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
        // This is not waited for, since the next message need not be. If the process ends first,
        // this message is still pending.
        self.journal.note_and_tell(entry);
        let ids: Vec<_> = done.id.iter().chain(&done.further).cloned().collect();
        Box::new(move |session: &mut Session| {
            note_done(session, &message);
            for id in &ids {
                release(session, &message.contact, id);
            }
            other_stanzas(session, &message);
            if let Some(info) = found {
                set_contacts(session, vec![ContactInfo { id: message.contact, ..info }], false);
            }
        })
    }

    /// Notes a message in a room that the plugin has taken: its reflections to the user's clients
    /// belong to the entry.
    fn delivered_in_room(self, message: UserMessage, done: &Done, mut entry: Entry) -> Then {
        let own = message.text.stanza_id.as_str();
        let legacy_id = done.id.as_ref().map_or(own, MessageId::as_str);
        // This is the id that the room gives it, by which clients refer to it from now on.
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
            add_reflections(session, &message, &stanza_id, &mut entry);
            session.journal.note_and_tell(entry);
            note_done(session, &message);
            for id in &ids {
                release(session, &message.contact, id);
            }
        })
    }

    /// Notes another id by which clients may refer to a message.
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

    /// Notes the pair of ids of the user's message and the network's. Without a hash, the message
    /// is no repeat when it comes again.
    pub(super) fn said(&self, message: &UserMessage, legacy_id: &str, body_hash: i64) -> Write {
        let xmpp_id = match message.known_as() {
            "" => stanza_id(legacy_id),
            own => own.to_owned(),
        };
        self.noted(message, legacy_id, xmpp_id, body_hash)
    }

    /// Returns the writes for the ids of a message that the network has.
    fn ids(&self, message: &UserMessage, done: &Done) -> Vec<Write> {
        let said_as = message.text.stanza_id.as_str();
        let noted = |legacy_id: &str, xmpp_id: String| self.noted(message, legacy_id, xmpp_id, message.hash);
        // Clients may refer to a message by its correction.
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
            // It was sent anew there: what was corrected is this message now.
            (Kind::Correct { of }, Some(anew)) if !self.can.correction => {
                vec![noted(anew, of.clone()), also(anew)]
            }
            // The correction has an id of its own there, under which the network may tell it again.
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
        let why = stanza_error(self.language, &error);
        let then = self.failed(message, &why);
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

/// Forgets a message that failed, so that it may be sent again.
fn forget(message: UserMessage) -> Then {
    Box::new(move |session: &mut Session| {
        session.messages.repeats.forget(message.contact.as_str(), &message.text.stanza_id, message.hash);
    })
}

/// Reason why the network does not have a message.
pub(in crate::session) enum Refusal {
    /// Error of the plugin.
    Plugin(Error),
    /// Reactions that the network does not have.
    Reactions,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal::Plugin(error)
    }
}
