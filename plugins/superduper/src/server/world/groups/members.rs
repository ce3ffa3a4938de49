//! Members of groups: invitations, joining, leaving, roles.

use std::ops::Bound;

use super::super::outcome::{Actor, Outcome, answer, done, refuse};
use super::super::people::People;
use super::super::rules;
use super::Groups;
use crate::protocol::group::{Invite, Join, Leave, MemberPage, Members, SetRole};
use crate::protocol::{Event, GroupKind, Kind, Member, Refusal, Role, UserId, limits};

impl Groups {
    pub(in super::super) fn members(&self, by: &Actor, ask: &Members, people: &People) -> Outcome {
        let needed = if ask.banned { Role::Admin } else { Role::Invited };
        let group = self.visible(by, &ask.group)?;
        if group.role(&by.user) < needed && (ask.banned || group.info.kind == GroupKind::Private) {
            return refuse(Kind::Forbidden, "your role in this group does not allow this");
        }
        let after = ask.after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let roles = group.roles.range::<UserId, _>((after, Bound::Unbounded));
        let wanted = roles
            .filter(|(_, role)| if ask.banned { **role == Role::Banned } else { **role >= Role::Member });
        let entries =
            wanted.map(|(user, role)| Member { user: user.clone(), name: people.name(user), role: *role });
        let (members, more) = rules::page(entries, limits::PAGE);
        answer(&MemberPage { members, more })
    }

    pub(in super::super) fn invite(&mut self, by: &Actor, ask: &Invite, people: &mut People) -> Outcome {
        rules::text(&ask.text, limits::NAME)?;
        people.other(&ask.user)?;
        let group = self.require(by, &ask.group, Role::Member)?;
        match group.role(&ask.user) {
            Role::Banned => return refuse(Kind::Forbidden, "this user is banned from this group"),
            Role::None | Role::Invited => {}
            _ => return refuse(Kind::Conflict, "this user is in the group already"),
        }
        if people.blocks(&ask.user, &by.user) {
            return refuse(Kind::Forbidden, "this user does not want to be asked");
        }
        self.room_for(&ask.group, &ask.user, people)?;
        self.set_seat(&ask.group, &ask.user, Role::Invited, people);
        if let Some(group) = self.info(&ask.group, None) {
            let event = Event::Invitation { group, by: by.user.clone(), text: ask.text.clone() };
            people.tell(&ask.user, by, &event);
        }
        done()
    }

    pub(in super::super) fn join(&mut self, by: &Actor, ask: &Join, people: &mut People) -> Outcome {
        let was = self.visible(by, &ask.group)?.role(&by.user);
        if was < Role::Member {
            self.room_for(&ask.group, &by.user, people)?;
            self.seat(by, &ask.group, &by.user, Role::Member, "", people);
        }
        self.answer_group(by, &ask.group)
    }

    pub(in super::super) fn leave(&mut self, by: &Actor, ask: &Leave, people: &mut People) -> Outcome {
        rules::text(&ask.reason, limits::NAME)?;
        self.require(by, &ask.group, Role::Invited)?;
        self.seat(by, &ask.group, &by.user, Role::None, &ask.reason, people);
        self.inherit(by, &ask.group, people);
        done()
    }

    pub(in super::super) fn set_role(&mut self, by: &Actor, ask: &SetRole, people: &mut People) -> Outcome {
        rules::text(&ask.reason, limits::NAME)?;
        people.other(&ask.user)?;
        let group = self.require(by, &ask.group, Role::Admin)?;
        let (mine, was) = (group.role(&by.user), group.role(&ask.user));
        if ask.user == by.user {
            return refuse(Kind::BadRequest, "nobody changes their own role; leave instead");
        }
        if was >= mine && mine != Role::Owner || ask.role >= Role::Admin && mine < Role::Owner {
            return refuse(Kind::Forbidden, "your role in this group does not allow this");
        }
        // Nobody is put into a group against their will: to users outside of it, only the ban
        // applies.
        let role = match (was, ask.role) {
            (Role::Banned, Role::Banned) => Role::Banned,
            (Role::Banned, _) => Role::None,
            (_, Role::Invited) => return refuse(Kind::BadRequest, "use `invite`"),
            (Role::None | Role::Invited, role) if role >= Role::Member => {
                return refuse(Kind::Conflict, "this user is not in the group");
            }
            (_, role) => role,
        };
        if role != was {
            self.seat(by, &ask.group, &ask.user, role, &ask.reason, people);
        }
        done()
    }

    /// Gives a user a role, and tells the members. The user is told too, even if they are no member
    /// (any more).
    fn seat(&mut self, by: &Actor, id: &str, user: &str, role: Role, reason: &str, people: &mut People) {
        let was = self.groups.get(id).map_or(Role::None, |group| group.role(user));
        let event = Event::Member {
            group: id.to_owned(),
            user: user.to_owned(),
            name: people.name(user),
            was,
            role,
            by: by.user.clone(),
            reason: reason.to_owned(),
        };
        if role >= Role::Member && was < Role::Member {
            // The new member learns of the group first, on all other devices.
            self.set_seat(id, user, role, people);
            if let Some(group) = self.info(id, None) {
                people.tell(user, by, &Event::Group { group, by: by.user.clone() });
            }
        }
        self.set_seat(id, user, role, people);
        self.tell_group(id, by, &event, people);
        if role < Role::Member {
            people.tell(user, by, &event);
        }
    }

    /// Sets a role in the group and the account, and tells nobody.
    pub(in super::super) fn set_seat(&mut self, id: &str, user: &str, role: Role, people: &mut People) {
        let Some(group) = self.groups.get_mut(id) else { return };
        let was = group.role(user);
        if role == Role::None {
            group.roles.remove(user);
        } else {
            group.roles.insert(user.to_owned(), role);
        }
        if role >= Role::Member && was < Role::Member {
            group.seniority.push(user.to_owned());
        } else if role < Role::Member && was >= Role::Member {
            group.seniority.retain(|member| member != user);
        }
        if let Some(account) = people.get_mut(user) {
            if role >= Role::Invited {
                account.groups.insert(id.to_owned());
            } else {
                account.groups.remove(id);
            }
        }
    }

    /// Makes the highest member an owner when a group has lost its last one; among equals, the
    /// oldest. An empty group ends.
    fn inherit(&mut self, by: &Actor, id: &str, people: &mut People) {
        let Some(group) = self.groups.get(id) else { return };
        if group.members().any(|user| group.role(user) == Role::Owner) {
            return;
        }
        // Among equals, `max_by_key` takes the last, so the oldest has to come last.
        match group.seniority.iter().rev().max_by_key(|user| group.role(user)).cloned() {
            Some(heir) => self.seat(by, id, &heir, Role::Owner, "", people),
            None => {
                let event =
                    Event::GroupGone { group: id.to_owned(), by: by.user.clone(), reason: String::new() };
                for invited in self.forget_group(by, id, people) {
                    people.tell(&invited, by, &event);
                }
            }
        }
    }

    /// Checks that a group, and a user's list of groups, has room for one more.
    fn room_for(&self, id: &str, user: &str, people: &People) -> Result<(), Refusal> {
        rules::count(self.groups.get(id).map_or(0, |group| group.roles.len()) + 1, limits::MEMBERS)?;
        rules::count(people.get(user).map_or(0, |account| account.groups.len()) + 1, limits::CONTACTS)
    }
}
