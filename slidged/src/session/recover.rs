//! After a restart: what is known of contacts, and what was under way when the process ended.

use super::{
    Session,
    contacts::Contact,
    data::Extra,
    message::UserMessage,
    portrait::Portrait,
    repeats::{self, Seen},
    shape,
};
use crate::{
    gateway, say,
    store::{Entry, Outgoing, Pending, Write},
    xmpp::{Condition, StanzaError},
};
use plugin_api::ContactId;

impl Session {
    /// Reads what the store has of this user.
    pub(super) async fn recover(&mut self) {
        let store = self.gateway.store.clone();
        match store.contacts(self.user_id).all().await {
            Ok(contacts) => {
                self.contacts = contacts
                    .into_iter()
                    .map(|row| {
                        let extra: Extra = serde_json::from_str(&row.extra).unwrap_or_default();
                        let contact = Contact {
                            name: row.name.map(|name| (&*name).into()),
                            friend: row.is_friend,
                            on_roster: row.on_roster,
                            client: gateway::client_type(&row.client_type),
                            groups: extra.groups,
                            portrait: Portrait::of(row.avatar.as_deref(), row.avatar_version.as_deref()),
                            ..Contact::default()
                        };
                        (ContactId::from(&*row.legacy_id), contact)
                    })
                    .collect();
            }
            Err(error) => tracing::error!(%error, "the contacts could not be read"),
        }
        match store.cards(self.user_id).hashes().await {
            Ok(cards) => {
                for (id, hash) in cards {
                    if let Some(contact) = self.contacts.get_mut(&ContactId::from(&*id)) {
                        contact.card = hash;
                    }
                }
            }
            Err(error) => tracing::error!(%error, "the cards of contacts could not be read"),
        }
        match store.rooms(self.user_id).all().await {
            Ok(rooms) => self.recover_rooms(rooms),
            Err(error) => tracing::error!(%error, "the rooms could not be read"),
        }
        self.recover_own_avatar().await;
        match store.messages(self.user_id).recent_outgoing(repeats::REMEMBERED).await {
            Ok(recent) => {
                for ids in recent.into_iter().rev() {
                    self.repeats.note(&ids.chat, &ids.xmpp_id, ids.body_hash, Seen::Done);
                }
            }
            Err(error) => tracing::error!(%error, "the last messages could not be read"),
        }
        match store.pending().of(self.user_id).await {
            Ok(pending) => pending.iter().for_each(|pending| self.resume(pending)),
            Err(error) => tracing::error!(%error, "the pending messages could not be read"),
        }
    }

    /// A message that the plugin may or may not have got. Sent again only if the network recognises a repeat.
    fn resume(&mut self, pending: &Pending) {
        let text = say!(self.language, "message-uncertain");
        let error = StanzaError::with_text(Condition::InternalServerError, text);
        let answer = match serde_json::from_slice::<UserMessage>(&pending.operation) {
            Ok(message) if message.is_repeatable(self.gateway.info.idempotent_send) => {
                tracing::info!("a message that was under way is sent again");
                return self.deliver(message, Some(pending.id));
            }
            Ok(message) => message.error(&error),
            // As another version wrote it.
            Err(why) => {
                tracing::error!(error = %why, "a pending message could not be read");
                let to = self.gateway.contact_bare(&ContactId::from(&*pending.chat));
                shape::bounce(&to, &pending.sender, pending.xmpp_id.as_deref().unwrap_or_default(), &error)
            }
        };
        self.journal.note(Entry {
            writes: vec![Write::PendingDone(pending.id)],
            stanzas: vec![Outgoing::durable(answer)],
            ..Entry::default()
        });
    }
}
