//! What the network does, on its way to the user: the operations of the plugin (WIRE 1.6, 2.7).

use super::{
    Session,
    amend::{Amendment, Change},
    files::FilesMessage,
};
use crate::host::{SessionOperation, Share};
use crate::model::ids::valid_id;
use crate::services::{self};
use crate::services::{kv_get, kv_list};
use crate::store::Scope;
use crate::store::StoreError;
use plugin_api::{Condition, ContactId, Error, MessageId, Sender, SessionRequest as Request, host::Reply};
use serde::Serialize;
use std::time::Duration;

impl Session {
    /// An operation of the plugin. What is quick is done at once, in order; what is not goes on beside.
    pub(super) fn operation(&mut self, operation: SessionOperation) {
        let SessionOperation { request, share } = operation;
        match *request {
            Request::SendText { from, text, reply } => {
                let chat = self.chat_of(&from).ok();
                self.in_order(chat.as_ref(), move |session| session.send_text(&from, text, reply, share));
            }
            Request::Correct { from, id, text, reply } => {
                let change = Change::Correct(Box::new(text));
                self.amend(Amendment { from, id, change, reply, share }, false);
            }
            Request::React { from, id, emojis, reply, .. } => {
                let change = Change::React(emojis);
                self.amend(Amendment { from, id, change, reply, share }, false);
            }
            Request::Retract { from, id, reply, .. } => {
                let change = Change::Retract;
                self.amend(Amendment { from, id, change, reply, share }, false);
            }
            Request::SendFile { from, file, text, reply } => {
                let message = FilesMessage { from, files: vec![file], text, text_first: false };
                self.files_in_order(message, reply, share);
            }
            Request::SendFiles { from, files, text, text_first, reply } => {
                self.files_in_order(FilesMessage { from, files, text, text_first }, reply, share);
            }
            Request::ChatState { from, state, reply, .. } => {
                let chat = self.chat_of(&from).ok();
                self.in_order(chat.as_ref(), move |session| reply.send(session.send_state(&from, state)));
            }
            Request::Mark { from, marker, id, thread, reply } => {
                let chat = self.chat_of(&from).ok();
                self.in_order(chat.as_ref(), move |session| {
                    session.mark(&from, (marker, id), thread, reply, share);
                });
            }
            Request::SetPresence { from, presence, reply } if from.room.is_some() => {
                let room = from.room.clone().unwrap_or_default();
                self.in_room(&room, (reply, share), move |session, id| {
                    session.participant_presence(id, &from, presence);
                });
            }
            Request::SetPresence { from, presence, reply } => {
                reply.send(self.contact_of(&from).map(|id| self.show_presence(&id, presence)));
            }
            Request::SetContacts { contacts, reply } => self.carry_out(reply, share, |session| {
                contacts.iter().try_for_each(|info| checked(&info.id))?;
                session.set_contacts(contacts, false);
                Ok(())
            }),
            Request::SetAvatar { of, avatar, reply } => match self.pictured(&of) {
                Ok(id) => self.set_portrait(id, avatar, Some((reply, share))),
                Err(error) => reply.send(Err(error)),
            },
            Request::SetVcard { contact, vcard, reply } => self.carry_out(reply, share, |session| {
                checked(&contact)?;
                session.set_card(&contact, vcard, None);
                Ok(())
            }),
            Request::AddToRoster { contact, force, reply } => self.carry_out(reply, share, |session| {
                checked(&contact)?;
                session.add_to_roster(contact, force);
                Ok(())
            }),
            Request::RemoveContact { contact, reply } => self.carry_out(reply, share, |session| {
                session.remove_contact(&contact);
                Ok(())
            }),
            Request::SendFriendRequest { contact, text, reply } => self.carry_out(reply, share, |session| {
                checked(&contact)?;
                session.friend_request(&contact, text.as_deref());
                Ok(())
            }),
            Request::AcceptFriendRequest { contact, text, reply } => {
                self.carry_out(reply, share, |session| {
                    checked(&contact)?;
                    session.friend_accepted(&contact, text.as_deref());
                    Ok(())
                });
            }
            Request::RejectFriendRequest { contact, text, reply } => {
                self.carry_out(reply, share, |session| {
                    checked(&contact)?;
                    session.friend_refused(&contact, text.as_deref());
                    Ok(())
                });
            }
            Request::Unsubscribe { contact, reply } => self.carry_out(reply, share, |session| {
                checked(&contact)?;
                session.friend_refused(&contact, None);
                Ok(())
            }),
            Request::GetContact { contact, reply } => reply.send(Ok(self.contact_info(&contact))),
            Request::KnownContacts { only_friends, reply } => {
                let known = self.contacts.iter().filter(|(_, contact)| contact.friend || !only_friends);
                reply.send(Ok(known.map(|(id, _)| id.clone()).collect()));
            }
            Request::SendGatewayStatus { presence, reply } => {
                self.set_status(presence);
                reply.send(Ok(()));
            }
            Request::SendGatewayMessage { text, reply } => self.carry_out(reply, share, |session| {
                session.gateway_message(&text);
                Ok(())
            }),
            Request::LegacyModuleDataGet { reply } => reply.send(Ok(self.data.clone())),
            Request::LegacyModuleDataUpdate { data, reply } => self.carry_out(reply, share, |session| {
                let mut all = session.data.clone();
                all.extend(data);
                all.retain(|_, value| !value.is_empty());
                session.store_data(all)
            }),
            Request::LegacyModuleDataSet { data, reply } => {
                self.carry_out(reply, share, |session| session.store_data(data));
            }
            Request::Logged { logged, reply } => {
                reply.send(Ok(()));
                self.logged(logged);
            }
            other => self.room_operation(other, share),
        }
    }

