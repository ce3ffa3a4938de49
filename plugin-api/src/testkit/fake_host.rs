//! A daemon in memory, which is the real one as far as a plugin can tell.

use super::state::{Qr, Shared, State, Waiting, locked};
use crate::{
    Error, GatewayRequest, Result, SessionRequest,
    error::Condition,
    rpc::{BoxFuture, HostHandler},
    types::{ContactInfo, Friendship, RoomInfo, Sent},
};
use std::{future::ready, sync::PoisonError};
use tokio::sync::mpsc;

/// The daemon of a session: answers what it asks, and records it.
pub(super) struct FakeSessionHost {
    pub(super) state: Shared,
    pub(super) seen: mpsc::UnboundedSender<SessionRequest>,
}

impl HostHandler for FakeSessionHost {
    fn call(&self, operation: &str, arguments: Vec<u8>) -> BoxFuture<Result<Vec<u8>>> {
        // Once to be answered, once to be looked at.
        let decoded = SessionRequest::decode(operation, &arguments)
            .and_then(|request| Ok((request, SessionRequest::decode(operation, &arguments)?.0)));
        let ((request, pending), copy) = match decoded {
            Ok(decoded) => decoded,
            Err(error) => return Box::pin(ready(Err(error))),
        };
        let mut state = locked(&self.state);
        match state.failures.remove(operation) {
            Some(error) => request.refuse(error),
            None => answer(&mut state, request),
        }
        // When it is seen it is so. The test may be over.
        let _ = self.seen.send(copy);
        Box::pin(pending)
    }
}

fn answer(state: &mut State, request: SessionRequest) {
    use SessionRequest as R;
    match request {
        R::SendText { from, text, reply } => reply.send(Ok(sent(state.stanza(&from, text.id.as_ref())))),
        R::SendFile { from, text, reply, .. } | R::SendFiles { from, text, reply, .. } => {
            reply.send(Ok(sent(state.stanza(&from, text.id.as_ref()))));
        }
        R::Correct { from, reply, .. }
        | R::React { from, reply, .. }
        | R::Retract { from, reply, .. }
        | R::Mark { from, reply, .. }
        | R::InviteTo { from, reply, .. } => reply.send(Ok(sent(state.stanza(&from, None)))),
        R::Moderate { reply, .. } | R::SendGatewayFile { reply, .. } => {
            reply.send(Ok(sent(state.stanza(&Default::default(), None))));
        }
        R::SetContacts { contacts, reply } => {
            contacts.into_iter().for_each(|contact| state.merge(contact));
            reply.send(Ok(()));
        }
        R::RemoveContact { contact, reply } => {
            state.contacts.remove(&contact);
            reply.send(Ok(()));
        }
        R::SetRoom { room, reply } => {
            state.rooms.merge(room);
            reply.send(Ok(()));
        }
        R::SetSubject { room, subject, when, reply, .. } => {
            if state.rooms.info(&room).is_some() {
                let subject = Some(subject);
                state.rooms.merge(RoomInfo { id: room, subject, subject_date: when, ..RoomInfo::default() });
            }
            reply.send(Ok(()));
        }
        R::RemoveRoom { room, reply, .. } => {
            state.rooms.remove(&room);
            reply.send(Ok(()));
        }
        R::SetParticipants { room, participants, reply } => {
            state.rooms.seat(room, participants);
            reply.send(Ok(()));
        }
        R::RemoveParticipant { participant, reply, .. } => {
            state.rooms.unseat(&participant);
            reply.send(Ok(()));
        }
        R::RenameParticipant { participant, nickname, reply } => {
            state.rooms.rename(&participant, nickname);
            reply.send(Ok(()));
        }
        R::GetContact { contact, reply } => reply.send(Ok(state.contacts.get(&contact).cloned())),
        R::KnownContacts { only_friends, reply } => {
            let wanted = |info: &&ContactInfo| !only_friends || info.friendship == Some(Friendship::Friend);
            reply.send(Ok(state.contacts.values().filter(wanted).map(|info| info.id.clone()).collect()));
        }
        R::KnownRooms { reply } => reply.send(Ok(state.rooms.ids())),
        R::GetParticipants { room, reply } => reply.send(Ok(state.rooms.participants(&room))),
        R::GetArchivedMessages { reply, .. } => reply.send(Ok(Vec::new())),
        R::ParseMentions { reply, .. } => reply.send(Ok(Vec::new())),
        R::Input { prompt, reply, .. } => reply.send(state.answers.pop_front().ok_or_else(|| {
            let detail = format!("nobody answers {prompt:?}: see TestUser::will_answer");
            Error::from(Condition::RemoteServerTimeout).with_detail(detail)
        })),
        R::SendQr { reply, .. } => reply.send(Ok(Some("https://qr.invalid/code.png".to_owned()))),
        R::LegacyModuleDataGet { reply } => reply.send(Ok(state.data.clone())),
        R::LegacyModuleDataUpdate { data, reply } => {
            state.update(data);
            reply.send(Ok(()));
        }
        R::LegacyModuleDataSet { data, reply } => {
            state.data = data;
            reply.send(Ok(()));
        }
        R::KvGet { key, reply } => reply.send(Ok(state.kv.get(&key).cloned())),
        R::KvSet { key, value, reply } => {
            state.keep(key, value);
            reply.send(Ok(()));
        }
        R::KvList { prefix, reply } => reply.send(Ok(state.keys(&prefix))),
        R::StanzaIds { chat, id, reply } => reply.send(Ok(state.stanzas_of(&chat, &id))),
        R::MessageId { chat, stanza_id, reply } => reply.send(Ok(state.message_of(&chat, &stanza_id))),
        // What has no consequences here but to be seen.
        R::ChatState { reply, .. }
        | R::SetPresence { reply, .. }
        | R::AddToRoster { reply, .. }
        | R::SendFriendRequest { reply, .. }
        | R::AcceptFriendRequest { reply, .. }
        | R::RejectFriendRequest { reply, .. }
        | R::Unsubscribe { reply, .. }
        | R::SetAvatar { reply, .. }
        | R::SetVcard { reply, .. }
        | R::SetThreadSubject { reply, .. }
        | R::AddToBookmarks { reply, .. }
        | R::RemoveFromBookmarks { reply, .. }
        | R::UpdateSpaceMetadata { reply, .. }
        | R::SendGatewayStatus { reply, .. }
        | R::SendGatewayMessage { reply, .. }
        | R::SendGatewayInvite { reply, .. }
        | R::Logged { reply, .. } => reply.send(Ok(())),
    }
}

