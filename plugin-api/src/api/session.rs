//! One user's connection to the network: `BaseSession`.

use crate::{interface, types::*};

interface! {
    /// A user's connection to the network. Dropped when the daemon is done with it.
    ///
    /// Calls about one chat come one after the other, in the user's order; calls about different chats
    /// come at the same time. Each has a deadline; a call that is given up is cancelled by
    /// dropping its future.
    pub trait Session, remote RemoteSession, server SessionServer;
    requests {
        /// Connects to the network, and returns once that is done; what listens to the network
        /// afterwards runs in [`Host::spawn`](super::Host::spawn). What it returns is shown as the
        /// gateway's status. An error's class says when it is tried again.
        fn login() -> Option<String>;
        /// Disconnects: at shutdown and before the session is dropped.
        fn logout();

        /// All is set up after a login: the contacts are on the user's roster, messages are taken.
        fn on_ready();

        /// The user sent a text. The id that is returned is how the network will refer to it.
        fn on_text(chat: Chat, message: UserText) -> Option<MessageId>;
        /// The user sent a file.
        fn on_file(chat: Chat, file: UserFile) -> Option<MessageId>;
        /// The user sent a sticker.
        fn on_sticker(chat: Chat, sticker: UserSticker) -> Option<MessageId>;
        /// The user is looking at the chat (XEP-0085).
        fn on_active(chat: Chat, thread: Option<ThreadId>);
        /// The user looks elsewhere.
        fn on_inactive(chat: Chat, thread: Option<ThreadId>);
        /// The user is typing.
        fn on_composing(chat: Chat, thread: Option<ThreadId>);
        /// The user stopped typing.
        fn on_paused(chat: Chat, thread: Option<ThreadId>);
        /// The user closed the chat.
        fn on_gone(chat: Chat, thread: Option<ThreadId>);
        /// The user has read up to that message (XEP-0333).
        fn on_displayed(chat: Chat, id: MessageId, thread: Option<ThreadId>);
        /// The user edited a message of theirs (XEP-0308). May return the id of the edit.
        fn on_correct(chat: Chat, id: MessageId, message: UserText) -> Option<MessageId>;
        /// The user's reactions to that message are now these, all of them (XEP-0444).
        fn on_react(chat: Chat, id: MessageId, emojis: Vec<String>, thread: Option<ThreadId>);
        /// The user withdrew a message of theirs (XEP-0424).
        fn on_retract(chat: Chat, id: MessageId, thread: Option<ThreadId>);
        /// The user withdrew somebody's message in a room (XEP-0425). The plugin announces it with
        /// `Room::moderate`.
        fn on_moderate(room: RoomId, id: MessageId, reason: Option<String>);
        /// The user's presence changed (only if they let it be shared).
        fn on_presence(presence: UserPresence);
        /// The user searches; keys are those of `Info::search_fields`. `None` and an empty table both
        /// mean that nobody was found.
        fn on_search(form: Form) -> Option<SearchResult>;
        /// The user's picture changed (only if they let it be shared); none: removed.
        fn on_avatar(avatar: Option<UserAvatar>);
        /// The user changed preferences: `Info::preferences` and the daemon's own, all of them. Later sessions
        /// start with them: `User::preferences`.
        fn on_preferences(previous: Form, new: Form);
        /// Runs a step of a command, on the gateway, a contact or a room; see [`CommandCall`].
        fn on_command(call: CommandCall) -> CommandReply;

        /// The user's contact list in the network.
        fn fill_contacts() -> Vec<ContactInfo>;
        /// About somebody; item-not-found if there is no such contact.
        fn update_contact_info(contact: ContactId) -> ContactInfo;
        /// The card of a contact, when it is first asked for.
        fn fetch_vcard(contact: ContactId) -> Option<VCard>;
        /// The picture of that id, which was told without any way to it: it is fetched when it is new, and once.
        /// None when it is gone.
        fn fetch_avatar(contact: ContactId, id: AvatarId) -> Option<Blob>;
        /// The emojis that the user may react with; none: any.
        fn available_emojis(chat: Chat, id: Option<MessageId>) -> Option<Vec<String>>;
        /// The first message of a thread that the user started.
        fn create_thread(chat: Chat, stanza_thread: String) -> ThreadId;
        /// The user wants to be that contact's friend.
        fn on_friend_request(contact: ContactId, text: Option<String>);
        /// The user accepts that contact's request.
        fn on_friend_accept(contact: ContactId);
        /// The user removed that contact.
        fn on_friend_delete(contact: ContactId, text: Option<String>);
        /// The user blocked or unblocked that contact (XEP-0191).
        fn on_block(contact: ContactId, blocked: bool);
        /// Send what was missed in that chat since then.
        fn backfill_contact(contact: ContactId, after: Option<HoleBound>);

        /// The user's rooms in the network.
        fn fill_rooms() -> Vec<RoomInfo>;
        /// About a room; item-not-found if there is no such room.
        fn update_room_info(room: RoomId) -> RoomInfo;
        /// The same for a room whose picture was told by its id.
        fn fetch_room_avatar(room: RoomId, id: AvatarId) -> Option<Blob>;
        /// Who is in a room, when the user first joins it.
        fn fill_participants(room: RoomId) -> Vec<ParticipantInfo>;
        /// Send what is missing of a room's history, between the two.
        fn backfill_room(room: RoomId, after: Option<HoleBound>, before: Option<HoleBound>);
        /// The user made a group; returns it.
        fn on_create_group(name: String, contacts: Vec<ContactId>) -> RoomId;
        /// The user invites a contact to a room.
        fn on_invitation(contact: ContactId, room: RoomId, reason: Option<String>);
        /// The user left a room for good.
        fn on_leave_group(room: RoomId);
        /// The user changes somebody's affiliation.
        fn on_set_affiliation(
            room: RoomId,
            contact: ContactId,
            affiliation: Affiliation,
            reason: Option<String>,
            nick: Option<String>,
        );
        /// The user throws somebody out.
        fn on_kick(room: RoomId, contact: ContactId, reason: Option<String>);
        /// The user changes a room.
        fn on_set_config(room: RoomId, name: Option<String>, description: Option<String>);
        /// The user sets the subject.
        fn on_set_subject(room: RoomId, subject: String);
        /// The user sets the subject of a thread.
        fn on_set_thread_subject(room: RoomId, thread: ThreadId, subject: String);
        /// The user wants to be called something else in a room.
        fn on_set_nick(room: RoomId, nick: String);
        /// The user wants the room gone.
        fn on_destroy_request(room: RoomId, reason: Option<String>);
        /// The user changes a room's picture; may return its new id.
        fn on_room_avatar(room: RoomId, avatar: Option<UserAvatar>) -> Option<AvatarId>;
        /// About a space.
        fn fetch_space_metadata(space: SpaceId) -> SpaceMetadata;
        /// The user left a space.
        fn on_leave_space(space: SpaceId);
    }
}
