//! Who is in a group: invitations, joining, leaving, roles.

use std::ops::Bound;

use super::{Actor, Outcome, World, answer, done, refuse, rules};
use crate::protocol::group::{Invite, Join, Leave, MemberPage, Members, SetRole};
use crate::protocol::{Event, GroupKind, Kind, Member, Role, UserId, limits};

impl World {
    pub(super) fn members(&self, by: &Actor, ask: &Members) -> Outcome {
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
            wanted.map(|(user, role)| Member { user: user.clone(), name: self.name(user), role: *role });
        let (members, more) = rules::page(entries, limits::PAGE);
        answer(&MemberPage { members, more })
    }

    pub(super) fn invite(&mut self, by: &Actor, ask: &Invite) -> Outcome {
        rules::text(&ask.text, limits::NAME)?;
        self.other(&ask.user)?;
        let group = self.require(by, &ask.group, Role::Member)?;
        match group.role(&ask.user) {
            Role::Banned => return refuse(Kind::Forbidden, "this user is banned from this group"),
            Role::None | Role::Invited => {}
            _ => return refuse(Kind::Conflict, "this user is in the group already"),
        }
        if self.blocks(&ask.user, &by.user) {
            return refuse(Kind::Forbidden, "this user does not want to be asked");
        }
        self.room_for(&ask.group, &ask.user)?;
        self.set_seat(&ask.group, &ask.user, Role::Invited);
        if let Some(group) = self.info(&ask.group, None) {
            let event = Event::Invitation { group, by: by.user.clone(), text: ask.text.clone() };
            self.tell(&ask.user, by, &event);
        }
        done()
    }

    pub(super) fn join(&mut self, by: &Actor, ask: &Join) -> Outcome {
        let was = self.visible(by, &ask.group)?.role(&by.user);
        if was < Role::Member {
            self.room_for(&ask.group, &by.user)?;
            self.seat(by, &ask.group, &by.user, Role::Member, "");
        }
        self.answer_group(by, &ask.group)
    }

    pub(super) fn leave(&mut self, by: &Actor, ask: &Leave) -> Outcome {
        rules::text(&ask.reason, limits::NAME)?;
        self.require(by, &ask.group, Role::Invited)?;
        self.seat(by, &ask.group, &by.user, Role::None, &ask.reason);
        self.inherit(by, &ask.group);
        done()
    }

    pub(super) fn set_role(&mut self, by: &Actor, ask: &SetRole) -> Outcome {
        rules::text(&ask.reason, limits::NAME)?;
        self.other(&ask.user)?;
        let group = self.require(by, &ask.group, Role::Admin)?;
        let (mine, was) = (group.role(&by.user), group.role(&ask.user));
        if ask.user == by.user {
            return refuse(Kind::BadRequest, "nobody changes their own role; leave instead");
        }
        if was >= mine && mine != Role::Owner || ask.role >= Role::Admin && mine < Role::Owner {
            return refuse(Kind::Forbidden, "your role in this group does not allow this");
        }
        // Nobody is put into a group against their will: outside of it only the ban exists.
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
            self.seat(by, &ask.group, &ask.user, role, &ask.reason);
        }
        done()
    }

    /// Gives somebody a role and tells the members, and the one concerned when they are no member (any more).
    fn seat(&mut self, by: &Actor, id: &str, user: &str, role: Role, reason: &str) {
        let was = self.groups.get(id).map_or(Role::None, |group| group.role(user));
        let event = Event::Member {
            group: id.to_owned(),
            user: user.to_owned(),
            name: self.name(user),
            was,
            role,
            by: by.user.clone(),
            reason: reason.to_owned(),
        };
        if role >= Role::Member && was < Role::Member {
            // The newcomer learns of the group first, on all other devices.
            self.set_seat(id, user, role);
            if let Some(group) = self.info(id, None) {
                self.tell(user, by, &Event::Group { group, by: by.user.clone() });
            }
        }
        self.set_seat(id, user, role);
        self.tell_group(id, by, &event);
        if role < Role::Member {
            self.tell(user, by, &event);
        }
    }

    /// Sets a role in the group's and the account's books, and tells nobody.
    pub(super) fn set_seat(&mut self, id: &str, user: &str, role: Role) {
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
        if let Some(account) = self.accounts.get_mut(user) {
            if role >= Role::Invited {
                account.groups.insert(id.to_owned());
            } else {
                account.groups.remove(id);
            }
        }
    }

    /// When a group has lost its last owner, the highest and then the oldest member becomes one. An empty group ends.
    fn inherit(&mut self, by: &Actor, id: &str) {
        let Some(group) = self.groups.get(id) else { return };
        if group.members().any(|user| group.role(user) == Role::Owner) {
            return;
        }
        // Of equals `max_by_key` takes the last, so the oldest comes last.
        match group.seniority.iter().rev().max_by_key(|user| group.role(user)).cloned() {
            Some(heir) => self.seat(by, id, &heir, Role::Owner, ""),
            None => {
                let event =
                    Event::GroupGone { group: id.to_owned(), by: by.user.clone(), reason: String::new() };
                for invited in self.forget_group(by, id) {
                    self.tell(&invited, by, &event);
                }
            }
        }
    }

    /// Whether a group, and somebody's list of groups, has room for one more.
    fn room_for(&self, id: &str, user: &str) -> Result<(), crate::protocol::Refusal> {
        rules::count(self.groups.get(id).map_or(0, |group| group.roles.len()) + 1, limits::MEMBERS)?;
        rules::count(self.accounts.get(user).map_or(0, |account| account.groups.len()) + 1, limits::CONTACTS)
    }

    /// The name in somebody's profile.
    pub(super) fn name(&self, user: &str) -> String {
        self.accounts.get(user).map_or_else(|| user.to_owned(), |account| account.profile.name.clone())
    }
}
