//! Operations of the plugin: the network's messages and news, on their way to the user.

mod lookups;

use crate::host::SessionOperation;
use crate::host::Share;
use crate::model::ids::valid_id;
use crate::services;
use crate::session::avatars::set_avatar;
use crate::session::change::Change;
use crate::session::change::MessageChange;
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
use plugin_api::ContactId;
use plugin_api::Error;
use plugin_api::RoomInfo;
use plugin_api::Sender;
use plugin_api::SessionRequest as Request;
use plugin_api::host::Reply;
use std::time::Duration;

/// Carries out an operation of the plugin. Quick ones are done at once, in order; others go on
/// beside the session.
pub(in crate::session) fn handle_operation(session: &mut Session, operation: SessionOperation) {
    let SessionOperation { request, share } = operation;
    match *request {
        Request::SendText { from, text, reply } => {
            let chat = session.chat_of(&from).ok();
            session.in_order(chat.as_ref(), move |session| send_text(session, &from, text, reply, share));
        }
        Request::Correct { from, id, text, reply } => {
            let change = Change::Correct(Box::new(text));
            amend(session, MessageChange { from, id, change, reply, share }, false);
        }
        Request::React { from, id, emojis, reply, .. } => {
            let change = Change::React(emojis);
            amend(session, MessageChange { from, id, change, reply, share }, false);
        }
        Request::Retract { from, id, reply, .. } => {
            let change = Change::Retract;
            amend(session, MessageChange { from, id, change, reply, share }, false);
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
            Ok(id) => set_avatar(session, id, avatar, Some((reply, share))),
            Err(error) => reply.send(Err(error)),
        },
        Request::SetVcard { contact, vcard, reply } => {
            about_contact(session, &contact, reply, share, |session, contact| {
                set_card(session, contact, vcard, None);
            });
        }
        Request::AddToRoster { contact, force, reply } => {
            about_contact(session, &contact, reply, share, |session, contact| {
                add_to_roster(session, contact.clone(), force);
            });
        }
        Request::RemoveContact { contact, reply } => session.carry_out(reply, share, |session| {
            remove_contact(session, &contact);
            Ok(())
        }),
        Request::SendFriendRequest { contact, text, reply } => {
            about_contact(session, &contact, reply, share, |session, contact| {
                friend_request(session, contact, text.as_deref());
            });
        }
        Request::AcceptFriendRequest { contact, text, reply } => {
            about_contact(session, &contact, reply, share, |session, contact| {
                friend_accepted(session, contact, text.as_deref());
            });
        }
        Request::RejectFriendRequest { contact, text, reply } => {
            about_contact(session, &contact, reply, share, |session, contact| {
                friend_refused(session, contact, text.as_deref());
            });
        }
        Request::Unsubscribe { contact, reply } => {
            about_contact(session, &contact, reply, share, |session, contact| {
                friend_refused(session, contact, None);
            });
        }
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
        Request::LegacyModuleDataGet { reply } => reply.send(Ok(session.user.data.clone())),
        Request::LegacyModuleDataUpdate { data, reply } => session.carry_out(reply, share, |session| {
            let mut all = session.user.data.clone();
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
        Request::SetRoom { room, reply } => set_room_in_order(session, room, reply, share),
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
        Request::KvGet { key, reply } => lookups::get(session, key, reply, share),
        Request::KvList { prefix, reply } => lookups::list(session, prefix, reply, share),
        Request::KvSet { key, value, reply } => {
            services::kv_set(&session.journal, lookups::scope(session), &key, value, reply, share);
        }
        Request::Input { prompt, timeout_seconds, reply } => {
            let patience = Duration::from_secs(timeout_seconds.into());
            lookups::input(session, prompt, patience, reply, share);
        }
        Request::SendQr { text, reply } => lookups::send_qr(session, text, reply, share),
        Request::SendGatewayFile { file, reply } => lookups::send_file(session, file, reply, share),
        Request::SendGatewayInvite { room, reason, password, reply } => {
            lookups::invite(session, room, (reason, password), reply, share);
        }
        Request::StanzaIds { chat, id, reply } => lookups::stanza_ids(session, chat, id, reply, share),
        Request::MessageId { chat, stanza_id, reply } => {
            lookups::message_id(session, chat, stanza_id, reply, share);
        }
        // Not served yet; the documentation of each says so.
        request @ (Request::GetArchivedMessages { .. }
        | Request::ParseMentions { .. }
        | Request::Moderate { .. }
        | Request::InviteTo { .. }
        | Request::SetThreadSubject { .. }
        | Request::AddToBookmarks { .. }
        | Request::RemoveFromBookmarks { .. }
        | Request::UpdateSpaceMetadata { .. }) => {
            let name = request.operation();
            request.refuse(Error::unsupported(name));
        }
    }
}

/// Carries out an operation about a contact whose id is checked first.
fn about_contact(
    session: &mut Session,
    contact: &ContactId,
    reply: Reply<()>,
    share: Share,
    act: impl FnOnce(&mut Session, &ContactId),
) {
    session.carry_out(reply, share, |session| {
        checked(contact)?;
        act(session, contact);
        Ok(())
    });
}

/// Adds or changes a room, behind what is under way in it.
fn set_room_in_order(session: &mut Session, room: RoomInfo, reply: Reply<()>, share: Share) {
    let id = ContactId(room.id.0.clone());
    session.in_order(Some(&id.clone()), move |session| {
        about_contact(session, &id, reply, share, |session, _| set_room(session, room));
    });
}

/// The contact or room whose avatar that is.
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
