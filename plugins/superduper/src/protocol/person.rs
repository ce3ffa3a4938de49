//! People: profiles, presence, contacts.

use serde::{Deserialize, Serialize};

use super::{File, FileId, Millis, UserId};

/// What a user tells about themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// The displayed name.
    pub name: String,
    /// A few words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// A telephone number as text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub phone: String,
    /// A mail address as text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// The picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<File>,
}

/// How available somebody is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// Not connected, or pretending so.
    #[default]
    Offline,
    /// Here.
    Available,
    /// Away for a moment.
    Away,
    /// Away for long.
    ExtendedAway,
    /// Not to be disturbed.
    Busy,
}

/// Availability as others see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Presence {
    /// How available.
    pub show: Show,
    /// A status line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// When they were last connected; absent while they are, and when it never happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Millis>,
}

/// What two people are to each other, from the side of the asker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Not friends: no presence. Stays in the list only with an own name or a block.
    #[default]
    None,
    /// I asked them.
    Asked,
    /// They asked me.
    Asking,
    /// Both agreed: presence, last seen and profile changes are shared.
    Friend,
}

/// Somebody on an account's list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// Who.
    pub user: UserId,
    /// The name that the account's owner gave them; empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub nickname: String,
    /// What they are to each other.
    pub relation: Relation,
    /// Whether the owner blocks them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub blocked: bool,
    /// Their profile.
    pub profile: Profile,
    /// Their presence; always offline for others than friends.
    pub presence: Presence,
}

impl Contact {
    /// The name to show: the owner's, else the profile's, else the id.
    pub fn display_name(&self) -> &str {
        [&self.nickname, &self.profile.name].into_iter().find(|name| !name.is_empty()).unwrap_or(&self.user)
    }
}

/// A page of the account's list, ordered by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Contacts {
    /// Only ids greater than this one.
    pub after: Option<UserId>,
}

/// The answer to [`Contacts`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ContactPage {
    /// The entries.
    pub contacts: Vec<Contact>,
    /// Whether there are more after the last one.
    pub more: bool,
}

/// One user, on the list or not. Answered with a [`Contact`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Whois {
    /// Who.
    pub user: UserId,
}

/// Asks somebody to be friends; when they asked first, accepts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Befriend {
    /// Whom.
    pub user: UserId,
    /// A few words that go with it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// Ends a friendship, takes back a request, or declines one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Unfriend {
    /// Whom.
    pub user: UserId,
}

/// Gives somebody an own name (empty to take it away) and keeps them on the list.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rename {
    /// Whom.
    pub user: UserId,
    /// The name.
    pub name: String,
}

/// Blocks or unblocks: a blocked user cannot write, invite or ask, and sees no presence.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Block {
    /// Whom.
    pub user: UserId,
    /// Whether to block.
    pub blocked: bool,
}

/// Changes the parts of the own profile that are given.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetProfile {
    /// The displayed name.
    pub name: Option<String>,
    /// A few words.
    pub about: Option<String>,
    /// A telephone number.
    pub phone: Option<String>,
    /// A mail address.
    pub email: Option<String>,
    /// The picture's file id; empty to remove it.
    pub avatar: Option<FileId>,
}

/// Sets the account's own availability for as long as one of its devices is connected.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetPresence {
    /// How available; `offline` hides the account.
    pub show: Show,
    /// A status line.
    pub text: String,
}

/// Looks for people by the parts that are given, each a part of the field, in any case of letters.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Search {
    /// Part of the id, name, phone or mail.
    pub any: Option<String>,
    /// Part of the name.
    pub name: Option<String>,
    /// Part of the telephone number.
    pub phone: Option<String>,
    /// Part of the mail address.
    pub email: Option<String>,
}

/// The answer to [`Search`]: at most 50 people, ordered by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Found {
    /// Who was found.
    pub people: Vec<Contact>,
}
