//! Operations that a plugin may use of the daemon, as they cross the boundary.
//!
//! For authors they are methods of [`GatewayHost`](super::GatewayHost), [`Host`](super::Host) and
//! the handles; a test sees them as [`GatewayRequest`] and [`SessionRequest`]. The names of fields
//! are part of the interface.

use crate::{interface, types::*};

interface! {
    /// Operations that a gateway may use of the daemon.
    pub enum GatewayRequest, remote GatewayRemote;
    requests {
        /// Reads the gateway's own store.
        KvGet: fn kv_get(key: String) -> Option<Blob>;
        /// The keys of the gateway's own store that start so.
        KvList: fn kv_list(prefix: String) -> Vec<String>;
    }
    sends {
        /// A QR registration is done, one way or the other. `item-not-found` if nobody waits for it
        /// any more: then what the network has opened for the user is to be closed again.
        ConfirmQr: fn confirm_qr(user_jid: String, outcome: QrOutcome);
        /// A QR registration goes on with a new text. `item-not-found` if nobody waits for it any
        /// more: then it is to be given up.
        RefreshQr: fn refresh_qr(user_jid: String, text: String);
        /// Sends a message from the gateway to a user.
        SendMessage: fn send_message(user_jid: String, text: String);
        /// Writes to the gateway's own store; none deletes.
        KvSet: fn kv_set(key: String, value: Option<Blob>);
    }
}

