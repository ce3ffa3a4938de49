//! One user's connection to the network.

use crate::{interface, types::*};

interface! {
    /// A user's connection to the network (slidge: `BaseSession`). Dropped when the daemon is done
    /// with it.
    ///
    /// Callbacks **ask** for something; what has happened on the network is reported through
    /// [`Host`](super::Host).
    ///
    /// | callbacks | at the same time? | when a call is cancelled or fails |
    /// |---|---|---|
    /// | `login`, `logout`, `on_ready` | one at a time | `login` is tried again, by the error's class |
    /// | what the user says and does in a chat: `on_text`, `on_file`, `on_react`, `on_kick`… | one after the other in each chat, in the user's order | the user is told; a message may have been sent all the same |
    /// | `on_composing` and its like, `on_presence` | the same | nobody is told |
    /// | lookups: `fill_…`, `update_…`, `fetch_…`, `available_emojis`, `on_search` | yes | asked again when somebody needs it |
    /// | `on_command` | yes | the command ends, in the error's words |
    ///
    /// * **Deadline.** Each call has one: 30 s unless the administrator says otherwise
    ///   (`session.call_timeout`), for a file 60 s and a second more for every 128 KiB, for a
    ///   command step 120 s, for a search 25 s.
    /// * **Cancellation.** A call that is given up is cancelled by dropping its future at an
    ///   `.await`. Leave nothing half done there; what has to go on runs in
    ///   [`Host::spawn`](super::Host::spawn).
    /// * **Defaults.** A callback that is not implemented answers `feature-not-implemented`: the
    ///   user is told where they wait for it, and the daemon does without where it can.
    pub trait Session, remote RemoteSession, server SessionServer;
    requests {
        /// Connects to the network, and returns once that is done; what listens to the network
        /// afterwards runs in [`Host::spawn`](super::Host::spawn). Returns the text of the
        /// gateway's status.
        ///
        /// An error's [`Class`](crate::Class) says when it is tried again. Deadline: 60 s
        /// (`session.login_timeout`).
        fn login() -> Option<String>;
        /// Disconnects: at shutdown, and before the session is dropped. Deadline: 4 s
        /// (`session.logout_timeout`).
        fn logout();
        /// Tells that all is set up after a login: the contacts are on the user's roster, messages
        /// are taken.
        fn on_ready();

        /// Sends a text. Returns the id by which the network will refer to it.
        fn on_text(chat: Chat, message: UserText) -> Option<MessageId>;
        /// Sends a file. Returns the id of its message.
        fn on_file(chat: Chat, file: UserFile) -> Option<MessageId>;
        /// Sends a sticker. Returns the id of its message. Not implemented: it comes to `on_file`.
        fn on_sticker(chat: Chat, sticker: UserSticker) -> Option<MessageId>;
        /// Replaces the text of a message of the user's (XEP-0308). May return the id of the edit.
        fn on_correct(chat: Chat, id: MessageId, message: UserText) -> Option<MessageId>;
        /// Sets all of the user's reactions to a message (XEP-0444); an empty list takes them away.
        fn on_react(chat: Chat, id: MessageId, emojis: Vec<String>, thread: Option<ThreadId>);
        /// Withdraws a message of the user's (XEP-0424).
        fn on_retract(chat: Chat, id: MessageId, thread: Option<ThreadId>);
        /// Withdraws somebody's message in a room (XEP-0425). Not called yet.
        fn on_moderate(room: RoomId, id: MessageId, reason: Option<String>);
        /// Marks a message as read, and all before it (XEP-0333).
        fn on_displayed(chat: Chat, id: MessageId, thread: Option<ThreadId>);
        /// Names the thread that the user starts with a message. Not asked with
        /// `Info::message_ids_are_thread_ids`.
        fn create_thread(chat: Chat, stanza_thread: String) -> ThreadId;
        /// Lists the emojis that the user may react with; `None`: any (XEP-0444 §2.3).
        fn available_emojis(chat: Chat, id: Option<MessageId>) -> Option<Vec<String>>;

        /// Tells that the user looks at the chat (XEP-0085).
        fn on_active(chat: Chat, thread: Option<ThreadId>);
        /// Tells that the user looks elsewhere.
        fn on_inactive(chat: Chat, thread: Option<ThreadId>);
        /// Tells that the user is typing.
        fn on_composing(chat: Chat, thread: Option<ThreadId>);
        /// Tells that the user has stopped typing.
        fn on_paused(chat: Chat, thread: Option<ThreadId>);
        /// Tells that the user has closed the chat.
        fn on_gone(chat: Chat, thread: Option<ThreadId>);
        /// Changes the user's presence, if they let it be shared.
        fn on_presence(presence: UserPresence);

        /// Changes the user's picture, if they let it be shared; `None` removes it (XEP-0084).
        fn on_avatar(avatar: Option<UserAvatar>);
        /// Changes preferences: those of [`Info::preferences`] and the daemon's own, all of them.
        /// Later sessions start with them: [`User::preferences`].
        fn on_preferences(previous: Form, new: Form);
        /// Searches; the keys are those of [`Info::search_fields`]. `None` and an empty table both
        /// mean that nobody was found.
        fn on_search(form: Form) -> Option<SearchResult>;
        /// Runs a step of a command, on the gateway, a contact or a room: see [`CommandCall`].
        fn on_command(call: CommandCall) -> CommandReply;

        /// Lists the user's contacts in the network, after each login.
        fn fill_contacts() -> Vec<ContactInfo>;
        /// Looks a contact up, and changes nothing; `item-not-found` if there is none. The name is
        /// slidge's.
        fn update_contact_info(contact: ContactId) -> ContactInfo;
        /// Fetches the card of a contact, when it is first asked for (XEP-0292).
        fn fetch_vcard(contact: ContactId) -> Option<VCard>;
        /// Fetches a picture that was told by its id only: when it is new, and once. `None` when it
        /// is gone.
        fn fetch_avatar(contact: ContactId, id: AvatarId) -> Option<Blob>;
        /// Asks a contact to be the user's friend.
        fn on_friend_request(contact: ContactId, text: Option<String>);
        /// Accepts a contact's request.
        fn on_friend_accept(contact: ContactId);
        /// Removes a contact.
        fn on_friend_delete(contact: ContactId, text: Option<String>);
        /// Blocks or unblocks a contact (XEP-0191).
        fn on_block(contact: ContactId, blocked: bool);
        /// Sends what was missed in a chat. Not called yet.
        fn backfill_contact(contact: ContactId, after: Option<HoleBound>);

        /// Lists the user's rooms in the network, after each login.
        fn fill_rooms() -> Vec<RoomInfo>;
        /// Looks a room up, and changes nothing; `item-not-found` if there is none.
        fn update_room_info(room: RoomId) -> RoomInfo;
        /// Fetches the picture of a room that was told by its id only: when it is new, and once.
        /// `None` when it is gone.
        fn fetch_room_avatar(room: RoomId, id: AvatarId) -> Option<Blob>;
        /// Lists who is in a room, when the user first joins it.
        fn fill_participants(room: RoomId) -> Vec<ParticipantInfo>;
        /// Sends what is missing of a room's history, between two messages. Not called yet.
        fn backfill_room(room: RoomId, after: Option<HoleBound>, before: Option<HoleBound>);
        /// Makes a group. Not called yet.
        fn on_create_group(name: String, contacts: Vec<ContactId>) -> RoomId;
        /// Invites a contact to a room. Not called yet.
        fn on_invitation(contact: ContactId, room: RoomId, reason: Option<String>);
        /// Leaves a room for good.
        fn on_leave_group(room: RoomId);
        /// Changes somebody's affiliation (XEP-0045).
        fn on_set_affiliation(
            room: RoomId,
            contact: ContactId,
            affiliation: Affiliation,
            reason: Option<String>,
            nick: Option<String>,
        );
        /// Throws somebody out.
        fn on_kick(room: RoomId, contact: ContactId, reason: Option<String>);
        /// Changes the name or description of a room. Not called yet.
        fn on_set_config(room: RoomId, name: Option<String>, description: Option<String>);
        /// Sets the subject of a room.
        fn on_set_subject(room: RoomId, subject: String);
        /// Sets the subject of a thread. Not called yet.
        fn on_set_thread_subject(room: RoomId, thread: ThreadId, subject: String);
        /// Changes the user's nick in a room.
        fn on_set_nick(room: RoomId, nick: String);
        /// Ends a room. Not called yet.
        fn on_destroy_request(room: RoomId, reason: Option<String>);
        /// Changes a room's picture; may return its new id. Not called yet.
        fn on_room_avatar(room: RoomId, avatar: Option<UserAvatar>) -> Option<AvatarId>;
        /// Looks a space up. Not called yet.
        fn fetch_space_metadata(space: SpaceId) -> SpaceMetadata;
        /// Leaves a space. Not called yet.
        fn on_leave_space(space: SpaceId);
    }
}
