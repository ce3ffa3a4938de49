//! Rooms and their participants (XEP-0045).

use super::{
    Avatar, ContactId, Features, OccupantId, Presence, RoomId, SpaceId, Timestamp, choices, messages,
};

choices! {
    /// MucType.
    pub enum RoomType {
        /// Members only, non-anonymous, hidden.
        Group,
        /// Open, semi-anonymous, public.
        #[default]
        Channel,
        /// Open, non-anonymous, public.
        ChannelNonAnonymous,
    }
    /// XEP-0045 affiliations.
    pub enum Affiliation {
        /// Of the room.
        Owner,
        /// May change who is in it.
        Admin,
        /// Belongs to it.
        Member,
        /// Banned.
        Outcast,
        /// Neither.
        #[default]
        None,
    }
    /// XEP-0045 roles.
    pub enum Role {
        /// May silence and kick.
        Moderator,
        /// May speak.
        #[default]
        Participant,
        /// May listen.
        Visitor,
        /// Is not there.
        None,
    }
    /// How somebody left a room.
    pub enum Departure {
        /// By themselves.
        #[default]
        Left,
        /// Kicked.
        Kicked,
        /// Banned.
        Banned,
    }
    /// XEP-0492: when a room notifies.
    pub enum Notify {
        /// Of everything.
        #[default]
        Always,
        /// When the user is named.
        OnMention,
        /// Never.
        Never,
    }
}

messages! {
    /// What is known of a room. What is `None` is left as it is.
    pub struct RoomInfo {
        /// Which.
        id: RoomId,
        /// What the user sees.
        name: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// The subject.
        subject: Option<String>,
        /// When it was set.
        subject_date: Option<Timestamp>,
        /// Who set it: a nick.
        subject_setter: Option<String>,
        /// Access and anonymity.
        kind: Option<RoomType>,
        /// How many take part, if they are not listed.
        n_participants: Option<u32>,
        /// The user's own nick in it.
        user_nick: Option<String>,
        /// The picture; `Avatar::none()` removes it.
        avatar: Option<Avatar>,
        /// The space it is in.
        space: Option<SpaceId>,
        /// What it can do, if not what rooms can.
        features: Option<Features>,
        /// Side data of the plugin, given back to it.
        extra: Option<String>,
    }
    /// Somebody in a room.
    pub struct ParticipantInfo {
        /// The contact, where the network tells who it is.
        contact: Option<ContactId>,
        /// Else an id that does not change.
        occupant: Option<OccupantId>,
        /// What they are called here.
        nickname: String,
        /// It is the user.
        is_user: bool,
        /// Lasting rights.
        affiliation: Option<Affiliation>,
        /// Rights of the moment.
        role: Option<Role>,
        /// Titles.
        hats: Option<Vec<Hat>>,
        /// Presence, if it is not that of the contact.
        presence: Option<Presence>,
    }
    /// A title that a participant wears (XEP-0317).
    pub struct Hat {
        /// Its name for programs.
        uri: String,
        /// Its name for people.
        title: String,
        /// 0 to 360 degrees.
        hue: Option<f32>,
    }
    /// How a room is kept in the user's bookmarks (XEP-0402).
    pub struct Bookmark {
        /// Join at start.
        auto_join: bool,
        /// Keep what other clients stored with it.
        preserve: bool,
        /// Shown at the top (XEP-0469).
        pin: Option<bool>,
        /// When it notifies (XEP-0492).
        notify: Option<Notify>,
    }
}
