//! What the network does, on its way to the user: the operations of the plugin (WIRE 1.6, 2.7).

use crate::host::SessionOperation;
use crate::host::Share;
use crate::model::ids::valid_id;
use crate::services;
use crate::services::kv_get;
use crate::services::kv_list;
use crate::session::avatars::set_portrait;
use crate::session::change::Amendment;
use crate::session::change::Change;
use crate::session::lifecycle::handle_logged;
use crate::session::markers::mark;
use crate::session::markers::send_state;
use crate::session::network_files::FilesMessage;
use crate::session::network_files::files_in_order;
use crate::session::network_texts::amend;
use crate::session::network_texts::send_text;
use crate::session::presence::set_status;
use crate::session::presence::show_presence;
use crate::session::room::info::set_room;
use crate::session::room::info::set_subject;
use crate::session::room::membership::in_room;
use crate::session::room::membership::known_rooms;
use crate::session::room::membership::participant_presence;
use crate::session::room::membership::participants;
use crate::session::room::membership::remove_participant;
use crate::session::room::membership::rename_participant;
use crate::session::room::membership::set_participants;
use crate::session::room::remove::remove_room;
use crate::session::roster::add_to_roster;
use crate::session::roster::set_contacts;
use crate::session::state::Session;
use crate::session::state::lookup::bad_id;
use crate::session::subscription::friend_accepted;
use crate::session::subscription::friend_refused;
use crate::session::subscription::friend_request;
use crate::session::subscription::remove_contact;
use crate::session::vcard::set_card;
use crate::store::Scope;
use crate::store::StoreError;
use plugin_api::ContactId;
use plugin_api::Error;
use plugin_api::MessageId;
use plugin_api::Sender;
use plugin_api::SessionRequest as Request;
use std::time::Duration;

