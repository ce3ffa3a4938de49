//! Texts of the network and changes of them. A correction is sent like a text.

use crate::host::Share;
use crate::model::clock::now;
use crate::model::ids::new_id;
use crate::model::ids::stanza_id;
use crate::model::ids::valid_id;
use crate::say;
use crate::services;
use crate::session::change::Change;
use crate::session::change::MessageChange;
use crate::session::chat_queue::Direction;
use crate::session::deferred_changes::MOST;
use crate::session::deferred_changes::Waiting;
use crate::session::disappearing::announce_disappearing;
use crate::session::envelope::NetworkText;
use crate::session::envelope::References;
use crate::session::envelope::ReplyTarget;
use crate::session::envelope::also_known;
use crate::session::envelope::envelope;
use crate::session::envelope::look_up;
use crate::session::envelope::part_known;
use crate::session::envelope::references_of;
use crate::session::pieces::text_parts;
use crate::session::room::archive::ForArchive;
use crate::session::room::broadcast::Copies;
use crate::session::state::Session;
use crate::session::state::Then;
use crate::session::state::Turn;
use crate::stanza;
use crate::stanza::Speaker;
use crate::store::Entry;
use crate::store::MessageIds;
use crate::store::StoreError;
use crate::store::Write;
use crate::xmpp::reactions;
use plugin_api::ChatState;
use plugin_api::Condition;
use plugin_api::ContactId;
use plugin_api::Error;
use plugin_api::MessageId;
use plugin_api::Sender;
use plugin_api::Sent;
use plugin_api::Text;
use plugin_api::host::Reply;
use std::sync::Arc;
use std::time::Duration;

/// Sends a text of the network to the user. One that refers to other messages waits until these
/// have been looked up, and later turns of the chat wait with it.
pub(in crate::session) fn send_text(
    session: &mut Session,
    from: &Sender,
    text: Text,
    reply: Reply<Sent>,
    share: Share,
) {
    let speaker = if text.id.as_ref().is_some_and(|id| !valid_id(&id.0)) {
        Err(crate::session::state::lookup::bad_id())
    } else {
        envelope(session, from)
    };
    let (contact, speaker) = match speaker {
        Ok(speaker) => speaker,
        Err(error) => return reply.send(Err(error)),
    };
    let spoken = NetworkText { contact, speaker, text, corrects: None, reply, share };
    match references_of(session, &spoken) {
        Some(references) => send_network_text(session, spoken, &references),
        None => look_up_and_speak(session, spoken),
    }
}

pub(in crate::session) fn look_up_and_speak(session: &mut Session, spoken: NetworkText) {
    let (services, user, threads) =
        (session.services.clone(), session.user.id, session.messages.threads.clone());
    let contact = spoken.contact.clone();
    let turn: Turn = Box::pin(async move {
        let in_room = spoken.speaker.room.is_some();
        let chat = (&spoken.contact, in_room);
        let found = look_up((&services, user, &threads), chat, &spoken.text).await;
        Box::new(move |session: &mut Session| match found {
            Ok(references) => send_network_text(session, spoken, &references),
            Err(error) => spoken.reply.send(Err(error)),
        }) as Then
    });
    session.take_turns(Direction::ToUser, contact, 0, turn);
}

