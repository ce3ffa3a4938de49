//! Groups: founding, changing, ending.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::super::files::Files;
use super::super::group::Group;
use super::super::ids::Ids;
use super::super::outcome::{Actor, Outcome, answer, done, refuse};
use super::super::people::People;
use super::super::rules;
use super::Groups;
use crate::protocol::group::{CreateGroup, DestroyGroup, GetGroup, Groups as Page, ListGroups, SetGroup};
use crate::protocol::{Event, GroupId, GroupInfo, GroupKind, Kind, Refusal, Role, UserId, limits};

impl Groups {
    pub(in super::super) fn create_group(
        &mut self,
        by: &Actor,
        ask: &CreateGroup,
        people: &mut People,
        ids: &mut Ids,
    ) -> Outcome {
        rules::text(&ask.name, limits::NAME)?;
        rules::count(ask.members.len() + 1, limits::MEMBERS)?;
        rules::count(self.groups.len() + 1, limits::POPULATION)?;
        if let Some(id) = &ask.id {
            rules::id(id)?;
            // Gateways put a mark before the id.
            rules::text(id, limits::ID - 1)?;
            if self.groups.contains_key(id) {
                return refuse(Kind::Conflict, "this group exists already");
            }
        }
        for user in &ask.members {
            people.other(user)?;
        }
        if let Some(space) = &ask.space {
            self.owned_space(by, space)?;
        }
        rules::count(people.own(by)?.groups.len() + 1, limits::CONTACTS)?;
        let id = ask.id.clone().unwrap_or_else(|| ids.next('g'));
        let info =
            GroupInfo { id: id.clone(), kind: ask.kind, name: ask.name.clone(), ..GroupInfo::default() };
        self.groups.insert(id.clone(), Group { info, roles: BTreeMap::new(), seniority: Vec::new() });
        self.set_seat(&id, &by.user, Role::Owner, people);
        for user in &ask.members {
            if *user != by.user && !people.blocks(user, &by.user) {
                self.set_seat(&id, user, Role::Member, people);
            }
        }
        if let Some(space) = &ask.space {
            self.put_in_space(by, space, &id, people);
        }
        self.tell_group_changed(&id, by, people);
        self.answer_group(by, &id)
    }

    pub(in super::super) fn list_groups(&self, by: &Actor, ask: &ListGroups, people: &People) -> Outcome {
        let Some(account) = people.get(&by.user) else {
            return refuse(Kind::NotLoggedIn, "this account is gone");
        };
        let after = ask.after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let groups = account.groups.range::<GroupId, _>((after, Bound::Unbounded));
        let (groups, more) = rules::page(groups.filter_map(|id| self.info(id, Some(&by.user))), limits::PAGE);
        answer(&Page { groups, more })
    }

    pub(in super::super) fn get_group(&self, by: &Actor, ask: &GetGroup) -> Outcome {
        self.visible(by, &ask.group)?;
        self.answer_group(by, &ask.group)
    }

    pub(in super::super) fn set_group(
        &mut self,
        by: &Actor,
        ask: &SetGroup,
        people: &mut People,
        files: &Files,
    ) -> Outcome {
        rules::optional(ask.name.as_ref(), limits::NAME)?;
        rules::optional(ask.subject.as_ref(), limits::NAME)?;
        rules::optional(ask.description.as_ref(), limits::ABOUT)?;
        let avatar = files.picture(ask.avatar.as_deref())?;
        let for_admins =
            ask.name.is_some() || ask.description.is_some() || avatar.is_some() || ask.kind.is_some();
        self.require(by, &ask.group, if for_admins { Role::Admin } else { Role::Member })?;
        let own_name = people.get(&by.user).map(|account| account.profile.name.clone());
        let Some(group) = self.groups.get_mut(&ask.group) else { return done() };
        let info = &mut group.info;
        if let Some(name) = &ask.name {
            info.name.clone_from(name);
        }
        if let Some(subject) = &ask.subject {
            info.subject.clone_from(subject);
            info.subject_by = Some(by.user.clone());
            info.subject_by_name = own_name.unwrap_or_default();
        }
        if let Some(description) = &ask.description {
            info.description.clone_from(description);
        }
        if let Some(avatar) = avatar {
            info.avatar = avatar;
        }
        if let Some(kind) = ask.kind {
            info.kind = kind;
        }
        self.tell_group_changed(&ask.group, by, people);
        self.answer_group(by, &ask.group)
    }

    pub(in super::super) fn destroy_group(
        &mut self,
        by: &Actor,
        ask: &DestroyGroup,
        people: &mut People,
    ) -> Outcome {
        rules::text(&ask.reason, limits::NAME)?;
        self.require(by, &ask.group, Role::Owner)?;
        let event =
            Event::GroupGone { group: ask.group.clone(), by: by.user.clone(), reason: ask.reason.clone() };
        for user in self.forget_group(by, &ask.group, people) {
            people.tell(&user, by, &event);
        }
        done()
    }

    /// Removes a group from all accounts and from its space. Returns everybody who was in it or
    /// invited.
    pub(in super::super) fn forget_group(
        &mut self,
        by: &Actor,
        id: &str,
        people: &mut People,
    ) -> Vec<UserId> {
        let Some(group) = self.groups.remove(id) else { return Vec::new() };
        for user in group.roles.keys() {
            if let Some(account) = people.get_mut(user) {
                account.groups.remove(id);
            }
        }
        if let Some(space) = &group.info.space {
            self.take_from_space(by, space, id, people);
        }
        group.roles.into_iter().filter(|(_, role)| *role >= Role::Invited).map(|(user, _)| user).collect()
    }

    /// Answers with a group and the asker's role.
    pub(in super::super) fn answer_group(&self, by: &Actor, id: &str) -> Outcome {
        match self.info(id, Some(&by.user)) {
            Some(info) => answer(&info),
            None => refuse(Kind::NotFound, "no such group"),
        }
    }

    /// Returns a group with its number of members, and the role of a user.
    pub(in super::super) fn info(&self, id: &str, user: Option<&str>) -> Option<GroupInfo> {
        let group = self.groups.get(id)?;
        let role = user.map(|user| group.role(user));
        Some(GroupInfo { members: group.seniority.len(), role, ..group.info.clone() })
    }

    /// Tells all members the new state of a group.
    pub(in super::super) fn tell_group_changed(&mut self, id: &str, by: &Actor, people: &mut People) {
        if let Some(group) = self.info(id, None) {
            self.tell_group(id, by, &Event::Group { group, by: by.user.clone() }, people);
        }
    }

    /// Returns a group if the actor may know of it: members, the invited, and everybody else if it
    /// is public and does not ban them.
    pub(in super::super) fn visible(&self, by: &Actor, id: &str) -> Result<&Group, Refusal> {
        match self.groups.get(id) {
            Some(group) => match group.role(&by.user) {
                Role::Banned => refuse(Kind::Forbidden, "you are banned from this group"),
                Role::None if group.info.kind == GroupKind::Private => {
                    refuse(Kind::NotFound, "no such group")
                }
                _ => Ok(group),
            },
            None => refuse(Kind::NotFound, "no such group"),
        }
    }

    /// Refuses an actor whose role in a group is lower than `role`.
    pub(in super::super) fn require(&self, by: &Actor, id: &str, role: Role) -> Result<&Group, Refusal> {
        let group = self.visible(by, id)?;
        if group.role(&by.user) < role {
            return refuse(Kind::Forbidden, "your role in this group does not allow this");
        }
        Ok(group)
    }
}