fn sent(stanza: String) -> Sent {
    Sent { stanza_ids: vec![stanza], ..Sent::default() }
}

/// The daemon of a gateway: answers what it asks, and records it.
pub(super) struct FakeGatewayHost {
    pub(super) state: Shared,
    pub(super) waiting: Waiting,
    pub(super) seen: mpsc::UnboundedSender<GatewayRequest>,
}

impl HostHandler for FakeGatewayHost {
    fn call(&self, operation: &str, arguments: Vec<u8>) -> BoxFuture<Result<Vec<u8>>> {
        let decoded = GatewayRequest::decode(operation, &arguments)
            .and_then(|request| Ok((request, GatewayRequest::decode(operation, &arguments)?.0)));
        let ((request, pending), copy) = match decoded {
            Ok(decoded) => decoded,
            Err(error) => return Box::pin(ready(Err(error))),
        };
        let mut state = locked(&self.state);
        use GatewayRequest as R;
        match request {
            R::KvGet { key, reply } => reply.send(Ok(state.kv.get(&key).cloned())),
            R::KvSet { key, value, reply } => {
                state.keep(key, value);
                reply.send(Ok(()));
            }
            R::KvList { prefix, reply } => reply.send(Ok(state.keys(&prefix))),
            R::ConfirmQr { user_jid, outcome, reply } => reply.send(self.tell(&user_jid, Qr::Over(outcome))),
            R::RefreshQr { user_jid, text, reply } => reply.send(self.tell(&user_jid, Qr::Text(text))),
            R::SendMessage { reply, .. } => reply.send(Ok(())),
        }
        let _ = self.seen.send(copy);
        Box::pin(pending)
    }
}

impl FakeGatewayHost {
    /// Tells whoever waits for a QR code; they may have walked away.
    fn tell(&self, user_jid: &str, qr: Qr) -> Result<()> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let over = matches!(qr, Qr::Over(_));
        let told = waiting.get(user_jid).is_some_and(|sender| sender.send(qr).is_ok());
        if over {
            waiting.remove(user_jid);
        }
        if told { Ok(()) } else { Err(Condition::ItemNotFound.into()) }
    }
}
