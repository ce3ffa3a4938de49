//! Friendship: asked for, accepted, declined, ended. The relation always matches on both lists.

use super::super::outcome::{Actor, Outcome, answer, done, refuse};
use super::super::rules;
use super::People;
use crate::protocol::person::{Befriend, Unfriend};
use crate::protocol::{Kind, Refusal, Relation, limits};

impl People {
    pub(in super::super) fn befriend(&mut self, by: &Actor, ask: &Befriend) -> Outcome {
        rules::text(&ask.text, limits::NAME)?;
        self.other(&ask.user)?;
        if ask.user == by.user {
            return refuse(Kind::BadRequest, "this is yourself");
        }
        if self.blocks(&ask.user, &by.user) {
            return refuse(Kind::Forbidden, "this user does not want to be asked");
        }
        for (owner, user) in [(&by.user, &ask.user), (&ask.user, &by.user)] {
            let known = self.accounts.get(owner).map_or(0, |account| account.contacts.len());
            if !self.accounts.get(owner).is_some_and(|account| account.contacts.contains_key(user)) {
                rules::count(known + 1, limits::CONTACTS)?;
            }
        }
        match self.relation(&by.user, &ask.user) {
            Relation::None => self.relate(by, &ask.user, Relation::Asked, Relation::Asking, &ask.text)?,
            Relation::Asking => {
                self.relate(by, &ask.user, Relation::Friend, Relation::Friend, "")?;
                self.show_presence_to(&by.user, &ask.user);
                self.show_presence_to(&ask.user, &by.user);
            }
            // Asked again, or friends already: this is no news for anybody.
            Relation::Asked | Relation::Friend => {}
        }
        answer(&self.contact(&by.user, &ask.user))
    }

    pub(in super::super) fn unfriend(&mut self, by: &Actor, ask: &Unfriend) -> Outcome {
        self.other(&ask.user)?;
        if self.relation(&by.user, &ask.user) != Relation::None {
            self.relate(by, &ask.user, Relation::None, Relation::None, "")?;
        }
        done()
    }

    /// Returns the relation of `user` to `owner`.
    fn relation(&self, owner: &str, user: &str) -> Relation {
        self.accounts
            .get(owner)
            .and_then(|account| account.contacts.get(user))
            .map_or(Relation::None, |entry| entry.relation)
    }

    /// Sets the relation on both lists and tells both accounts.
    fn relate(
        &mut self,
        by: &Actor,
        user: &str,
        ours: Relation,
        theirs: Relation,
        text: &str,
    ) -> Result<(), Refusal> {
        for (owner, other, relation) in [(by.user.as_str(), user, ours), (user, by.user.as_str(), theirs)] {
            let mut entry =
                self.accounts.get(owner).and_then(|a| a.contacts.get(other)).cloned().unwrap_or_default();
            let was = std::mem::replace(&mut entry.relation, relation);
            self.put_entry(owner, other, entry)?;
            self.tell_contact(owner, by, other, was, text);
        }
        Ok(())
    }
}
