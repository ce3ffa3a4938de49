//! The daemon, as a gateway and as a session see it.

use super::{Contact, Room};
use crate::{
    error::Class,
    interface,
    rpc::{Answer, Remote, Sending},
    types::*,
};

interface! {
    /// What a gateway may ask of the daemon.
    pub enum GatewayRequest, remote GatewayRemote;
    requests {
        /// Reads the gateway's own store.
        KvGet: fn kv_get(key: String) -> Option<Blob>;
        /// The keys of the gateway's own store that start so.
        KvList: fn kv_list(prefix: String) -> Vec<String>;
    }
    sends {
        /// A QR registration is done, one way or the other. `item-not-found` if nobody waits for it any more:
        /// then what the network has opened for the user is to be closed again.
        ConfirmQr: fn confirm_qr(user_jid: String, outcome: QrOutcome);
        /// A QR registration goes on with a new text. `item-not-found` if nobody waits for it any more: then it
        /// is to be given up.
        RefreshQr: fn refresh_qr(user_jid: String, text: String);
        /// A message from the gateway to a user.
        SendMessage: fn send_message(user_jid: String, text: String);
        /// Writes to the gateway's own store; none deletes.
        KvSet: fn kv_set(key: String, value: Option<Blob>);
    }
}

interface! {
    /// What a session may ask of the daemon.
    pub enum SessionRequest, remote SessionRemote;
    requests {
        /// What is known of a contact.
        GetContact: fn get_contact(contact: ContactId) -> Option<ContactInfo>;
        /// The contacts that are known.
        KnownContacts: fn known_contacts(only_friends: bool) -> Vec<ContactId>;
        /// Who is in a room.
        GetParticipants: fn get_participants(room: RoomId) -> Vec<ParticipantInfo>;
        /// The rooms that are known.
        KnownRooms: fn known_rooms() -> Vec<RoomId>;
        /// Messages of a room's archive, by their ids.
        GetArchivedMessages: fn get_archived_messages(
            room: RoomId,
            ids: Vec<MessageId>,
        ) -> Vec<ArchivedMessage>;
        /// Who a text names, by nick.
        ParseMentions: fn parse_mentions(room: RoomId, text: String) -> Vec<Mention>;
        /// Asks the user something by chat, and waits for the answer; `remote-server-timeout` if none comes. The
        /// answer is the next message to the gateway, and runs no command. A callback that asks takes as
        /// long as the user does, so better ask in [`Host::spawn`].
        Input: fn input(prompt: String, timeout_seconds: u32) -> String;
        /// Shows the user a QR code of that text, as a picture in the chat with the gateway; the answer is the
        /// picture's address, if it has one.
        SendQr: fn send_qr(text: String) -> Option<String>;
        /// The user's data.
        LegacyModuleDataGet: fn legacy_module_data_get() -> Data;
        /// Reads the session's own store.
        KvGet: fn kv_get(key: String) -> Option<Blob>;
        /// The keys of the session's own store that start so.
        KvList: fn kv_list(prefix: String) -> Vec<String>;
        /// The stanza ids of a message.
        StanzaIds: fn stanza_ids(chat: Chat, id: MessageId) -> Vec<String>;
        /// The message of a stanza id.
        MessageId: fn message_id(chat: Chat, stanza_id: String) -> Option<MessageId>;
    }
    sends {
        /// A text.
        SendText: fn send_text(from: Sender, text: Text) -> Sent;
        /// A new text for a message (XEP-0308).
        Correct: fn correct(from: Sender, id: MessageId, text: Text) -> Sent;
        /// All the reactions of somebody to a message (XEP-0444).
        React: fn react(from: Sender, id: MessageId, emojis: Vec<String>, thread: Option<ThreadId>) -> Sent;
        /// A message withdrawn (XEP-0424).
        Retract: fn retract(from: Sender, id: MessageId, thread: Option<ThreadId>) -> Sent;
        /// A message withdrawn by a moderator (XEP-0425).
        Moderate: fn moderate(
            room: RoomId,
            by: Option<Sender>,
            id: MessageId,
            reason: Option<String>,
        ) -> Sent;
        /// A file.
        SendFile: fn send_file(from: Sender, file: Attachment, text: Text) -> Sent;
        /// Several files and a text, as one message of the network.
        SendFiles: fn send_files(from: Sender, files: Vec<Attachment>, text: Text, text_first: bool) -> Sent;
        /// Typing (XEP-0085): not kept, may get lost.
        ChatState: fn chat_state(from: Sender, state: ChatState, thread: Option<ThreadId>);
        /// A receipt or a marker (XEP-0184, XEP-0333).
        Mark: fn mark(from: Sender, marker: Marker, id: MessageId, thread: Option<ThreadId>) -> Sent;
        /// An invitation to a room (XEP-0249).
        InviteTo: fn invite_to(
            from: Sender,
            room: RoomId,
            reason: Option<String>,
            password: Option<String>,
        ) -> Sent;
        /// Presence of a contact, or of a participant without one.
        SetPresence: fn set_presence(from: Sender, presence: Presence);
        /// Adds or changes contacts.
        SetContacts: fn set_contacts(contacts: Vec<ContactInfo>);
        /// Puts a contact on the user's roster.
        AddToRoster: fn add_to_roster(contact: ContactId, force: bool);
        /// The contact is gone from the network's list.
        RemoveContact: fn remove_contact(contact: ContactId);
        /// The contact wants to be friends.
        SendFriendRequest: fn send_friend_request(contact: ContactId, text: Option<String>);
        /// The contact accepts the user's request.
        AcceptFriendRequest: fn accept_friend_request(contact: ContactId, text: Option<String>);
        /// The contact refuses it.
        RejectFriendRequest: fn reject_friend_request(contact: ContactId, text: Option<String>);
        /// The contact ends the friendship.
        Unsubscribe: fn unsubscribe(contact: ContactId);
        /// A picture.
        SetAvatar: fn set_avatar(of: Sender, avatar: Avatar);
        /// A card.
        SetVcard: fn set_vcard(contact: ContactId, vcard: VCard);
        /// Adds or changes a room.
        SetRoom: fn set_room(room: RoomInfo);
        /// The user is no longer in a room.
        RemoveRoom: fn remove_room(room: RoomId, departure: Departure, reason: Option<String>);
        /// A subject, by a nick.
        SetSubject: fn set_subject(
            room: RoomId,
            subject: String,
            by: Option<Sender>,
            when: Option<Timestamp>,
        );
        /// The subject of a thread.
        SetThreadSubject: fn set_thread_subject(
            room: RoomId,
            thread: ThreadId,
            subject: String,
            by: Option<Sender>,
            when: Option<Timestamp>,
        );
        /// Somebody came, or changed.
        SetParticipants: fn set_participants(room: RoomId, participants: Vec<ParticipantInfo>);
        /// Somebody left.
        RemoveParticipant: fn remove_participant(
            participant: Sender,
            departure: Departure,
            reason: Option<String>,
        );
        /// Somebody is called something else.
        RenameParticipant: fn rename_participant(participant: Sender, nickname: String);
        /// Adds or changes a bookmark (XEP-0402).
        AddToBookmarks: fn add_to_bookmarks(room: RoomId, bookmark: Bookmark);
        /// Removes it.
        RemoveFromBookmarks: fn remove_from_bookmarks(room: RoomId);
        /// Changes a space.
        UpdateSpaceMetadata: fn update_space_metadata(space: SpaceId, metadata: SpaceMetadata);
        /// The gateway's presence towards the user.
        SendGatewayStatus: fn send_gateway_status(presence: Presence);
        /// A message from the gateway.
        SendGatewayMessage: fn send_gateway_message(text: String);
        /// A file from the gateway.
        SendGatewayFile: fn send_gateway_file(file: Attachment) -> Sent;
        /// An invitation from the gateway.
        SendGatewayInvite: fn send_gateway_invite(
            room: RoomId,
            reason: Option<String>,
            password: Option<String>,
        );
        /// Changes some of it; an empty value deletes.
        LegacyModuleDataUpdate: fn legacy_module_data_update(data: Data);
        /// Replaces it.
        LegacyModuleDataSet: fn legacy_module_data_set(data: Data);
        /// Writes to the session's own store; none deletes.
        KvSet: fn kv_set(key: String, value: Option<Blob>);
        /// The connection's state changed.
        Logged: fn logged(logged: Logged);
    }
}

