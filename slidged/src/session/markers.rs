//! Chat states, receipts and markers of contacts, and of the user in the network's own app.

use crate::host::Share;
use crate::model::ids::new_id;
use crate::model::ids::stanza_id;
use crate::services;
use crate::session::chat_queue::Direction;
use crate::session::envelope::envelope;
use crate::session::room::archive::ForArchive;
use crate::session::room::broadcast::Copies;
use crate::session::room::broadcast::to_clients;
use crate::session::state::Session;
use crate::session::state::Then;
use crate::session::state::Turn;
use crate::stanza;
use crate::stanza::Speaker;
use crate::store::Entry;
use crate::store::Outgoing;
use crate::store::StoreError;
use plugin_api::ChatState;
use plugin_api::ContactId;
use plugin_api::Error;
use plugin_api::Marker;
use plugin_api::MessageId;
use plugin_api::Sender;
use plugin_api::Sent;
use plugin_api::ThreadId;
use plugin_api::host::Reply;

pub(in crate::session) fn send_state(
    session: &mut Session,
    from: &Sender,
    state: ChatState,
) -> Result<(), Error> {
    // Chat states are never sent as carbons.
    if from.is_user {
        return Ok(());
    }
    if from.room.is_some() {
        let (room, speaker) = envelope(session, from)?;
        to_clients(session, &room, |to| {
            let speaker = Speaker { to: to.to_owned(), ..speaker.clone() };
            speaker.message(None, |xml| stanza::write_state(xml, state))
        });
        return Ok(());
    }
    let contact = session.contact_of(from)?;
    // Typing goes on for as long as it is repeated; other chat states are sent once (K64).
    let known = session.contacts.get_mut(&contact).and_then(|contact| contact.state.replace(state));
    if (state == ChatState::Composing || known != Some(state))
        && session.clients.resources.online()
        && let Some(stanza) =
            stanza::chat_state(&session.services.address.contact_full(&contact), &session.user.address, state)
    {
        session.send(stanza);
    }
    Ok(())
}

/// Shows in a room how far somebody has read; other markers are not shown there, and neither are
/// the user's own.
fn mark_in_room(
    session: &mut Session,
    (room, speaker): (ContactId, Speaker),
    (marker, id): (Marker, MessageId),
    reply: Reply<Sent>,
    share: Share,
) {
    if marker != Marker::Displayed || speaker.is_user() {
        return reply.send(Ok(Sent::default()));
    }
    let (services, user, chat) = (session.services.clone(), session.user.id, room.clone());
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
                let message =
                    ForArchive { stanza_id: &own, xmpp_id: Some(&own), when: None, filled_in: false };
                let copies = Copies::new(session, &room, &speaker, &message, |speaker| {
                    stanza::marker(speaker, Some(&own), marker, &id, None)
                });
                let mut entry = Entry::default();
                copies.add_to(&mut entry);
                let sent = |_| Sent { stanza_ids: vec![id], ..Sent::default() };
                services::answer_stored(&session.journal, reply, share, entry, sent);
            }
            Err(error) => reply.send(Err(error)),
        }) as Then
    });
    session.take_turns(Direction::ToUser, chat, 0, turn);
}

/// Shows a receipt or a marker. The message that it is about has to be looked up first, and later
/// turns of the chat wait for that.
pub(in crate::session) fn mark(
    session: &mut Session,
    from: &Sender,
    (marker, id): (Marker, MessageId),
    thread: Option<ThreadId>,
    reply: Reply<Sent>,
    share: Share,
) {
    let (contact, speaker) = match envelope(session, from) {
        Ok(speaker) => speaker,
        Err(error) => return reply.send(Err(error)),
    };
    if speaker.room.is_some() {
        return mark_in_room(session, (contact, speaker), (marker, id), reply, share);
    }
    let own = from.is_user.then(new_id);
    let (services, user, chat) = (session.services.clone(), session.user.id, contact.clone());
    let (threads, journal) = (session.messages.threads.clone(), session.journal.clone());
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
            // It keeps its place in the order from here on.
            Ok((entry, id)) => {
                let sent = |_| Sent { stanza_ids: vec![id], ..Sent::default() };
                services::answer_stored(&journal, reply, share, entry, sent);
            }
            Err(error) => reply.send(Err(error)),
        }
        Box::new(|_: &mut Session| {}) as Then
    });
    session.take_turns(Direction::ToUser, chat, 0, turn);
}
