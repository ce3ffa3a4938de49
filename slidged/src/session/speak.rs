//! Texts of contacts, and of the user in another client of the network, on their way to the user (WIRE 2.7).

use super::conversation::{Turn, Way};
use super::threads::Threads;
use super::{Session, Then, pieces};
use crate::host::Share;
use crate::model::clock::now;
use crate::model::ids::new_id;
use crate::model::ids::stanza_id;
use crate::model::ids::valid_id;
use crate::model::shown;
use crate::services::{self};
use crate::services::{Privilege, Services};
use crate::stanza::{AsUser, Preview, Speaker};
use crate::store::StoreError;
use crate::store::{Entry, MessageIds, MessagePart, Outgoing, UserId, Write};
use plugin_api::{
    ChatState, Condition, ContactId, Error, MessageId, MessageReference, Sender, Sent, Text, Timestamp,
    host::Reply,
};

/// Links in a text that show something: each may have a picture to be made smaller.
const MAX_PREVIEWS: usize = 16;

/// A text of the network on its way.
pub(super) struct Spoken {
    pub(super) contact: ContactId,
    pub(super) speaker: Speaker,
    pub(super) text: Text,
    /// The message that it stands in for, by the network's id.
    pub(super) corrects: Option<MessageId>,
    pub(super) reply: Reply<Sent>,
    pub(super) share: Share,
}

/// What a text refers to, by the ids of stanzas.
#[derive(Default)]
pub(super) struct References {
    pub(super) thread: Option<String>,
    pub(super) answers: Option<Answered>,
    pub(super) replaces: Option<String>,
    /// What its links show.
    pub(super) previews: Vec<Preview>,
}

/// A message that is answered.
#[derive(Clone)]
pub(super) struct Answered {
    pub(super) id: String,
    by_user: bool,
    author: Option<Sender>,
    pub(super) body: Option<String>,
}

impl Answered {
    /// What it said, if that is known and there were words.
    pub(super) fn words(&self) -> Option<&str> {
        self.body.as_deref().filter(|body| !body.trim().is_empty())
    }

    /// Who wrote it, as far as that is known.
    fn author(&self) -> Option<Sender> {
        if self.by_user { Some(Sender { is_user: true, ..Sender::default() }) } else { self.author.clone() }
    }
}

impl Session {
    /// Who speaks to whom.
    ///
    /// # Errors
    ///
    /// `not-allowed` when the user speaks, and the server does not let us show it.
    pub(super) fn speaker(&mut self, from: &Sender) -> Result<(ContactId, Speaker), Error> {
        if let Some(room) = &from.room {
            return self.in_room_speaker(room, from);
        }
        let contact = self.contact_of(from)?;
        if !from.is_user {
            let from = self.services.address.contact_full(&contact);
            return Ok((contact, Speaker { from, to: self.to.clone(), as_user: None, room: None }));
        }
        let domain = self.jid.domain().as_str();
        let Some(namespace) =
            self.services.privileges.of(domain).and_then(|p| p.message.then_some(p.namespace))
        else {
            self.missed(Privilege::Message);
            let why = "the server does not grant the message privilege";
            return Err(Error::new(Condition::NotAllowed, why));
        };
        let gateway = self.services.address.domain().to_owned();
        let echo = self.services.keys.echo_key();
        let as_user = AsUser { gateway, domain: domain.to_owned(), namespace, echo };
        let to = self.services.address.contact_bare(&contact);
        Ok((contact, Speaker { from: self.to.clone(), to, as_user: Some(as_user), room: None }))
    }

    /// The user's server does not let us do something that they would see. Once for each session, and there the rest is looked up.
    pub(super) fn missed(&mut self, privilege: Privilege) {
        if !self.missed.contains(&privilege) {
            self.missed.push(privilege);
            self.services.notices.report_missing((&self.jid, self.user_id), self.language, privilege);
        }
    }

