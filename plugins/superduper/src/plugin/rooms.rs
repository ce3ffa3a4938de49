//! Groups of the network, as rooms.

use plugin_api::Departure;
use plugin_api::prelude::*;

use super::account::Account;
use super::errors::{explain, explain_group};
use super::ids::{group_id, room_id};
use crate::client::{self, Client};
use crate::protocol;
use crate::protocol::group::{
    CreateGroup, DestroyGroup, GetGroup, GroupInfo, GroupKind, Join, ListGroups, Members, Role, SetGroup,
    SetRole,
};
use crate::protocol::message::Delete;
use crate::protocol::person::Whois;

/// Converts a group into a room.
pub(super) fn info(group: &GroupInfo) -> RoomInfo {
    RoomInfo {
        id: room_id(&group.id),
        name: Some(group.name.clone()),
        description: Some(group.description.clone()),
        subject: Some(group.subject.clone()),
        subject_setter: Some(group.subject_by_name.clone()).filter(|name| !name.is_empty()),
        kind: Some(match group.kind {
            GroupKind::Private => RoomType::Group,
            GroupKind::Public => RoomType::ChannelNonAnonymous,
        }),
        avatar: Some(group.avatar.as_ref().map_or_else(Avatar::none, |file| Avatar {
            id: Some(file.sha256.clone().into()),
            ..Avatar::none()
        })),
        n_participants: u32::try_from(group.members).ok(),
        ..RoomInfo::default()
    }
}

/// Converts a member of a group into a participant.
pub(super) fn participant(me: &str, user: &str, name: &str, role: Role) -> ParticipantInfo {
    let is_user = user == me;
    ParticipantInfo {
        contact: (!is_user).then(|| user.into()),
        nickname: if name.is_empty() { user.to_owned() } else { name.to_owned() },
        is_user,
        affiliation: Some(match role {
            Role::Owner => Affiliation::Owner,
            Role::Admin => Affiliation::Admin,
            Role::Member => Affiliation::Member,
            Role::Banned => Affiliation::Outcast,
            Role::None | Role::Invited => Affiliation::None,
        }),
        ..ParticipantInfo::default()
    }
}

/// Lists the groups that the user is in; those that they are only invited to come as invitations.
///
/// # Errors
/// Any [`client::Error`].
pub(super) async fn list(client: &Client) -> Result<Vec<RoomInfo>, client::Error> {
    let (mut rooms, mut after) = (Vec::new(), None);
    loop {
        let page = client.ask(ListGroups { after }).await?;
        after = page.groups.last().map(|group| group.id.clone());
        let inside = page.groups.iter().filter(|group| group.role.is_none_or(|role| role >= Role::Member));
        rooms.extend(inside.map(info));
        if !page.more || after.is_none() {
            return Ok(rooms);
        }
    }
}

/// Reports all groups again, and those that are gone, after events about them were lost.
pub(super) async fn again(client: &Client, host: &Host) -> Result<()> {
    let rooms = list(client).await.map_err(explain)?;
    for gone in host.known_rooms().await?.into_iter().filter(|id| rooms.iter().all(|room| room.id != *id)) {
        host.room(gone).remove(Departure::Left, None).await?;
    }
    for room in rooms {
        host.room(room.id.clone()).update(room).await?;
    }
    Ok(())
}

/// Asks the network about a group.
pub(super) async fn group(account: &Account, room: &RoomId) -> Result<GroupInfo> {
    account.request_patiently(GetGroup { group: group_id(room)? }).await.map_err(explain_group)
}

/// Lists the members of a group. A user who is not in it enters it: they join a public group, or
/// accept an invitation.
pub(super) async fn participants(account: &Account, room: &RoomId) -> Result<Vec<ParticipantInfo>> {
    let id = group_id(room)?;
    if group(account, room).await?.role.is_some_and(|role| role < Role::Member) {
        account.done(Join { group: id.clone() }).await?;
    }
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let ask = Members { group: id.clone(), after, banned: false };
        let page = account.request_patiently(ask).await.map_err(explain_group)?;
        after = page.members.last().map(|member| member.user.clone());
        let members = page.members.iter();
        all.extend(members.map(|member| participant(&account.me, &member.user, &member.name, member.role)));
        if !page.more || after.is_none() {
            return Ok(all);
        }
    }
}

pub(super) async fn create_group(
    account: &Account,
    name: String,
    contacts: Vec<ContactId>,
) -> Result<RoomId> {
    let members = contacts.into_iter().map(|contact| contact.0).collect();
    let ask = CreateGroup { name, members, ..CreateGroup::default() };
    let group = account.request(ask).await.map_err(explain)?;
    account.host.room(room_id(&group.id)).update(info(&group));
    Ok(room_id(&group.id))
}

/// Changes a group, and reports its new state, which the network tells all devices except this one.
///
/// The other functions below report their changes for the same reason. Reports are handed over in
/// order but not waited for, as the daemon may be waiting for us before it answers.
pub(super) async fn change(account: &Account, ask: SetGroup) -> Result<GroupInfo> {
    let group = account.request_patiently(ask).await.map_err(explain_group)?;
    account.host.room(room_id(&group.id)).update(info(&group));
    Ok(group)
}

pub(super) async fn set_subject(account: &Account, room: RoomId, subject: String) -> Result<()> {
    let (group, subject) = (group_id(&room)?, Some(subject));
    let changed = account
        .request_patiently(SetGroup { group, subject, ..SetGroup::default() })
        .await
        .map_err(explain)?;
    account.host.room(room).user().set_room_subject(changed.subject, None);
    Ok(())
}

pub(super) async fn set_role(
    account: &Account,
    room: RoomId,
    contact: ContactId,
    affiliation: Affiliation,
    reason: Option<String>,
) -> Result<()> {
    let role = match affiliation {
        Affiliation::Owner => Role::Owner,
        Affiliation::Admin => Role::Admin,
        Affiliation::Member => Role::Member,
        Affiliation::Outcast => Role::Banned,
        Affiliation::None | Affiliation::Unknown => Role::None,
    };
    let (group, user) = (group_id(&room)?, contact.0);
    let words = reason.clone().unwrap_or_default();
    account.done(SetRole { group, user: user.clone(), role, reason: words }).await?;
    let room = account.host.room(room);
    match role {
        Role::Banned => drop(room.participant(user).ban(reason)),
        Role::None => drop(room.participant(user).kick(reason)),
        _ => {
            let known = account.request_patiently(Whois { user: user.clone() }).await.map_err(explain)?;
            room.set_participants(vec![participant(&account.me, &user, &known.profile.name, role)]);
        }
    }
    Ok(())
}

pub(super) async fn moderate(
    account: &Account,
    room: RoomId,
    id: MessageId,
    reason: Option<String>,
) -> Result<()> {
    let chat = protocol::Chat::Group(group_id(&room)?);
    account.done(Delete { chat, id: id.0.clone(), reason: reason.clone().unwrap_or_default() }).await?;
    let room = account.host.room(room);
    room.user().moderate(id, reason);
    Ok(())
}

pub(super) async fn destroy_group(account: &Account, room: RoomId, reason: Option<String>) -> Result<()> {
    let words = reason.clone().unwrap_or_default();
    account.done(DestroyGroup { group: group_id(&room)?, reason: words }).await?;
    account.host.room(room).remove(Departure::Left, reason);
    Ok(())
}
