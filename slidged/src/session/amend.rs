//! Corrections, reactions and retractions: of contacts, of the user in another client of the network, and what the user's other clients
//! have to be told of the user's own.

use super::conversation::{Turn, Way};
use super::message::{Kind, UserMessage};
use super::speak::{self, References, Spoken};
use super::{Session, Then};
use crate::host::Share;
use crate::model::ids::new_id;
use crate::model::ids::stanza_id;
use crate::model::ids::valid_id;
use crate::say;
use crate::services::{self};
use crate::stanza;
use crate::store::StoreError;
use crate::store::{Entry, Outgoing};
use crate::xmpp::reactions;
use plugin_api::{Chat, ContactId, MessageId, RemoteSession, Sender, Sent, Text, host::Reply};
use std::sync::Arc;

/// What is done to a message.
pub(super) enum Change {
    /// It says this now.
    Correct(Box<Text>),
    /// These are all reactions of the one who reacts.
    React(Vec<String>),
    /// It is taken back.
    Retract,
}

impl Change {
    /// Only corrections may have an id of their own.
    fn has_valid_id(&self) -> bool {
        match self {
            Change::Correct(text) => text.event_id.as_ref().is_none_or(|id| valid_id(id.as_str())),
            Change::React(_) | Change::Retract => true,
        }
    }
}

/// A change of a message, on its way to the user.
pub(super) struct Amendment {
    pub(super) from: Sender,
    /// The message, by the network's id.
    pub(super) id: MessageId,
    pub(super) change: Change,
    pub(super) reply: Reply<Sent>,
    pub(super) share: Share,
}

/// What was looked up for it.
struct Found {
    /// Those of the message.
    stanzas: Vec<String>,
    /// The room's id of it, where it is said in one.
    in_room: Option<String>,
    /// Those of the new text.
    references: References,
    /// The last message of the contact beside one that is taken back.
    before: Option<Arc<str>>,
}

impl Session {
    /// Looks up the message, and shows the change. One that comes before its message waits for that, unless it has waited: `now`.
    pub(super) fn amend(&mut self, amendment: Amendment, now: bool) {
        let contact = match self.chat_of(&amendment.from) {
            Ok(contact) if valid_id(amendment.id.as_str()) && amendment.change.has_valid_id() => contact,
            Ok(_) => return amendment.reply.send(Err(super::outgoing::bad_id())),
            Err(error) => return amendment.reply.send(Err(error)),
        };
        let (services, user, threads) = (self.services.clone(), self.user_id, self.threads.clone());
        let (key, in_room) = (contact.clone(), amendment.from.room.is_some());
        let turn: Turn = Box::pin(async move {
            let found = async {
                let stanzas = services.message_ids.stanzas_of(user, &key, &amendment.id).await?;
                let in_room = match in_room {
                    true => Some(services.message_ids.room_id(user, &key, &amendment.id).await?),
                    false => None,
                };
                let references = match &amendment.change {
                    Change::Correct(text) => {
                        speak::look_up((&services, user, &threads), (&key, in_room.is_some()), text).await?
                    }
                    Change::React(_) | Change::Retract => References::default(),
                };
                let before = match &amendment.change {
                    Change::Retract => {
                        let messages = services.store.messages(user);
                        messages
                            .newest_from_contact(key.as_str(), amendment.id.as_str())
                            .await
                            .map_err(StoreError::for_plugin)?
                    }
                    Change::Correct(_) | Change::React(_) => None,
                };
                Ok(Found { stanzas, in_room, references, before })
            };
            let found = found.await;
            Box::new(move |session: &mut Session| match found {
                Ok(found) if now || !found.stanzas.is_empty() => session.amended(key, amendment, found),
                Ok(_) => session.hold(key, amendment),
                Err(error) => amendment.reply.send(Err(error)),
            }) as Then
        });
        self.take_turns(Way::ToUser, contact, 0, turn);
    }