/// An operation of the plugin. What is quick is done at once, in order; what is not goes on beside.
pub(in crate::session) fn handle_operation(session: &mut Session, operation: SessionOperation) {
    let SessionOperation { request, share } = operation;
    match *request {
        Request::SendText { from, text, reply } => {
            let chat = session.chat_of(&from).ok();
            session.in_order(chat.as_ref(), move |session| send_text(session, &from, text, reply, share));
        }
        Request::Correct { from, id, text, reply } => {
            let change = Change::Correct(Box::new(text));
            amend(session, Amendment { from, id, change, reply, share }, false);
        }
        Request::React { from, id, emojis, reply, .. } => {
            let change = Change::React(emojis);
            amend(session, Amendment { from, id, change, reply, share }, false);
        }
        Request::Retract { from, id, reply, .. } => {
            let change = Change::Retract;
            amend(session, Amendment { from, id, change, reply, share }, false);
        }
        Request::SendFile { from, file, text, reply } => {
            let message = FilesMessage { from, files: vec![file], text, text_first: false };
            files_in_order(session, message, reply, share);
        }
        Request::SendFiles { from, files, text, text_first, reply } => {
            files_in_order(session, FilesMessage { from, files, text, text_first }, reply, share);
        }
        Request::ChatState { from, state, reply, .. } => {
            let chat = session.chat_of(&from).ok();
            session.in_order(chat.as_ref(), move |session| reply.send(send_state(session, &from, state)));
        }
        Request::Mark { from, marker, id, thread, reply } => {
            let chat = session.chat_of(&from).ok();
            session.in_order(chat.as_ref(), move |session| {
                mark(session, &from, (marker, id), thread, reply, share);
            });
        }
        Request::SetPresence { from, presence, reply } if from.room.is_some() => {
            let room = from.room.clone().unwrap_or_default();
            in_room(session, &room, (reply, share), move |session, id| {
                participant_presence(session, id, &from, presence);
            });
        }
        Request::SetPresence { from, presence, reply } => {
            reply.send(session.contact_of(&from).map(|id| show_presence(session, &id, presence)));
        }
        Request::SetContacts { contacts, reply } => session.carry_out(reply, share, |session| {
            contacts.iter().try_for_each(|info| checked(&info.id))?;
            set_contacts(session, contacts, false);
            Ok(())
        }),
        Request::SetAvatar { of, avatar, reply } => match pictured(session, &of) {
            Ok(id) => set_portrait(session, id, avatar, Some((reply, share))),
            Err(error) => reply.send(Err(error)),
        },
        Request::SetVcard { contact, vcard, reply } => session.carry_out(reply, share, |session| {
            checked(&contact)?;
            set_card(session, &contact, vcard, None);
            Ok(())
        }),
        Request::AddToRoster { contact, force, reply } => session.carry_out(reply, share, |session| {
            checked(&contact)?;
            add_to_roster(session, contact, force);
            Ok(())
        }),
        Request::RemoveContact { contact, reply } => session.carry_out(reply, share, |session| {
            remove_contact(session, &contact);
            Ok(())
        }),
        Request::SendFriendRequest { contact, text, reply } => session.carry_out(reply, share, |session| {
            checked(&contact)?;
            friend_request(session, &contact, text.as_deref());
            Ok(())
        }),
        Request::AcceptFriendRequest { contact, text, reply } => {
            session.carry_out(reply, share, |session| {
                checked(&contact)?;
                friend_accepted(session, &contact, text.as_deref());
                Ok(())
            });
        }
        Request::RejectFriendRequest { contact, text, reply } => {
            session.carry_out(reply, share, |session| {
                checked(&contact)?;
                friend_refused(session, &contact, text.as_deref());
                Ok(())
            });
        }
        Request::Unsubscribe { contact, reply } => session.carry_out(reply, share, |session| {
            checked(&contact)?;
            friend_refused(session, &contact, None);
            Ok(())
        }),
        Request::GetContact { contact, reply } => reply.send(Ok(session.contact_info(&contact))),
        Request::KnownContacts { only_friends, reply } => {
            let known = session.contacts.iter().filter(|(_, contact)| contact.friend || !only_friends);
            reply.send(Ok(known.map(|(id, _)| id.clone()).collect()));
        }
        Request::SendGatewayStatus { presence, reply } => {
            set_status(session, presence);
            reply.send(Ok(()));
        }
        Request::SendGatewayMessage { text, reply } => session.carry_out(reply, share, |session| {
            session.gateway_message(&text);
            Ok(())
        }),
        Request::LegacyModuleDataGet { reply } => reply.send(Ok(session.data.clone())),
        Request::LegacyModuleDataUpdate { data, reply } => session.carry_out(reply, share, |session| {
            let mut all = session.data.clone();
            all.extend(data);
            all.retain(|_, value| !value.is_empty());
            session.store_data(all)
        }),
        Request::LegacyModuleDataSet { data, reply } => {
            session.carry_out(reply, share, |session| session.store_data(data));
        }
        Request::Logged { logged, reply } => {
            reply.send(Ok(()));
            handle_logged(session, logged);
        }
        other => room_operation(session, other, share),
    }
}

/// Operations on rooms, each in the order of its room.
fn room_operation(session: &mut Session, request: Request, share: Share) {
    match request {
        Request::SetRoom { room, reply } => {
            let id = ContactId(room.id.0.clone());
            session.in_order(Some(&id.clone()), move |session| {
                session.carry_out(reply, share, |session| {
                    checked(&id)?;
                    set_room(session, room);
                    Ok(())
                });
            });
        }
        Request::RemoveRoom { room, departure, reason, reply } => {
            in_room(session, &room, (reply, share), move |session, id| {
                remove_room(session, id, departure, reason.as_deref());
            });
        }
        Request::SetSubject { room, subject, by, when, reply } => match session.known_room(&room) {
            Ok(id) => session.in_order(Some(&id.clone()), move |session| {
                session.carry_out(reply, share, |session| {
                    set_subject(session, &id, subject, by.as_ref(), when);
                    Ok(())
                });
            }),
            Err(error) => reply.send(Err(error)),
        },
        Request::SetParticipants { room, participants, reply } => {
            in_room(session, &room, (reply, share), move |session, id| {
                set_participants(session, id, participants);
            });
        }
        Request::RemoveParticipant { participant, departure, reason, reply } => {
            let room = participant.room.clone().unwrap_or_default();
            in_room(session, &room, (reply, share), move |session, id| {
                remove_participant(session, id, &participant, departure, reason.as_deref());
            });
        }
        Request::RenameParticipant { participant, nickname, reply } => {
            let room = participant.room.clone().unwrap_or_default();
            in_room(session, &room, (reply, share), move |session, id| {
                rename_participant(session, id, &participant, &nickname);
            });
        }
        Request::GetParticipants { room, reply } => {
            reply.send(session.known_room(&room).map(|id| participants(session, &id)));
        }
        Request::KnownRooms { reply } => reply.send(Ok(known_rooms(session))),
        other => look_up(session, other, share),
    }
}