/// Sends a text whose references are known.
pub(in crate::session) fn send_network_text(
    session: &mut Session,
    spoken: NetworkText,
    references: &References,
) {
    let NetworkText { contact, speaker, text, corrects, reply, share } = spoken;
    // A correction has an id of its own even where the network gives it none: clients mark the
    // message that they have shown by it.
    let event = if corrects.is_some() { &text.event_id } else { &text.id };
    let own = event.as_ref().map_or_else(new_id, |id| stanza_id(&id.0));
    if speaker.room.is_none() {
        announce_disappearing(session, &contact, &text);
    }
    let parts = text_parts(session, (&contact, &speaker, &text), own.clone(), references);
    if !parts.iter().all(|(_, copies)| copies.fit()) {
        let why = "the message is longer than XMPP servers take";
        return reply.send(Err(Error::from(Condition::PolicyViolation).with_detail(why)));
    }
    let (ids, copies): (Vec<String>, Vec<_>) = parts.into_iter().unzip();
    let mut entry = Entry::default();
    copies.into_iter().for_each(|copies| copies.add_to(&mut entry));
    if speaker.as_user.is_none()
        && let Some(known) = session.contacts.get_mut(&contact)
    {
        // A text shows that the contact is active.
        known.state = Some(ChatState::Active);
    }
    entry.dedup = event.as_ref().map(|id| ids_of(session, (&contact, &speaker), id, &own));
    // All stanzas of a long text are the message.
    if let Some(id) = event {
        let further = (1..).zip(ids.iter().skip(1));
        let known = further.map(|(part, own)| part_known(session, &contact, (id.as_str(), part), own));
        entry.writes.extend(known);
    }
    entry.writes.extend(corrects.as_ref().map(|corrected| match references.replaces {
        // Clients may refer to the message by its correction.
        Some(_) => also_known(session, &contact, corrected.as_str(), &own),
        // It was files, and has a text now, which is what is corrected next.
        None => Write::Message(ids_of(session, (&contact, &speaker), corrected, &own)),
    }));
    services::answer_stored(&session.journal, reply, share, entry, |committed| Sent {
        stanza_ids: ids,
        duplicate: committed.duplicate,
        url: None,
    });
    if let (None, Some(id)) = (&corrects, &text.id) {
        release(session, &contact, id);
    }
}

/// Builds the ids of a message of the network for the stanza of its text.
fn ids_of(
    session: &Session,
    (contact, speaker): (&ContactId, &Speaker),
    id: &MessageId,
    own: &str,
) -> MessageIds {
    MessageIds {
        user: session.user.id,
        chat: contact.as_str().into(),
        legacy_id: id.as_str().into(),
        xmpp_id: own.into(),
        from_user: speaker.is_user(),
        body_hash: 0,
        at: now(),
    }
}

/// Results of looking up the message that is changed.
pub(in crate::session) struct Found {
    /// Ids of the stanzas of the message.
    pub(in crate::session) stanzas: Vec<String>,
    /// Id that the room gave it, if it was sent in one.
    pub(in crate::session) in_room: Option<String>,
    /// References of the new text of a correction.
    pub(in crate::session) references: References,
    /// Whether it is files without a text, which is added now.
    pub(in crate::session) only_files: bool,
    /// Last message of the contact before one that is retracted.
    pub(in crate::session) before: Option<Arc<str>>,
}

/// Looks up the message, and shows the change. A change that comes before its message waits for it,
/// unless it has waited already: `now`.
pub(in crate::session) fn amend(session: &mut Session, amendment: MessageChange, now: bool) {
    let contact = match session.chat_of(&amendment.from) {
        Ok(contact) if valid_id(amendment.id.as_str()) && amendment.change.has_valid_id() => contact,
        Ok(_) => return amendment.reply.send(Err(crate::session::state::lookup::bad_id())),
        Err(error) => return amendment.reply.send(Err(error)),
    };
    let (services, user, threads) =
        (session.services.clone(), session.user.id, session.messages.threads.clone());
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
                    look_up((&services, user, &threads), (&key, in_room.is_some()), text).await?
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
            let only_files = matches!(amendment.change, Change::Correct(_))
                && services.message_ids.is_only_files(user, &key, &amendment.id).await?;
            Ok(Found { stanzas, in_room, references, only_files, before })
        };
        let found = found.await;
        Box::new(move |session: &mut Session| match found {
            Ok(found) if now || !found.stanzas.is_empty() => amended(session, key, amendment, found),
            Ok(_) => hold(session, key, amendment),
            Err(error) => amendment.reply.send(Err(error)),
        }) as Then
    });
    session.take_turns(Direction::ToUser, contact, 0, turn);
}

