//! Groups and spaces.

use serde::{Deserialize, Serialize};

use super::{File, FileId, GroupId, SpaceId, UserId};

/// How a group is entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupKind {
    /// By invitation.
    #[default]
    Private,
    /// By anybody.
    Public,
}

/// What somebody may do in a group, from the least to the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May not enter.
    Banned,
    /// Outside.
    #[default]
    None,
    /// Was asked in, and has not answered.
    Invited,
    /// Reads, writes and invites.
    Member,
    /// Also changes the group, removes and bans members, and deletes messages.
    Admin,
    /// Also gives roles and ends the group.
    Owner,
}

/// A group as its members see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupInfo {
    /// Its id.
    pub id: GroupId,
    /// How it is entered.
    pub kind: GroupKind,
    /// Its name.
    pub name: String,
    /// What is being talked about.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// Who set the subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_by: Option<UserId>,
    /// What they were called then.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject_by_name: String,
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<File>,
    /// The space it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space: Option<SpaceId>,
    /// How many are in it.
    pub members: usize,
    /// In answers: the asker's role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// Somebody in a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// The profile's name.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// Founds a group, with the asker as its owner. Answered with a [`GroupInfo`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CreateGroup {
    /// The wanted id; the server's choice when absent.
    pub id: Option<GroupId>,
    /// How it is entered.
    pub kind: GroupKind,
    /// Its name.
    pub name: String,
    /// Who is in it from the start. Those who block the owner are left out.
    pub members: Vec<UserId>,
    /// The space to put it in, which the asker must own.
    pub space: Option<SpaceId>,
}

/// All groups of the account, and those it is invited to. Answered with [`Groups`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ListGroups {
    /// Only ids greater than this one.
    pub after: Option<GroupId>,
}

/// The answer to [`ListGroups`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Groups {
    /// The groups, ordered by id.
    pub groups: Vec<GroupInfo>,
    /// Whether there are more after the last one.
    pub more: bool,
}

/// One group: a member's, one that the asker is invited to, or a public one. Answered with a
/// [`GroupInfo`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GetGroup {
    /// Which.
    pub group: GroupId,
}

/// A page of a group's members, ordered by id; with `banned`, of those who may not enter.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Members {
    /// Which group.
    pub group: GroupId,
    /// Only ids greater than this one.
    pub after: Option<UserId>,
    /// The banned instead of the members; for admins.
    pub banned: bool,
}

/// The answer to [`Members`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct MemberPage {
    /// The members.
    pub members: Vec<Member>,
    /// Whether there are more after the last one.
    pub more: bool,
}

/// Changes the parts of a group that are given. Members change the subject; the rest is for admins.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetGroup {
    /// Which.
    pub group: GroupId,
    /// Its name.
    pub name: Option<String>,
    /// What is being talked about.
    pub subject: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The picture's file id; empty to remove it.
    pub avatar: Option<FileId>,
    /// How it is entered.
    pub kind: Option<GroupKind>,
}

/// Asks somebody into a group.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Invite {
    /// Which.
    pub group: GroupId,
    /// Whom.
    pub user: UserId,
    /// A few words that go with it.
    pub text: String,
}

/// Enters a public group, or one that the asker is invited to. Answered with a [`GroupInfo`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Join {
    /// Which.
    pub group: GroupId,
}

/// Leaves a group, or declines an invitation to it. The last owner's rank passes to the highest
/// member who stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Leave {
    /// Which.
    pub group: GroupId,
    /// Why, for the others.
    pub reason: String,
}

/// Gives somebody in (or outside) a group a role: `none` kicks, `banned` bans, `member` on a banned
/// user lifts the ban to `none`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetRole {
    /// Which.
    pub group: GroupId,
    /// Whom.
    pub user: UserId,
    /// What they may do from now on.
    pub role: Role,
    /// Why, for the others.
    pub reason: String,
}

/// Ends a group, for its owners.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DestroyGroup {
    /// Which.
    pub group: GroupId,
    /// Why, for the others.
    pub reason: String,
}

/// A collection of groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Space {
    /// Its id.
    pub id: SpaceId,
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<File>,
    /// Who founded it and may change it.
    pub owner: UserId,
    /// Its groups.
    pub groups: Vec<GroupId>,
    /// How many are in it.
    pub members: usize,
}

/// Founds a space. Answered with a [`Space`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CreateSpace {
    /// The wanted id; the server's choice when absent.
    pub id: Option<SpaceId>,
    /// Its name.
    pub name: String,
}

/// All spaces that the account is in. Answered with [`Spaces`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ListSpaces {}

/// The answer to [`ListSpaces`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Spaces {
    /// The spaces, ordered by id.
    pub spaces: Vec<Space>,
}

/// Changes the parts of a space that are given, for its owner.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetSpace {
    /// Which.
    pub space: SpaceId,
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The picture's file id; empty to remove it.
    pub avatar: Option<FileId>,
    /// A group of the asker to put in.
    pub add: Option<GroupId>,
    /// A group to take out.
    pub remove: Option<GroupId>,
}

/// Enters a space, which anybody may who knows its id. Answered with a [`Space`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct JoinSpace {
    /// Which.
    pub space: SpaceId,
}

/// Leaves a space; its founder ends it so.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LeaveSpace {
    /// Which.
    pub space: SpaceId,
}