    /// A change of a message with these stanzas: into the outbox.
    fn amended(&mut self, contact: ContactId, amendment: Amendment, found: Found) {
        let Amendment { from, id, change, reply, share } = amendment;
        let Found { mut stanzas, in_room, references, before } = found;
        // In a room clients name a message by the room's id of it (XEP-0424, XEP-0444), but what they correct by their own.
        if let Some(in_room) = in_room.filter(|_| !matches!(change, Change::Correct(_))) {
            stanzas = vec![in_room];
        } else if stanzas.is_empty() {
            stanzas = vec![stanza_id(id.as_str())];
        }
        let speaker = match self.speaker(&from) {
            Ok((_, speaker)) => speaker,
            Err(error) => return reply.send(Err(error)),
        };
        let text = match change {
            Change::Correct(text) => {
                let replaces = stanzas.into_iter().next();
                let spoken = Spoken { contact, speaker, text: *text, corrects: Some(id), reply, share };
                return self.spoken(spoken, &References { replaces, ..references });
            }
            Change::React(emojis) => Some(reactions::shown(emojis)),
            Change::Retract => {
                self.deleted.note(&contact, &id);
                None
            }
        };
        let shown = self.preferences.get("reaction_fallback").is_some_and(|value| value == "true");
        let retracted = say!(self.language, "retracted");
        let copies = self.copies(&contact, &speaker);
        let stanza = |target: &String| {
            let own = new_id();
            let stanza = |speaker| match &text {
                Some(emojis) => stanza::reaction(speaker, &own, target, emojis, shown && !speaker.is_user()),
                None => stanza::retraction(speaker, &own, target, &retracted),
            };
            let stanzas: Vec<_> = copies.iter().map(stanza).collect();
            (own, stanzas)
        };
        let (ids, stanzas): (Vec<String>, Vec<_>) = stanzas.iter().map(stanza).unzip();
        let stanzas = stanzas.into_iter().flatten().map(Outgoing::durable).collect();
        // Who has seen that something was taken back has seen all that came before.
        let seen =
            before.iter().flat_map(|before| ids.iter().map(|own| self.also_known(&contact, before, own)));
        let entry = Entry { stanzas, writes: seen.collect(), ..Entry::default() };
        services::answer_stored(&self.journal, reply, share, entry, |_| Sent {
            stanza_ids: ids,
            ..Sent::default()
        });
    }

    /// The user's clients show reactions to a message; it has other stanzas, which must show the same.
    pub(super) fn other_stanzas(&mut self, message: &UserMessage) {
        // In a room all clients have seen them already.
        let (Kind::React { to, emojis }, None) = (&message.kind, &message.room) else { return };
        self.react_as_user(&message.contact, to, emojis.clone(), false);
    }

    /// Reactions that the network does not have are taken away everywhere (K42).
    pub(super) fn reset_reactions(&mut self, message: &UserMessage, remote: &Arc<RemoteSession>) {
        let (Kind::React { to, .. }, None) = (&message.kind, &message.room) else { return };
        let single = self.can(&message.contact).reactions_single_emoji;
        let id = if single { "one-reaction-only" } else { "no-such-reaction" };
        self.gateway_message(&say!(self.language, id, network = &self.services.info.component_name));
        self.react_as_user(&message.contact, to, Vec::new(), true);
        let (services, user, remote) = (self.services.clone(), self.user_id, remote.clone());
        let (contact, stanza) = (message.contact.clone(), to.clone());
        self.hook(contact.clone(), "on_react", move |_| async move {
            let id = services.message_ids.legacy_id(user, contact.as_str(), stanza).await;
            remote.on_react(Chat::contact(contact), id, Vec::new(), None).await
        });
    }

    /// Shows the user's reactions to the stanzas of the message that `stanza` is one of, where the server lets us.
    fn react_as_user(&mut self, contact: &ContactId, stanza: &str, emojis: Vec<String>, itself: bool) {
        let domain = self.jid.domain().as_str();
        if !self.services.privileges.of(domain).is_some_and(|privileges| privileges.message) {
            return;
        }
        let from = Sender { contact: Some(contact.clone()), is_user: true, ..Sender::default() };
        let (services, user, contact) = (self.services.clone(), self.user_id, contact.clone());
        let stanza = stanza.to_owned();
        let chat = contact.clone();
        let turn: Turn = Box::pin(async move {
            let id = services.message_ids.legacy_id(user, contact.as_str(), stanza.clone()).await;
            let mut stanzas = services.message_ids.stanzas_of(user, &contact, &id).await.unwrap_or_default();
            if stanzas.is_empty() {
                stanzas.push(stanza.clone());
            }
            stanzas.retain(|other| itself || *other != stanza);
            Box::new(move |session: &mut Session| {
                let Ok((_, speaker)) = session.speaker(&from) else { return };
                let react = stanzas
                    .iter()
                    .map(|target| stanza::reaction(&speaker, &new_id(), target, &emojis, false));
                session.deliver_stanzas(react);
            }) as Then
        });
        // In the order of the user's reactions: the last one stands.
        self.take_turns(Way::ToUser, chat, 0, turn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_corrections_that_could_not_be_kept_are_refused() {
        let correct = |id: Option<String>| {
            let event_id = id.map(|id| MessageId::from(&*id));
            Change::Correct(Box::new(Text { event_id, ..Text::new("x") }))
        };
        assert!(correct(None).has_valid_id() && correct(Some("e1".into())).has_valid_id());
        for id in [String::new(), "x".repeat(10_000)] {
            assert!(!correct(Some(id)).has_valid_id());
        }
        assert!(Change::Retract.has_valid_id() && Change::React(Vec::new()).has_valid_id());
    }
}
