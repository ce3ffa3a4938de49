//! Chat states, receipts and markers of contacts, and of the user in the network's own app (WIRE 2.7).

use super::conversation::{Turn, Way};
use super::{Session, Then};
use crate::model::ids::new_id;
use crate::model::ids::stanza_id;
use crate::stanza;
use crate::stanza::Speaker;
use crate::store::StoreError;
use crate::{
    host::Share,
    services,
    store::{Entry, Outgoing},
};
use plugin_api::{ChatState, ContactId, Error, Marker, MessageId, Sender, Sent, ThreadId, host::Reply};

impl Session {
    pub(super) fn send_state(&mut self, from: &Sender, state: ChatState) -> Result<(), Error> {
        // Chat states are never carboned.
        if from.is_user {
            return Ok(());
        }
        if from.room.is_some() {
            let (room, speaker) = self.speaker(from)?;
            let state = |speaker: &Speaker| speaker.message(None, |xml| stanza::write_state(xml, state));
            self.send_all(self.copies(&room, &speaker).iter().map(state));
            return Ok(());
        }
        let contact = self.contact_of(from)?;
        // Typing goes on for as long as it is told again; what else is said again is no news (K64).
        let known = self.contacts.get_mut(&contact).and_then(|contact| contact.state.replace(state));
        if (state == ChatState::Composing || known != Some(state))
            && self.resources.online()
            && let Some(stanza) =
                stanza::chat_state(&self.services.address.contact_full(&contact), &self.to, state)
        {
            self.send(stanza);
        }
        Ok(())
    }

    /// In a room only how far somebody has read is told. What the user has read elsewhere is no news for their clients in this way.
    fn mark_in_room(
        &mut self,
        (room, speaker): (ContactId, Speaker),
        (marker, id): (Marker, MessageId),
        reply: Reply<Sent>,
        share: Share,
    ) {
        if marker != Marker::Displayed || speaker.is_user() {
            return reply.send(Ok(Sent::default()));
        }
        let (services, user, chat) = (self.services.clone(), self.user_id, room.clone());
        let turn: Turn = Box::pin(async move {
            let found = async {
                // The message may have been delivered a moment ago.
                services.uplink.settled(user).await.map_err(StoreError::for_plugin)?;
                services.message_ids.room_id(user, &room, &id).await
            };
            let found = found.await;
            Box::new(move |session: &mut Session| match found {
                Ok(id) => {
                    let own = new_id();
                    let copies = session.copies(&room, &speaker);
                    let copies =
                        copies.iter().map(|speaker| stanza::marker(speaker, Some(&own), marker, &id, None));
                    let stanzas = copies.map(Outgoing::durable).collect();
                    let entry = Entry { stanzas, ..Entry::default() };
                    let sent = |_| Sent { stanza_ids: vec![id], ..Sent::default() };
                    services::answer_stored(&session.journal, reply, share, entry, sent);
                }
                Err(error) => reply.send(Err(error)),
            }) as Then
        });
        self.take_turns(Way::ToUser, chat, 0, turn);
    }

    /// A receipt or a marker. Which message it is about has to be looked up, and what comes next in the chat waits for that.
    pub(super) fn mark(
        &mut self,
        from: &Sender,
        (marker, id): (Marker, MessageId),
        thread: Option<ThreadId>,
        reply: Reply<Sent>,
        share: Share,
    ) {
        let (contact, speaker) = match self.speaker(from) {
            Ok(speaker) => speaker,
            Err(error) => return reply.send(Err(error)),
        };
        if speaker.room.is_some() {
            return self.mark_in_room((contact, speaker), (marker, id), reply, share);
        }
        let own = from.is_user.then(new_id);
        let (services, user, chat) = (self.services.clone(), self.user_id, contact.clone());
        let (threads, journal) = (self.threads.clone(), self.journal.clone());
        let turn: Turn = Box::pin(async move {
            let work = async {
                // The message may have been delivered a moment ago.
                journal.submit(Entry::default()).await.map_err(StoreError::for_plugin)?;
                let known = services.store.messages(user).by_legacy_id(contact.as_str(), id.as_str()).await;
                let id = known
                    .map_err(StoreError::for_plugin)?
                    .map_or_else(|| stanza_id(id.as_str()), |ids| ids.xmpp_id.to_string());
                let thread = match thread {
                    Some(thread) => Some(threads.to_user((&services, user), &contact, &thread).await?),
                    None => None,
                };
                let mut stanzas = Vec::new();
                if own.is_none() && marker == Marker::Received {
                    stanzas.push(stanza::receipt(&speaker.from, &speaker.to, &id));
                }
                stanzas.push(stanza::marker(&speaker, own.as_deref(), marker, &id, thread.as_deref()));
                let stanzas = stanzas.into_iter().map(Outgoing::durable).collect();
                Ok((Entry { stanzas, ..Entry::default() }, id))
            };
            match work.await {
                // In its place from here on.
                Ok((entry, id)) => {
                    let sent = |_| Sent { stanza_ids: vec![id], ..Sent::default() };
                    services::answer_stored(&journal, reply, share, entry, sent);
                }
                Err(error) => reply.send(Err(error)),
            }
            Box::new(|_: &mut Session| {}) as Then
        });
        self.take_turns(Way::ToUser, chat, 0, turn);
    }
}