interface! {
    /// Operations that a session may use of the daemon.
    pub enum SessionRequest, remote SessionRemote;
    requests {
        /// Looks up what is known of a contact.
        GetContact: fn get_contact(contact: ContactId) -> Option<ContactInfo>;
        /// Lists the contacts that are known.
        KnownContacts: fn known_contacts(only_friends: bool) -> Vec<ContactId>;
        /// Lists who is in a room.
        GetParticipants: fn get_participants(room: RoomId) -> Vec<ParticipantInfo>;
        /// Lists the rooms that are known.
        KnownRooms: fn known_rooms() -> Vec<RoomId>;
        /// Reads messages of a room's archive, by their ids. Not served yet: answered with
        /// `feature-not-implemented`.
        GetArchivedMessages: fn get_archived_messages(
            room: RoomId,
            ids: Vec<MessageId>,
        ) -> Vec<ArchivedMessage>;
        /// Finds who a text names, by nick. Not served yet: answered with
        /// `feature-not-implemented`.
        ParseMentions: fn parse_mentions(room: RoomId, text: String) -> Vec<Mention>;
        /// Asks the user something by chat, and waits for the answer; `remote-server-timeout` if
        /// none comes. The answer is the next message to the gateway, and runs no command. A
        /// callback that asks takes as long as the user does, so better ask in
        /// [`Host::spawn`](crate::Host::spawn).
        Input: fn input(prompt: String, timeout_seconds: u32) -> String;
        /// Shows the user a QR code of that text, as a picture in the chat with the gateway; the
        /// answer is the picture's address, if it has one.
        SendQr: fn send_qr(text: String) -> Option<String>;
        /// Reads the user's data.
        LegacyModuleDataGet: fn legacy_module_data_get() -> Data;
        /// Reads the session's own store.
        KvGet: fn kv_get(key: String) -> Option<Blob>;
        /// The keys of the session's own store that start so.
        KvList: fn kv_list(prefix: String) -> Vec<String>;
        /// Lists the stanza ids of a message.
        StanzaIds: fn stanza_ids(chat: Chat, id: MessageId) -> Vec<String>;
        /// Finds the message of a stanza id.
        MessageId: fn message_id(chat: Chat, stanza_id: String) -> Option<MessageId>;
    }
    sends {
        /// Sends a text.
        SendText: fn send_text(from: Sender, text: Text) -> Sent;
        /// Replaces the text of a message (XEP-0308).
        Correct: fn correct(from: Sender, id: MessageId, text: Text) -> Sent;
        /// Sets all the reactions of somebody to a message (XEP-0444).
        React: fn react(from: Sender, id: MessageId, emojis: Vec<String>, thread: Option<ThreadId>) -> Sent;
        /// Withdraws a message (XEP-0424).
        Retract: fn retract(from: Sender, id: MessageId, thread: Option<ThreadId>) -> Sent;
        /// Withdraws a message, by a moderator (XEP-0425). Not served yet: answered with
        /// `feature-not-implemented`.
        Moderate: fn moderate(
            room: RoomId,
            by: Option<Sender>,
            id: MessageId,
            reason: Option<String>,
        ) -> Sent;
        /// Sends a file.
        SendFile: fn send_file(from: Sender, file: Attachment, text: Text) -> Sent;
        /// Sends several files and a text, as one message of the network.
        SendFiles: fn send_files(from: Sender, files: Vec<Attachment>, text: Text, text_first: bool) -> Sent;
        /// Reports a chat state (XEP-0085): not kept, may get lost.
        ChatState: fn chat_state(from: Sender, state: ChatState, thread: Option<ThreadId>);
        /// Reports a receipt or a marker (XEP-0184, XEP-0333).
        Mark: fn mark(from: Sender, marker: Marker, id: MessageId, thread: Option<ThreadId>) -> Sent;
        /// Invites the user to a room (XEP-0249). Not served yet: answered with
        /// `feature-not-implemented`.
        InviteTo: fn invite_to(
            from: Sender,
            room: RoomId,
            reason: Option<String>,
            password: Option<String>,
        ) -> Sent;
        /// Reports presence of a contact, or of a participant without one.
        SetPresence: fn set_presence(from: Sender, presence: Presence);
        /// Adds or changes contacts.
        SetContacts: fn set_contacts(contacts: Vec<ContactInfo>);
        /// Puts a contact on the user's roster.
        AddToRoster: fn add_to_roster(contact: ContactId, force: bool);
        /// Reports that a contact is gone from the network's list.
        RemoveContact: fn remove_contact(contact: ContactId);
        /// Reports that a contact asks to be friends.
        SendFriendRequest: fn send_friend_request(contact: ContactId, text: Option<String>);
        /// Reports that a contact accepts the user's request.
        AcceptFriendRequest: fn accept_friend_request(contact: ContactId, text: Option<String>);
        /// Reports that a contact refuses it.
        RejectFriendRequest: fn reject_friend_request(contact: ContactId, text: Option<String>);
        /// Reports that a contact ends the friendship.
        Unsubscribe: fn unsubscribe(contact: ContactId);
        /// Changes a picture.
        SetAvatar: fn set_avatar(of: Sender, avatar: Avatar);
        /// Changes a card.
        SetVcard: fn set_vcard(contact: ContactId, vcard: VCard);
        /// Adds or changes a room.
        SetRoom: fn set_room(room: RoomInfo);
        /// Reports that the user is no longer in a room.
        RemoveRoom: fn remove_room(room: RoomId, departure: Departure, reason: Option<String>);
        /// Reports a subject, and who has set it.
        SetSubject: fn set_subject(
            room: RoomId,
            subject: String,
            by: Option<Sender>,
            when: Option<Timestamp>,
        );
        /// Reports the subject of a thread. Not served yet: answered with
        /// `feature-not-implemented`.
        SetThreadSubject: fn set_thread_subject(
            room: RoomId,
            thread: ThreadId,
            subject: String,
            by: Option<Sender>,
            when: Option<Timestamp>,
        );
        /// Reports participants who have come or changed.
        SetParticipants: fn set_participants(room: RoomId, participants: Vec<ParticipantInfo>);
        /// Reports that a participant has left.
        RemoveParticipant: fn remove_participant(
            participant: Sender,
            departure: Departure,
            reason: Option<String>,
        );
        /// Reports a new nick.
        RenameParticipant: fn rename_participant(participant: Sender, nickname: String);
        /// Adds or changes a bookmark (XEP-0402). Not served yet: answered with
        /// `feature-not-implemented`.
        AddToBookmarks: fn add_to_bookmarks(room: RoomId, bookmark: Bookmark);
        /// Removes a bookmark. Not served yet: answered with `feature-not-implemented`.
        RemoveFromBookmarks: fn remove_from_bookmarks(room: RoomId);
        /// Changes a space. Not served yet: answered with `feature-not-implemented`.
        UpdateSpaceMetadata: fn update_space_metadata(space: SpaceId, metadata: SpaceMetadata);
        /// Changes the gateway's presence towards the user.
        SendGatewayStatus: fn send_gateway_status(presence: Presence);
        /// Sends a message from the gateway.
        SendGatewayMessage: fn send_gateway_message(text: String);
        /// Sends a file from the gateway.
        SendGatewayFile: fn send_gateway_file(file: Attachment) -> Sent;
        /// Sends an invitation from the gateway.
        SendGatewayInvite: fn send_gateway_invite(
            room: RoomId,
            reason: Option<String>,
            password: Option<String>,
        );
        /// Changes some of the user's data; an empty value deletes.
        LegacyModuleDataUpdate: fn legacy_module_data_update(data: Data);
        /// Replaces the user's data.
        LegacyModuleDataSet: fn legacy_module_data_set(data: Data);
        /// Writes to the session's own store; none deletes.
        KvSet: fn kv_set(key: String, value: Option<Blob>);
        /// Reports a change of the connection's state.
        Logged: fn logged(logged: Logged);
    }
}
