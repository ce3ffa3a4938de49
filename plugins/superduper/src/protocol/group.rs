//! Groups and spaces.

use serde::{Deserialize, Serialize};

use super::{File, FileId, GroupId, SpaceId, UserId};

/// Kind of a group: the condition of entering it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupKind {
    /// Open to those who are invited.
    #[default]
    Private,
    /// Open to everybody.
    Public,
}

/// Role of a user in a group, from the least to the most rights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// User who may not enter.
    Banned,
    /// User outside of the group.
    #[default]
    None,
    /// User who was invited and has not answered.
    Invited,
    /// Member, who reads, writes and invites.
    Member,
    /// Member who also changes the group, removes and bans members, and deletes messages.
    Admin,
    /// Admin who also gives roles and ends the group.
    Owner,
}

/// Group as its members see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupInfo {
    /// Id of the group.
    pub id: GroupId,
    /// Condition of entering it.
    pub kind: GroupKind,
    /// Name of the group.
    pub name: String,
    /// Subject of the conversation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// User who set the subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_by: Option<UserId>,
    /// Name of that user at the time.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject_by_name: String,
    /// Description of the group's purpose.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Picture of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<File>,
    /// Space that the group is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space: Option<SpaceId>,
    /// Number of members.
    pub members: usize,
    /// Role of the asker, in answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// Member of a group, or a banned user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Member {
    /// User who has the role.
    pub user: UserId,
    /// Name in the user's profile.
    pub name: String,
    /// Role of the user.
    pub role: Role,
}

/// Founds a group, with the asker as its owner. Answered with a [`GroupInfo`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CreateGroup {
    /// Wanted id; the server's choice when absent.
    pub id: Option<GroupId>,
    /// Condition of entering it.
    pub kind: GroupKind,
    /// Name of the group.
    pub name: String,
    /// Members from the start. Users who block the owner are left out.
    pub members: Vec<UserId>,
    /// Space to put the group in, which the asker must own.
    pub space: Option<SpaceId>,
}

/// Lists all groups of the account, and those that it is invited to. Answered with [`Groups`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ListGroups {
    /// Lower bound: only ids greater than this one.
    pub after: Option<GroupId>,
}

/// Answer to [`ListGroups`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Groups {
    /// Groups, ordered by id.
    pub groups: Vec<GroupInfo>,
    /// Whether there are more after the last one.
    pub more: bool,
}

/// Asks for a group that the asker is a member of or invited to, or a public one. Answered with a
/// [`GroupInfo`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GetGroup {
    /// Group to return.
    pub group: GroupId,
}

/// Asks for a page of a group's members, ordered by id; with `banned`, of the banned users.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Members {
    /// Group to list.
    pub group: GroupId,
    /// Lower bound: only ids greater than this one.
    pub after: Option<UserId>,
    /// Whether to list the banned users instead of the members; for admins.
    pub banned: bool,
}

/// Answer to [`Members`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct MemberPage {
    /// Members of the group.
    pub members: Vec<Member>,
    /// Whether there are more after the last one.
    pub more: bool,
}

/// Changes the parts of a group that are given. Members may change the subject; the rest is for
/// admins.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetGroup {
    /// Group to change.
    pub group: GroupId,
    /// New name.
    pub name: Option<String>,
    /// New subject of the conversation.
    pub subject: Option<String>,
    /// New description of the group's purpose.
    pub description: Option<String>,
    /// File id of the new picture; empty to remove it.
    pub avatar: Option<FileId>,
    /// New condition of entering it.
    pub kind: Option<GroupKind>,
}

/// Invites a user to a group.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Invite {
    /// Group to invite to.
    pub group: GroupId,
    /// User to invite.
    pub user: UserId,
    /// Words that go with the invitation.
    pub text: String,
}

/// Enters a public group, or one that the asker is invited to. Answered with a [`GroupInfo`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Join {
    /// Group to enter.
    pub group: GroupId,
}

/// Leaves a group, or declines an invitation to it. The last owner's role passes to the highest
/// member who stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Leave {
    /// Group to leave.
    pub group: GroupId,
    /// Reason, for the others.
    pub reason: String,
}

/// Gives a user in or outside of a group a role: `none` kicks, `banned` bans, `member` on a banned
/// user lifts the ban to `none`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetRole {
    /// Group of the role.
    pub group: GroupId,
    /// User who gets the role.
    pub user: UserId,
    /// New role.
    pub role: Role,
    /// Reason, for the others.
    pub reason: String,
}

/// Ends a group, for its owners.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DestroyGroup {
    /// Group to end.
    pub group: GroupId,
    /// Reason, for the others.
    pub reason: String,
}

/// Collection of groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Space {
    /// Id of the space.
    pub id: SpaceId,
    /// Name of the space.
    pub name: String,
    /// Description of its purpose.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Picture of the space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<File>,
    /// Founder, who alone may change it.
    pub owner: UserId,
    /// Groups in the space.
    pub groups: Vec<GroupId>,
    /// Number of members.
    pub members: usize,
}

/// Founds a space. Answered with a [`Space`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CreateSpace {
    /// Wanted id; the server's choice when absent.
    pub id: Option<SpaceId>,
    /// Name of the space.
    pub name: String,
}

/// Lists all spaces that the account is in. Answered with [`Spaces`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ListSpaces {}

/// Answer to [`ListSpaces`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Spaces {
    /// Spaces, ordered by id.
    pub spaces: Vec<Space>,
}

/// Changes the parts of a space that are given, for its owner.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetSpace {
    /// Space to change.
    pub space: SpaceId,
    /// New name.
    pub name: Option<String>,
    /// New description of its purpose.
    pub description: Option<String>,
    /// File id of the new picture; empty to remove it.
    pub avatar: Option<FileId>,
    /// Group of the asker to put in.
    pub add: Option<GroupId>,
    /// Group to take out.
    pub remove: Option<GroupId>,
}

/// Enters a space, which anybody may who knows its id. Answered with a [`Space`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct JoinSpace {
    /// Space to enter.
    pub space: SpaceId,
}

/// Leaves a space; if its founder does, the space ends.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LeaveSpace {
    /// Space to leave.
    pub space: SpaceId,
}