/// The daemon, as a gateway sees it. Cheap to clone.
#[derive(Clone)]
pub struct GatewayHost {
    remote: GatewayRemote,
}

impl GatewayHost {
    pub(crate) fn new(remote: Remote) -> Self {
        GatewayHost { remote: GatewayRemote(remote) }
    }

    /// Runs something in the background until it is done or the gateway is dropped.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.remote.0.spawn(task);
    }
}

impl std::ops::Deref for GatewayHost {
    type Target = GatewayRemote;

    fn deref(&self) -> &GatewayRemote {
        &self.remote
    }
}

/// The daemon, as a session sees it. Cheap to clone, valid for the session's life.
///
/// Every operation is *eager*: it takes its place in the order of the session's operations when the
/// method is called, not when the answer is awaited. For what sends a stanza that has to arrive, an
/// `Ok` answer means that it is in the durable outbox.
#[derive(Clone)]
pub struct Host {
    remote: SessionRemote,
}

impl Host {
    pub(crate) fn new(remote: Remote) -> Self {
        Host { remote: SessionRemote(remote) }
    }

    /// Runs something in the background until it is done or the session is dropped.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.remote.0.spawn(task);
    }

    /// A contact to speak as. Costs nothing.
    pub fn contact(&self, id: impl Into<ContactId>) -> Contact {
        Contact::new(self.clone(), id.into())
    }

    /// A room. Costs nothing.
    pub fn room(&self, id: impl Into<RoomId>) -> Room {
        Room::new(self.clone(), id.into())
    }

    /// Asks the user something by chat, and waits a minute for the answer.
    pub fn ask(&self, prompt: impl Into<String>) -> Answer<String> {
        self.remote.input(prompt.into(), 60)
    }

    /// The session is connected, as the user's status says.
    pub fn connected(&self, status: impl Into<String>) -> Sending {
        self.remote.logged(Logged {
            state: LoginState::LoggedIn,
            status: Some(status.into()),
            ..Logged::default()
        })
    }

    /// The connection is lost; `state` says whether the plugin connects again by itself.
    pub fn disconnected(&self, state: LoginState, class: Class, status: impl Into<String>) -> Sending {
        self.remote.logged(Logged { state, class, status: Some(status.into()) })
    }
}

impl std::ops::Deref for Host {
    type Target = SessionRemote;

    fn deref(&self) -> &SessionRemote {
        &self.remote
    }
}
