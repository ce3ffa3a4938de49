//! Spaces: collections of groups.

use std::collections::BTreeSet;

use super::super::files::Files;
use super::super::ids::Ids;
use super::super::outcome::{Actor, Outcome, answer, done, refuse};
use super::super::people::People;
use super::super::rules;
use super::Groups;
use crate::protocol::group::{CreateSpace, JoinSpace, LeaveSpace, SetSpace, Spaces};
use crate::protocol::{Event, Kind, Refusal, Role, Space, UserId, limits};

/// Most groups of one space: as many as fit on one line of a listing.
const GROUPS: usize = 1_000;

impl Groups {
    pub(in super::super) fn create_space(
        &mut self,
        by: &Actor,
        ask: &CreateSpace,
        people: &mut People,
        ids: &mut Ids,
    ) -> Outcome {
        rules::text(&ask.name, limits::NAME)?;
        rules::count(self.spaces.len() + 1, limits::POPULATION)?;
        if let Some(id) = &ask.id {
            rules::id(id)?;
            if self.spaces.contains_key(id) {
                return refuse(Kind::Conflict, "this space exists already");
            }
        }
        let id = ask.id.clone().unwrap_or_else(|| ids.next('s'));
        let space = Space {
            id: id.clone(),
            name: ask.name.clone(),
            owner: by.user.clone(),
            members: 1,
            ..Space::default()
        };
        self.spaces.insert(id.clone(), (space.clone(), BTreeSet::from([by.user.clone()])));
        people.tell(&by.user, by, &Event::Space { space: space.clone() });
        answer(&space)
    }

    pub(in super::super) fn list_spaces(&self, by: &Actor) -> Outcome {
        let mine = self.spaces.values().filter(|(_, members)| members.contains(&by.user));
        let (spaces, _) = rules::page(mine.map(|(space, _)| space.clone()), limits::PAGE);
        answer(&Spaces { spaces })
    }

    pub(in super::super) fn set_space(
        &mut self,
        by: &Actor,
        ask: &SetSpace,
        people: &mut People,
        files: &Files,
    ) -> Outcome {
        rules::optional(ask.name.as_ref(), limits::NAME)?;
        rules::optional(ask.description.as_ref(), limits::ABOUT)?;
        let avatar = files.picture(ask.avatar.as_deref())?;
        let known = self.owned_space(by, &ask.space)?.groups.len();
        if let Some(group) = &ask.add {
            rules::count(known + 1, GROUPS)?;
            self.require(by, group, Role::Owner)?;
        }
        let Some((space, _)) = self.spaces.get_mut(&ask.space) else { return done() };
        if let Some(name) = &ask.name {
            space.name.clone_from(name);
        }
        if let Some(description) = &ask.description {
            space.description.clone_from(description);
        }
        if let Some(avatar) = avatar {
            space.avatar = avatar;
        }
        if let Some(group) = &ask.remove {
            self.take_from_space(by, &ask.space, group, people);
        }
        match &ask.add {
            Some(group) => {
                self.put_in_space(by, &ask.space, group, people);
                self.tell_group_changed(group, by, people);
            }
            None => self.tell_space(by, &ask.space, people),
        }
        self.answer_space(&ask.space)
    }

    pub(in super::super) fn join_space(
        &mut self,
        by: &Actor,
        ask: &JoinSpace,
        people: &mut People,
    ) -> Outcome {
        let Some((space, members)) = self.spaces.get_mut(&ask.space) else {
            return refuse(Kind::NotFound, "no such space");
        };
        rules::count(members.len() + 1, limits::MEMBERS)?;
        if members.insert(by.user.clone()) {
            space.members = members.len();
            self.tell_space(by, &ask.space, people);
        }
        self.answer_space(&ask.space)
    }

    pub(in super::super) fn leave_space(
        &mut self,
        by: &Actor,
        ask: &LeaveSpace,
        people: &mut People,
    ) -> Outcome {
        let Some((space, members)) = self.spaces.get_mut(&ask.space) else {
            return refuse(Kind::NotFound, "no such space");
        };
        if !members.remove(&by.user) {
            return refuse(Kind::NotFound, "you are not in this space");
        }
        space.members = members.len();
        let gone = Event::SpaceGone { space: ask.space.clone() };
        if space.owner == by.user {
            let (groups, members) = (space.groups.clone(), std::mem::take(members));
            self.spaces.remove(&ask.space);
            for group in groups {
                if let Some(group) = self.groups.get_mut(&group) {
                    group.info.space = None;
                }
            }
            for user in members {
                people.tell(&user, by, &gone);
            }
        } else {
            self.tell_space(by, &ask.space, people);
        }
        people.tell(&by.user, by, &gone);
        done()
    }

    /// Returns a space that the actor owns.
    pub(in super::super) fn owned_space(&self, by: &Actor, id: &str) -> Result<&Space, Refusal> {
        match self.spaces.get(id) {
            Some((space, _)) if space.owner == by.user => Ok(space),
            Some(_) => refuse(Kind::Forbidden, "only its owner changes a space"),
            None => refuse(Kind::NotFound, "no such space"),
        }
    }

    /// Moves a group into a space, out of the one where it was, and tells the space's members.
    pub(in super::super) fn put_in_space(&mut self, by: &Actor, id: &str, group: &str, people: &mut People) {
        let before = self.groups.get(group).and_then(|group| group.info.space.clone());
        if let Some(before) = before {
            self.take_from_space(by, &before, group, people);
        }
        if let (Some((space, _)), Some(group)) = (self.spaces.get_mut(id), self.groups.get_mut(group)) {
            space.groups.push(group.info.id.clone());
            group.info.space = Some(id.to_owned());
        }
        self.tell_space(by, id, people);
    }

    /// Takes a group out of a space and tells the space's members.
    pub(in super::super) fn take_from_space(
        &mut self,
        by: &Actor,
        id: &str,
        group: &str,
        people: &mut People,
    ) {
        let Some((space, _)) = self.spaces.get_mut(id) else { return };
        space.groups.retain(|known| known != group);
        if let Some(group) = self.groups.get_mut(group)
            && group.info.space.as_deref() == Some(id)
        {
            group.info.space = None;
        }
        self.tell_space(by, id, people);
    }

    fn tell_space(&mut self, by: &Actor, id: &str, people: &mut People) {
        let Some((space, members)) = self.spaces.get(id) else { return };
        let event = Event::Space { space: space.clone() };
        let members: Vec<UserId> = members.iter().cloned().collect();
        for user in members {
            people.tell(&user, by, &event);
        }
    }

    fn answer_space(&self, id: &str) -> Outcome {
        match self.spaces.get(id) {
            Some((space, _)) => answer(space),
            None => refuse(Kind::NotFound, "no such space"),
        }
    }
}
