//! Groups of the network, as rooms. A group and a person may have the same id, so a room's begins with a `#`, which no person's does.

use plugin_api::prelude::*;
use plugin_api::{Departure, ParticipantInfo, Room, RoomInfo, RoomType};

use super::session::SuperduperSession;
use super::trouble::explain;
use crate::protocol::group::{
    GetGroup, GroupInfo, GroupKind, Leave, ListGroups, Members, Role, SetGroup, SetRole,
};

/// What tells a room from a person.
const MARK: char = '#';

/// The room of a group.
pub(super) fn room_id(group: &str) -> RoomId {
    RoomId(format!("{MARK}{group}"))
}

/// The group of a room.
pub(super) fn group_id(room: &str) -> Result<String> {
    let group = room.strip_prefix(MARK).map(str::to_owned);
    group.ok_or_else(|| Error::new(Condition::ItemNotFound, "There is no such group on superduper."))
}

/// A group as a room.
pub(super) fn info(group: &GroupInfo) -> RoomInfo {
    RoomInfo {
        id: room_id(&group.id),
        name: Some(group.name.clone()),
        description: Some(group.description.clone()),
        subject: Some(group.subject.clone()),
        subject_setter: group.subject_by.clone(),
        kind: Some(match group.kind {
            GroupKind::Private => RoomType::Group,
            GroupKind::Public => RoomType::ChannelNonAnonymous,
        }),
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

/// Somebody's role in a group has changed; nothing to tell for those who were and are outside.
pub(super) fn member(
    room: &Room,
    me: &str,
    (user, name): (&str, &str),
    (was, role): (Role, Role),
    (by, reason): (&str, String),
) -> Option<Sending> {
    if role >= Role::Member {
        return Some(room.set_participants(vec![participant(me, user, name, role)]));
    }
    let departure = match role {
        Role::Banned => Departure::Banned,
        _ if by == user => Departure::Left,
        _ => Departure::Kicked,
    };
    let reason = (!reason.is_empty()).then_some(reason);
    if user == me {
        return Some(room.remove(departure, reason));
    }
    let who = room.participant(user);
    (was >= Role::Member).then(|| match departure {
        Departure::Banned => who.ban(reason),
        Departure::Kicked => who.kick(reason),
        _ => who.leave(),
    })
}

impl SuperduperSession {
    /// The groups that the user is in.
    pub(super) async fn rooms(&self) -> Result<Vec<RoomInfo>> {
        let (mut rooms, mut after) = (Vec::new(), None);
        loop {
            let page = self.patiently(ListGroups { after }).await.map_err(explain)?;
            after = page.groups.last().map(|group| group.id.clone());
            let inside =
                page.groups.iter().filter(|group| group.role.is_none_or(|role| role >= Role::Member));
            rooms.extend(inside.map(info));
            if !page.more || after.is_none() {
                return Ok(rooms);
            }
        }
    }

    pub(super) async fn room(&self, room: &RoomId) -> Result<RoomInfo> {
        let group = self.patiently(GetGroup { group: group_id(room.as_str())? }).await.map_err(explain)?;
        Ok(info(&group))
    }

    pub(super) async fn participants(&self, room: &RoomId) -> Result<Vec<ParticipantInfo>> {
        let group = group_id(room.as_str())?;
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let ask = Members { group: group.clone(), after, banned: false };
            let page = self.patiently(ask).await.map_err(explain)?;
            after = page.members.last().map(|member| member.user.clone());
            let inside = page.members.iter().filter(|member| member.role >= Role::Member);
            all.extend(inside.map(|member| participant(self.me(), &member.user, &member.name, member.role)));
            if !page.more || after.is_none() {
                return Ok(all);
            }
        }
    }

    pub(super) async fn set_subject(&self, room: &RoomId, subject: String) -> Result<()> {
        let group = group_id(room.as_str())?;
        self.done(SetGroup { group, subject: Some(subject), ..SetGroup::default() }).await
    }

    pub(super) async fn leave(&self, room: &RoomId) -> Result<()> {
        self.done(Leave { group: group_id(room.as_str())?, reason: String::new() }).await
    }

    pub(super) async fn set_role(
        &self,
        room: &RoomId,
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
        let group = group_id(room.as_str())?;
        self.done(SetRole { group, user: contact.0, role, reason: reason.unwrap_or_default() }).await
    }
}
