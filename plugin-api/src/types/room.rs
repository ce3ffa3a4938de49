//! Rooms and their participants (XEP-0045).

use super::{
    Avatar, ContactId, Features, OccupantId, Presence, RoomId, SpaceId, Timestamp, choices, messages,
};

choices! {
    /// Access to a room, and whether members see each other. slidge: `MucType`.
    pub enum RoomType {
        /// Members only, non-anonymous, hidden.
        Group,
        /// Open, semi-anonymous, public.
        #[default]
        Channel,
        /// Open, non-anonymous, public.
        ChannelNonAnonymous,
    }
    /// Lasting rights in a room (XEP-0045).
    pub enum Affiliation {
        /// Owns the room.
        Owner,
        /// An admin, who may change who is in the room.
        Admin,
        /// Belongs to it.
        Member,
        /// Banned.
        Outcast,
        /// No affiliation.
        #[default]
        None,
    }
    /// Rights of the moment in a room (XEP-0045).
    pub enum Role {
        /// A moderator, who may silence and kick.
        Moderator,
        /// A participant, who may speak.
        #[default]
        Participant,
        /// A visitor, who may only listen.
        Visitor,
        /// No role: not in the room.
        None,
    }
    /// Way in which somebody left a room.
    pub enum Departure {
        /// Left by themselves.
        #[default]
        Left,
        /// Kicked.
        Kicked,
        /// Banned.
        Banned,
    }
    /// Messages of a room that notify the user (XEP-0492).
    pub enum Notify {
        /// All messages.
        #[default]
        Always,
        /// Messages that name the user.
        OnMention,
        /// None.
        Never,
    }
}

messages! {
    /// Information about a room. A field that is `None` is left as it is.
    pub struct RoomInfo {
        /// Id in the network. It must not be that of a contact.
        id: RoomId,
        /// Name that the user sees. slidge: `LegacyMUC.name`.
        name: Option<String>,
        /// Purpose of the room, in a line. slidge: `description`.
        description: Option<String>,
        /// Subject, as clients show it above the chat. slidge: `subject`.
        subject: Option<String>,
        /// Time when the subject was set, in milliseconds since 1970.
        subject_date: Option<Timestamp>,
        /// Nick of whoever set the subject.
        subject_setter: Option<String>,
        /// Access and anonymity.
        kind: Option<RoomType>,
        /// Number of participants, if they are not listed. slidge: `n_participants`.
        n_participants: Option<u32>,
        /// The user's own nick in the room. slidge: `user_nick`.
        user_nick: Option<String>,
        /// Picture (XEP-0084); [`Avatar::none`] removes it.
        avatar: Option<Avatar>,
        /// Space that the room is in. Not used yet.
        space: Option<SpaceId>,
        /// Abilities of this room, if not [`Info::room_features`](super::Info::room_features).
        features: Option<Features>,
        /// Data of the plugin. Not kept yet.
        extra: Option<String>,
    }
    /// A participant of a room. Exactly one of `contact`, `occupant` and `is_user` is set.
    pub struct ParticipantInfo {
        /// Contact, where the network tells who it is.
        contact: Option<ContactId>,
        /// Id of a participant who is no contact, which does not change (XEP-0421).
        occupant: Option<OccupantId>,
        /// Name in this room. Two equal ones are told apart by the daemon.
        nickname: String,
        /// The participant is the user.
        is_user: bool,
        /// Lasting rights; none: member of a [`RoomType::Group`], else none.
        affiliation: Option<Affiliation>,
        /// Rights of the moment; none: they follow from the affiliation.
        role: Option<Role>,
        /// Titles (XEP-0317). Not shown yet.
        hats: Option<Vec<Hat>>,
        /// Presence, if it is not that of the contact.
        presence: Option<Presence>,
    }
    /// A title that a participant wears (XEP-0317).
    pub struct Hat {
        /// Name for programs: a URI.
        uri: String,
        /// Name for people: `Teacher`.
        title: String,
        /// Colour: an angle from 0 to 360 degrees (XEP-0392).
        hue: Option<f32>,
    }
    /// Bookmark of a room (XEP-0402). Not used yet.
    pub struct Bookmark {
        /// Clients join at start.
        auto_join: bool,
        /// Keeps what other clients stored with it.
        preserve: bool,
        /// Shown at the top (XEP-0469).
        pin: Option<bool>,
        /// Messages that notify (XEP-0492).
        notify: Option<Notify>,
    }
}