    /// Operations on rooms, each in the order of its room.
    fn room_operation(&mut self, request: Request, share: Share) {
        match request {
            Request::SetRoom { room, reply } => {
                let id = ContactId(room.id.0.clone());
                self.in_order(Some(&id.clone()), move |session| {
                    session.carry_out(reply, share, |session| {
                        checked(&id)?;
                        session.set_room(room);
                        Ok(())
                    });
                });
            }
            Request::RemoveRoom { room, departure, reason, reply } => {
                self.in_room(&room, (reply, share), move |session, id| {
                    session.remove_room(id, departure, reason.as_deref());
                });
            }
            Request::SetSubject { room, subject, by, when, reply } => match self.known_room(&room) {
                Ok(id) => self.in_order(Some(&id.clone()), move |session| {
                    session.carry_out(reply, share, |session| {
                        session.set_subject(&id, subject, by.as_ref(), when);
                        Ok(())
                    });
                }),
                Err(error) => reply.send(Err(error)),
            },
            Request::SetParticipants { room, participants, reply } => {
                self.in_room(&room, (reply, share), move |session, id| {
                    session.set_participants(id, participants);
                });
            }
            Request::RemoveParticipant { participant, departure, reason, reply } => {
                let room = participant.room.clone().unwrap_or_default();
                self.in_room(&room, (reply, share), move |session, id| {
                    session.remove_participant(id, &participant, departure, reason.as_deref());
                });
            }
            Request::RenameParticipant { participant, nickname, reply } => {
                let room = participant.room.clone().unwrap_or_default();
                self.in_room(&room, (reply, share), move |session, id| {
                    session.rename_participant(id, &participant, &nickname);
                });
            }
            Request::GetParticipants { room, reply } => {
                reply.send(self.known_room(&room).map(|id| self.participants(&id)));
            }
            Request::KnownRooms { reply } => reply.send(Ok(self.known_rooms())),
            other => self.look_up(other, share),
        }
    }