/// Sends a change of the message with these stanzas.
pub(in crate::session) fn amended(
    session: &mut Session,
    contact: ContactId,
    amendment: MessageChange,
    found: Found,
) {
    let MessageChange { from, id, change, reply, share } = amendment;
    let Found { mut stanzas, in_room, mut references, only_files, before } = found;
    let named = in_room.clone().or_else(|| stanzas.first().cloned());
    // In a room clients refer to a message by the id that the room gave it (XEP-0424, XEP-0444),
    // but for a correction by the sender's own.
    if let Some(in_room) = in_room.filter(|_| !matches!(change, Change::Correct(_))) {
        stanzas = vec![in_room];
    } else if stanzas.is_empty() {
        stanzas = vec![stanza_id(id.as_str())];
    }
    let speaker = match envelope(session, &from) {
        Ok((_, speaker)) => speaker,
        Err(error) => return reply.send(Err(error)),
    };
    let text = match change {
        Change::Correct(text) => {
            // The file stays, and the text is about it.
            let replaces = stanzas.into_iter().next().filter(|_| !only_files);
            if only_files {
                references.answers = references.answers.or_else(|| Some(ReplyTarget::file(named?, &from)));
            }
            let spoken = NetworkText { contact, speaker, text: *text, corrects: Some(id), reply, share };
            return send_network_text(session, spoken, &References { replaces, ..references });
        }
        Change::React(emojis) => Some(reactions::shown(emojis)),
        Change::Retract => {
            session.messages.deleted.note(&contact, &id);
            None
        }
    };
    let shown = session.user.preferences.get("reaction_fallback").is_some_and(|value| value == "true");
    let retracted = say!(session.user.language, "retracted");
    let (mut entry, mut ids) = (Entry::default(), Vec::new());
    for target in &stanzas {
        let own = new_id();
        let message = ForArchive { stanza_id: &own, xmpp_id: Some(&own), when: None, filled_in: false };
        let copies = Copies::new(session, &contact, &speaker, &message, |speaker| match &text {
            Some(emojis) => stanza::reaction(speaker, &own, target, emojis, shown && !speaker.is_user()),
            None => stanza::retraction(speaker, &own, target, &retracted),
        });
        copies.add_to(&mut entry);
        ids.push(own);
    }
    // A client that marks the retraction as read has read all that came before.
    let seen =
        before.iter().flat_map(|before| ids.iter().map(|own| also_known(session, &contact, before, own)));
    entry.writes.extend(seen);
    services::answer_stored(&session.journal, reply, share, entry, |_| Sent {
        stanza_ids: ids,
        ..Sent::default()
    });
}

/// Time after which a message that a change waits for counts as missing.
pub(in crate::session) const PATIENCE: Duration = Duration::from_secs(60);

/// Keeps a change until its message comes.
pub(in crate::session) fn hold(session: &mut Session, contact: ContactId, amendment: MessageChange) {
    if session.messages.held.count >= MOST {
        return amend(session, amendment, true);
    }
    tracing::debug!("something about a message that has not come: it waits for that");
    session.messages.held.count += 1;
    let key = (contact, amendment.id.clone());
    if let Some(waiting) = session.messages.held.waiting.get_mut(&key) {
        return waiting.amendments.push(amendment);
    }
    let ((contact, id), services, user) = (key.clone(), session.services.clone(), session.user.id);
    let timer = session.spawn(async move {
        // The user's own message may have reached the network a moment ago.
        let known = services.message_ids.stanzas_of(user, &contact, &id).await;
        if known.is_ok_and(|stanzas| stanzas.is_empty()) {
            tokio::time::sleep(PATIENCE).await;
        }
        move |session: &mut Session| release(session, &contact, &id)
    });
    session.messages.held.waiting.insert(key, Waiting { amendments: vec![amendment], timer });
}

/// Lets the changes of a message go on that were waiting for it.
pub(in crate::session) fn release(session: &mut Session, contact: &ContactId, id: &MessageId) {
    if session.messages.held.count == 0 {
        return;
    }
    let Some(waiting) = session.messages.held.waiting.remove(&(contact.clone(), id.clone())) else { return };
    waiting.timer.abort();
    session.messages.held.count -= waiting.amendments.len();
    for amendment in waiting.amendments {
        amend(session, amendment, true);
    }
}
