//! People: profiles, presence, contacts.

use serde::{Deserialize, Serialize};

use super::{File, FileId, Millis, UserId};

/// Profile of a user, as they describe themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Displayed name.
    pub name: String,
    /// Short text about the user.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Telephone number as text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub phone: String,
    /// Mail address as text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// Picture of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<File>,
}

/// Availability of a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// Absent: not connected, or pretending to be so.
    #[default]
    Offline,
    /// Connected and available.
    Available,
    /// Away for a moment.
    Away,
    /// Away for long.
    ExtendedAway,
    /// Busy: not to be disturbed.
    Busy,
}

/// Presence of a user as others see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Presence {
    /// Availability of the user.
    pub show: Show,
    /// Status line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Time when they were last connected; absent while they are, and if they never were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Millis>,
}

/// Relation between two users, from the side of the asker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Strangers, who share no presence. The other stays in the list only if renamed or blocked.
    #[default]
    None,
    /// Asked: the other has the asker's friend request.
    Asked,
    /// Asking: the asker has the other's friend request.
    Asking,
    /// Friends: both agreed to share presence, last seen and changes of the profile.
    Friend,
}

/// Entry of an account's contact list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// User in the list.
    pub user: UserId,
    /// Name that the account's owner gave them; empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub nickname: String,
    /// Relation between the owner and the user.
    pub relation: Relation,
    /// Whether the owner blocks the user.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub blocked: bool,
    /// Profile of the user.
    pub profile: Profile,
    /// Presence of the user; always offline unless they are a friend.
    pub presence: Presence,
}

impl Contact {
    /// Returns the name to show: the owner's, else the profile's, else the id.
    pub fn display_name(&self) -> &str {
        [&self.nickname, &self.profile.name].into_iter().find(|name| !name.is_empty()).unwrap_or(&self.user)
    }
}

/// Asks for a page of the account's contact list, ordered by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Contacts {
    /// Lower bound: only ids greater than this one.
    pub after: Option<UserId>,
}

/// Answer to [`Contacts`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ContactPage {
    /// Entries of the page.
    pub contacts: Vec<Contact>,
    /// Whether there are more after the last one.
    pub more: bool,
}

/// Asks for one user, on the list or not. Answered with a [`Contact`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Whois {
    /// User to look up.
    pub user: UserId,
}

/// Asks a user to be friends, or accepts if they asked first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Befriend {
    /// User to befriend.
    pub user: UserId,
    /// Words that go with the request.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// Ends a friendship, takes back a request, or declines one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Unfriend {
    /// User to unfriend.
    pub user: UserId,
}

/// Gives a user a name for oneself (empty to remove it) and keeps them on the list.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rename {
    /// User to rename.
    pub user: UserId,
    /// New name.
    pub name: String,
}

/// Blocks or unblocks a user: a blocked one cannot write, invite or ask, and sees no presence.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Block {
    /// User to block or unblock.
    pub user: UserId,
    /// Whether to block.
    pub blocked: bool,
}

/// Changes the parts of one's own profile that are given.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetProfile {
    /// New displayed name.
    pub name: Option<String>,
    /// New short text about the user.
    pub about: Option<String>,
    /// New telephone number.
    pub phone: Option<String>,
    /// New mail address.
    pub email: Option<String>,
    /// File id of the new picture; empty to remove it.
    pub avatar: Option<FileId>,
}

/// Sets the account's own presence for as long as one of its devices is connected.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetPresence {
    /// Availability to show; `offline` hides the account.
    pub show: Show,
    /// Status line.
    pub text: String,
}

/// Searches for people by the parts that are given; each matches within its field, in any case of
/// letters.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Search {
    /// Part of the id, name, telephone number or mail address.
    pub any: Option<String>,
    /// Part of the name.
    pub name: Option<String>,
    /// Part of the telephone number.
    pub phone: Option<String>,
    /// Part of the mail address.
    pub email: Option<String>,
}

/// Answer to [`Search`]: at most 50 people, ordered by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Found {
    /// People who were found.
    pub people: Vec<Contact>,
}