    /// Does something for the plugin, and answers once all that was written in doing it is durable.
    pub(super) fn carry_out<T: Serialize + Send + 'static>(
        &mut self,
        reply: Reply<T>,
        share: Share,
        act: impl FnOnce(&mut Session) -> Result<T, Error>,
    ) {
        self.pen.begin();
        let done = act(self);
        self.pen.answer(reply, share, done);
    }

    /// Operations that read or write the store, beside the session.
    fn look_up(&self, request: Request, share: Share) {
        let (services, user) = (self.services.clone(), self.user_id);
        let scope = || Scope::user(user, services::PLUGIN_SCOPE);
        match request {
            Request::KvGet { key, reply } => {
                self.services.tasks.answer(reply, share, kv_get(services.store.clone(), scope(), key));
            }
            Request::KvList { prefix, reply } => {
                self.services.tasks.answer(reply, share, kv_list(services.store.clone(), scope(), prefix));
            }
            Request::KvSet { key, value, reply } => {
                services::kv_set(&self.journal, scope(), &key, value, reply, share);
            }
            Request::Input { prompt, timeout_seconds, reply } => {
                let (who, patience) = (self.jid.clone(), Duration::from_secs(timeout_seconds.into()));
                self.services.tasks.answer(
                    reply,
                    share,
                    services.prompts.clone().input(who, prompt, patience, self.language),
                );
            }
            Request::SendQr { text, reply } => {
                let to = self.jid.clone();
                self.services
                    .tasks
                    .answer(reply, share, async move { services.file_messages.qr_to(&to, &text).await });
            }
            Request::SendGatewayFile { file, reply } => {
                let to = self.jid.clone();
                self.services.tasks.answer(reply, share, async move {
                    services.file_messages.attachment_to(&to, file).await
                });
            }
            Request::SendGatewayInvite { room, reason, password, reply } => {
                let (to, room) = (self.jid.clone(), services.address.contact_bare(&ContactId(room.0)));
                self.services.tasks.answer(reply, share, async move {
                    services.messenger.invite_to(&to, &room, reason.as_deref(), password.as_deref()).await
                });
            }
            Request::StanzaIds { chat, id, reply } => self.services.tasks.answer(reply, share, async move {
                let ids = services.store.messages(user).by_legacy_id(&chat.id, id.as_str()).await;
                ids.map(|ids| ids.iter().map(|ids| ids.xmpp_id.to_string()).collect())
                    .map_err(StoreError::for_plugin)
            }),
            Request::MessageId { chat, stanza_id, reply } => {
                self.services.tasks.answer(reply, share, async move {
                    let ids = services.store.messages(user).by_xmpp_id(&chat.id, &stanza_id).await;
                    ids.map(|ids| ids.map(|ids| MessageId::from(&*ids.legacy_id)))
                        .map_err(StoreError::for_plugin)
                });
            }
            other => {
                let name = other.operation();
                other.refuse(Error::unsupported(name));
            }
        }
    }

    /// The chat that somebody speaks in: a contact's or a room's, whose ids are of one kind.
    pub(super) fn chat_of(&self, from: &Sender) -> Result<ContactId, Error> {
        match &from.room {
            Some(room) => self.known_room(room),
            None => self.contact_of(from),
        }
    }

    /// Whose picture that is: a contact's, or a room's.
    fn pictured(&self, of: &Sender) -> Result<ContactId, Error> {
        match &of.room {
            Some(room) if of.contact.is_none() && of.occupant.is_none() && !of.is_user => {
                self.known_room(room)
            }
            _ => self.contact_of(of),
        }
    }

    /// The contact that a sender is, in 1:1.
    pub(super) fn contact_of(&self, from: &Sender) -> Result<ContactId, Error> {
        match &from.contact {
            _ if from.room.is_some() => Err(Error::unsupported("rooms")),
            Some(id) if valid_id(&id.0) => Ok(id.clone()),
            _ => Err(bad_id()),
        }
    }
}

fn checked(contact: &ContactId) -> Result<(), Error> {
    if valid_id(contact.as_str()) { Ok(()) } else { Err(bad_id()) }
}

pub(super) fn bad_id() -> Error {
    let text = format!("ids have 1 to {} bytes", plugin_api::MAX_ID_BYTES);
    Error::new(Condition::BadRequest, text)
}
