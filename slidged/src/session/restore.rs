//! The state of a session after a restart: the contacts, and the messages that were under way when
//! the process ended.

use crate::say;
use crate::session::contact_avatar::KnownAvatar;
use crate::session::contacts::Contact;
use crate::session::contacts::Extra;
use crate::session::delivery::deliver;
use crate::session::message::UserMessage;
use crate::session::room::info::recover_rooms;
use crate::session::state::Session;
use crate::session::stored_state::State;
use crate::stanza;
use crate::stanza::client_type;
use crate::store::Entry;
use crate::store::Outgoing;
use crate::store::Pending;
use crate::store::Write;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;
use plugin_api::ContactId;

/// Takes over the stored state of the user, except for messages that were under way.
pub(in crate::session) fn recover(session: &mut Session, state: State) {
    let State { contacts, cards, rooms, own_avatar, recent, pending: _ } = state;
    session.contacts = contacts
        .into_iter()
        .map(|row| {
            let extra: Extra = serde_json::from_str(&row.extra).unwrap_or_default();
            let contact = Contact {
                name: row.name.map(|name| (&*name).into()),
                friend: row.is_friend,
                on_roster: row.on_roster,
                client: client_type::client_type(&row.client_type),
                groups: extra.groups,
                unanswered: extra.unanswered,
                avatar: KnownAvatar::of(row.avatar.as_deref(), row.avatar_version.as_deref()),
                card: cards.get(&row.legacy_id).copied().unwrap_or_default(),
                ..Contact::default()
            };
            (ContactId::from(&*row.legacy_id), contact)
        })
        .collect();
    recover_rooms(session, rooms);
    session.avatars.own.recover(own_avatar);
    for ids in recent {
        session.messages.repeats.done(&ids.chat, &ids.xmpp_id, ids.body_hash);
    }
}

/// Resumes a message that the plugin may or may not have got. It is sent again only if the network
/// recognises a repeat, else the user is told.
pub(in crate::session) fn resume(session: &mut Session, pending: &Pending) {
    let text = say!(session.user.language, "message-uncertain");
    let error = StanzaError::with_text(Condition::InternalServerError, text);
    let answer = match serde_json::from_slice::<UserMessage>(&pending.operation) {
        Ok(message) if message.is_repeatable(session.services.info.idempotent_send) => {
            tracing::info!("a message that was under way is sent again");
            return deliver(session, message, Some(pending.id));
        }
        Ok(message) => message.error(&error),
        // Another version wrote it.
        Err(why) => {
            tracing::error!(error = %why, "a pending message could not be read");
            let to = session.services.address.contact_bare(&ContactId::from(&*pending.chat));
            stanza::bounce(&to, &pending.sender, pending.xmpp_id.as_deref().unwrap_or_default(), &error)
        }
    };
    session.journal.note(Entry {
        writes: vec![Write::PendingDone(pending.id)],
        stanzas: vec![Outgoing::durable(answer)],
        ..Entry::default()
    });
}