    /// A text. One that refers to something waits until that has been looked up, and what comes next in the chat waits for it.
    pub(super) fn send_text(&mut self, from: &Sender, text: Text, reply: Reply<Sent>, share: Share) {
        let speaker = if text.id.as_ref().is_some_and(|id| !valid_id(&id.0)) {
            Err(super::outgoing::bad_id())
        } else {
            self.speaker(from)
        };
        let (contact, speaker) = match speaker {
            Ok(speaker) => speaker,
            Err(error) => return reply.send(Err(error)),
        };
        let spoken = Spoken { contact, speaker, text, corrects: None, reply, share };
        match self.references(&spoken) {
            Some(references) => self.spoken(spoken, &references),
            None => self.look_up_and_speak(spoken),
        }
    }

    /// What a text refers to, if that need not be looked up.
    fn references(&self, spoken: &Spoken) -> Option<References> {
        let Text { reply_to: None, thread, link_previews, .. } = &spoken.text else { return None };
        if link_previews.iter().any(|preview| self.services.previews.has_picture_to_make(preview)) {
            return None;
        }
        let previews =
            link_previews.iter().take(MAX_PREVIEWS).map(|preview| (preview.clone(), None)).collect();
        let thread = match thread {
            Some(thread) => Some(self.threads.remembered(&spoken.contact, thread.as_str())?),
            None => None,
        };
        Some(References { thread, previews, ..References::default() })
    }

    fn look_up_and_speak(&mut self, spoken: Spoken) {
        let (services, user, threads) = (self.services.clone(), self.user_id, self.threads.clone());
        let contact = spoken.contact.clone();
        let turn: Turn = Box::pin(async move {
            let in_room = spoken.speaker.room.is_some();
            let chat = (&spoken.contact, in_room);
            let found = look_up((&services, user, &threads), chat, &spoken.text).await;
            Box::new(move |session: &mut Session| match found {
                Ok(references) => session.spoken(spoken, &references),
                Err(error) => spoken.reply.send(Err(error)),
            }) as Then
        });
        self.take_turns(Way::ToUser, contact, 0, turn);
    }

    /// A text of which all is known: into the outbox.
    pub(super) fn spoken(&mut self, spoken: Spoken, references: &References) {
        let Spoken { contact, speaker, text, corrects, reply, share } = spoken;
        // A correction whose id the network does not know has one all the same: clients mark what they have shown by it.
        let event = if corrects.is_some() { &text.event_id } else { &text.id };
        let own = event.as_ref().map_or_else(new_id, |id| stanza_id(&id.0));
        if speaker.room.is_none() {
            self.announce_disappearing(&contact, &text);
        }
        let parts = self.text_parts((&contact, &speaker, &text), own.clone(), references);
        if !parts.iter().all(|(_, stanzas)| pieces::fit(stanzas)) {
            let why = "This message is longer than XMPP servers take.";
            return reply.send(Err(Error::new(Condition::PolicyViolation, why)));
        }
        let (ids, stanzas): (Vec<String>, Vec<_>) = parts.into_iter().unzip();
        let stanzas = stanzas.into_iter().flatten().map(Outgoing::durable).collect();
        let mut entry = Entry { stanzas, ..Entry::default() };
        if speaker.as_user.is_none()
            && let Some(known) = self.contacts.get_mut(&contact)
        {
            // Every text says that they are there.
            known.state = Some(ChatState::Active);
        }
        entry.dedup = event.as_ref().map(|id| MessageIds {
            user: self.user_id,
            chat: contact.as_str().into(),
            legacy_id: id.as_str().into(),
            xmpp_id: own.as_str().into(),
            from_user: speaker.is_user(),
            body_hash: 0,
            at: now(),
        });
        // Of a long text, all stanzas are the message.
        if let Some(id) = event {
            let further = (1..).zip(ids.iter().skip(1));
            let known = further.map(|(part, own)| self.part_known(&contact, (id.as_str(), part), own));
            entry.writes.extend(known);
        }
        // Clients may name the message by its correction.
        entry
            .writes
            .extend(corrects.as_ref().map(|corrected| self.also_known(&contact, corrected.as_str(), &own)));
        services::answer_stored(&self.journal, reply, share, entry, |committed| Sent {
            stanza_ids: ids,
            duplicate: committed.duplicate,
            url: None,
        });
        if let (None, Some(id)) = (&corrects, &text.id) {
            self.release(&contact, id);
        }
    }