/// Operations that read or write the store, beside the session.
fn look_up(session: &Session, request: Request, share: Share) {
    let (services, user) = (session.services.clone(), session.user_id);
    let scope = || Scope::user(user, services::PLUGIN_SCOPE);
    match request {
        Request::KvGet { key, reply } => {
            session.services.tasks.answer(reply, share, kv_get(services.store.clone(), scope(), key));
        }
        Request::KvList { prefix, reply } => {
            session.services.tasks.answer(reply, share, kv_list(services.store.clone(), scope(), prefix));
        }
        Request::KvSet { key, value, reply } => {
            services::kv_set(&session.journal, scope(), &key, value, reply, share);
        }
        Request::Input { prompt, timeout_seconds, reply } => {
            let (who, patience) = (session.jid.clone(), Duration::from_secs(timeout_seconds.into()));
            session.services.tasks.answer(
                reply,
                share,
                services.prompts.clone().input(who, prompt, patience, session.language),
            );
        }
        Request::SendQr { text, reply } => {
            let to = session.jid.clone();
            session.services.tasks.answer(reply, share, async move {
                services.file_messages.qr_to(&to, &text).await.map(|shown| shown.url)
            });
        }
        Request::SendGatewayFile { file, reply } => {
            let to = session.jid.clone();
            session
                .services
                .tasks
                .answer(reply, share, async move { services.file_messages.attachment_to(&to, file).await });
        }
        Request::SendGatewayInvite { room, reason, password, reply } => {
            let (to, room) = (session.jid.clone(), services.address.contact_bare(&ContactId(room.0)));
            session.services.tasks.answer(reply, share, async move {
                services.messenger.invite_to(&to, &room, reason.as_deref(), password.as_deref()).await
            });
        }
        Request::StanzaIds { chat, id, reply } => session.services.tasks.answer(reply, share, async move {
            let ids = services.store.messages(user).by_legacy_id(&chat.id, id.as_str()).await;
            ids.map(|ids| ids.iter().map(|ids| ids.xmpp_id.to_string()).collect())
                .map_err(StoreError::for_plugin)
        }),
        Request::MessageId { chat, stanza_id, reply } => {
            session.services.tasks.answer(reply, share, async move {
                let ids = services.store.messages(user).by_xmpp_id(&chat.id, &stanza_id).await;
                ids.map(|ids| ids.map(|ids| MessageId::from(&*ids.legacy_id))).map_err(StoreError::for_plugin)
            });
        }
        other => {
            let name = other.operation();
            other.refuse(Error::unsupported(name));
        }
    }
}

/// Whose picture that is: a contact's, or a room's.
fn pictured(session: &Session, of: &Sender) -> Result<ContactId, Error> {
    match &of.room {
        Some(room) if of.contact.is_none() && of.occupant.is_none() && !of.is_user => {
            session.known_room(room)
        }
        _ => session.contact_of(of),
    }
}

fn checked(contact: &ContactId) -> Result<(), Error> {
    if valid_id(contact.as_str()) { Ok(()) } else { Err(bad_id()) }
}
