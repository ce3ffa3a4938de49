//! Groups of the network, as rooms. A group and a person may have the same id, so a room's begins with a `#`, which the network allows no person's to do.

use plugin_api::Departure;
use plugin_api::prelude::*;

use super::session::SuperduperSession;
use super::trouble::{NO_GROUP, explain, explain_group};
use crate::client::{self, Client};
use crate::protocol;
use crate::protocol::group::{
    CreateGroup, DestroyGroup, GetGroup, GroupInfo, GroupKind, Join, ListGroups, Members, Role, SetGroup,
    SetRole,
};
use crate::protocol::message::Delete;
use crate::protocol::person::Whois;

/// What tells a room from a person.
const MARK: char = '#';

/// The room of a group.
pub(super) fn room_id(group: &str) -> RoomId {
    RoomId(format!("{MARK}{group}"))
}

/// The group of a room.
pub(super) fn group_id(room: &RoomId) -> Result<String> {
    let group = room.as_str().strip_prefix(MARK).map(str::to_owned);
    group.ok_or_else(|| Error::new(Condition::ItemNotFound, NO_GROUP))
}

/// A group as a room.
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

/// Somebody in a group.
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

/// The groups that the user is in; those that they are only invited to come as invitations.
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

/// Tells all groups again, and which are gone: events about them were lost.
pub(super) async fn again(client: &Client, host: &Host) -> Result<()> {
    let rooms = list(client).await.map_err(explain)?;
    for gone in host.known_rooms().await?.into_iter().filter(|id| rooms.iter().all(|room| room.id != *id)) {
        host.remove_room(gone, Departure::Left, None).await?;
    }
    for room in rooms {
        host.set_room(room).await?;
    }
    Ok(())
}

impl SuperduperSession {
    /// What the network knows of a group.
    pub(super) async fn group(&self, room: &RoomId) -> Result<GroupInfo> {
        self.patiently(GetGroup { group: group_id(room)? }).await.map_err(explain_group)
    }

    /// Who is in a group. Entering is how the user accepts an invitation, or joins a public group.
    pub(super) async fn participants(&self, room: &RoomId) -> Result<Vec<ParticipantInfo>> {
        let group = group_id(room)?;
        if self.group(room).await?.role.is_some_and(|role| role < Role::Member) {
            self.done(Join { group: group.clone() }).await?;
        }
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let ask = Members { group: group.clone(), after, banned: false };
            let page = self.patiently(ask).await.map_err(explain_group)?;
            after = page.members.last().map(|member| member.user.clone());
            let members = page.members.iter();
            all.extend(members.map(|member| participant(self.me(), &member.user, &member.name, member.role)));
            if !page.more || after.is_none() {
                return Ok(all);
            }
        }
    }

    pub(super) async fn create_group(&self, name: String, contacts: Vec<ContactId>) -> Result<RoomId> {
        let members = contacts.into_iter().map(|contact| contact.0).collect();
        let ask = CreateGroup { name, members, ..CreateGroup::default() };
        let group = self.now(ask).await.map_err(explain)?;
        self.host.set_room(info(&group));
        Ok(room_id(&group.id))
    }

    /// Changes a group, and tells what it is then: the network tells all devices but the one that has done it. That holds
    /// for whatever is told below. It is handed over in order; the daemon may be waiting for us before it answers.
    pub(super) async fn change(&self, ask: SetGroup) -> Result<GroupInfo> {
        let group = self.patiently(ask).await.map_err(explain_group)?;
        self.host.set_room(info(&group));
        Ok(group)
    }

    pub(super) async fn set_subject(&self, room: RoomId, subject: String) -> Result<()> {
        let (group, subject) = (group_id(&room)?, Some(subject));
        let changed =
            self.patiently(SetGroup { group, subject, ..SetGroup::default() }).await.map_err(explain)?;
        self.host.room(room).user().set_room_subject(changed.subject, None);
        Ok(())
    }

    pub(super) async fn set_role(
        &self,
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
        self.done(SetRole { group, user: user.clone(), role, reason: words }).await?;
        let room = self.host.room(room);
        match role {
            Role::Banned => drop(room.participant(user).ban(reason)),
            Role::None => drop(room.participant(user).kick(reason)),
            _ => {
                let known = self.patiently(Whois { user: user.clone() }).await.map_err(explain)?;
                room.set_participants(vec![participant(self.me(), &user, &known.profile.name, role)]);
            }
        }
        Ok(())
    }

    pub(super) async fn moderate(&self, room: RoomId, id: MessageId, reason: Option<String>) -> Result<()> {
        let chat = protocol::Chat::Group(group_id(&room)?);
        self.done(Delete { chat, id: id.0.clone(), reason: reason.clone().unwrap_or_default() }).await?;
        let room = self.host.room(room);
        room.moderate(id, Some(room.user().sender()), reason);
        Ok(())
    }

    pub(super) async fn destroy_group(&self, room: RoomId, reason: Option<String>) -> Result<()> {
        let words = reason.clone().unwrap_or_default();
        self.done(DestroyGroup { group: group_id(&room)?, reason: words }).await?;
        self.host.room(room).remove(Departure::Left, reason);
        Ok(())
    }
}