    /// Clients may name a message of the network by that stanza, too.
    pub(super) fn also_known(&self, contact: &ContactId, legacy_id: &str, stanza_id: &str) -> Write {
        self.part_known(contact, (legacy_id, 0), stanza_id)
    }

    /// A further stanza of a message of the network.
    fn part_known(&self, contact: &ContactId, (legacy_id, part): (&str, i64), stanza_id: &str) -> Write {
        Write::MessagePart(MessagePart {
            user: self.user_id,
            chat: contact.as_str().into(),
            legacy_id: legacy_id.into(),
            xmpp_id: stanza_id.into(),
            part,
            at: now(),
        })
    }

    /// The stamp of a message that is too old to be shown as new.
    pub(super) fn delay_of(&self, when: Option<Timestamp>) -> Option<String> {
        let threshold = self.services.settings.delay_threshold_ms;
        when.filter(|when| now().saturating_sub(*when) > threshold).and_then(shown::stamp)
    }

    /// Who has held back what is late.
    pub(super) fn keeper<'a>(&'a self, speaker: &'a Speaker) -> &'a str {
        speaker.room.as_ref().map_or(self.services.address.domain(), |room| &room.address)
    }

    /// The name of a contact whom the user does not have on the roster.
    pub(super) fn introduction(&self, contact: &ContactId) -> Option<&str> {
        let stranger = self.contacts.get(contact).is_none_or(|contact| !contact.friend);
        self.nick_of(contact).filter(|_| stranger)
    }

    /// The address of who wrote what is answered.
    pub(super) fn author_of(&self, contact: &ContactId, answered: &Answered) -> String {
        if self.is_room(contact) {
            return self.author_in_room(contact, answered.author().as_ref()).0;
        }
        if answered.by_user { self.to.clone() } else { self.services.address.contact_full(contact) }
    }

    /// What whoever wrote what is answered is called.
    pub(super) fn author_nick(&self, contact: &ContactId, answered: &Answered) -> Option<String> {
        if self.is_room(contact) {
            return self.author_in_room(contact, answered.author().as_ref()).1;
        }
        let name =
            if answered.by_user { self.jid.node().map(jid::NodeRef::as_str) } else { self.nick_of(contact) };
        name.map(str::to_owned)
    }
}

/// Looks up what a text refers to.
pub(super) async fn look_up(
    (services, user, threads): (&Services, UserId, &Threads),
    (contact, in_room): (&ContactId, bool),
    text: &Text,
) -> Result<References, Error> {
    let thread = match &text.thread {
        Some(thread) => Some(threads.to_user((services, user), contact, thread).await?),
        None => None,
    };
    let answers = match &text.reply_to {
        Some(reference) => Some(answered(services, user, contact, reference, in_room).await?),
        None => None,
    };
    let previews = text.link_previews.iter().take(MAX_PREVIEWS).cloned().collect();
    let previews = services.previews.of(user, previews).await;
    Ok(References { thread, answers, replaces: None, previews })
}

async fn answered(
    services: &Services,
    user: UserId,
    contact: &ContactId,
    reference: &MessageReference,
    in_room: bool,
) -> Result<Answered, Error> {
    // It may have been delivered a moment ago.
    services.uplink.settled(user).await.map_err(StoreError::for_plugin)?;
    let known = services.store.messages(user).by_legacy_id(contact.as_str(), reference.id.as_str()).await;
    let known = known.map_err(StoreError::for_plugin)?;
    let by_user = known.as_ref().map_or_else(
        || reference.author.as_ref().is_some_and(|author| author.is_user),
        |known| known.from_user,
    );
    // A room gives every message an id of its own, whatever its sender's client called it.
    let id = match known {
        _ if in_room => services.message_ids.room_id(user, contact, &reference.id).await?,
        Some(known) => known.xmpp_id.to_string(),
        None => stanza_id(reference.id.as_str()),
    };
    Ok(Answered { id, by_user, author: reference.author.clone(), body: reference.body.clone() })
}
