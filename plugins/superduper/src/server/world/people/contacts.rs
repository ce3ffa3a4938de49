//! Contact lists with their entries and names.

use std::ops::Bound;

use super::super::account::Entry;
use super::super::outcome::{Actor, Outcome, answer, done, refuse};
use super::super::rules;
use super::People;
use crate::protocol::person::{Block, ContactPage, Contacts, Rename, Whois};
use crate::protocol::{Contact, Event, Kind, Presence, Refusal, Relation, UserId, limits};

impl People {
    pub(in super::super) fn contacts(&self, by: &Actor, ask: &Contacts) -> Outcome {
        let Some(account) = self.accounts.get(&by.user) else {
            return refuse(Kind::NotLoggedIn, "this account is gone");
        };
        let after = ask.after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let entries = account.contacts.range::<UserId, _>((after, Bound::Unbounded));
        let (contacts, more) =
            rules::page(entries.map(|(user, _)| self.contact(&by.user, user)), limits::PAGE);
        answer(&ContactPage { contacts, more })
    }

    pub(in super::super) fn whois(&self, by: &Actor, ask: &Whois) -> Outcome {
        self.other(&ask.user)?;
        answer(&self.contact(&by.user, &ask.user))
    }

    pub(in super::super) fn rename(&mut self, by: &Actor, ask: &Rename) -> Outcome {
        rules::text(&ask.name, limits::NAME)?;
        self.change_entry(by, &ask.user, |entry| entry.nickname.clone_from(&ask.name))
    }

    pub(in super::super) fn block(&mut self, by: &Actor, ask: &Block) -> Outcome {
        if ask.user == by.user {
            return refuse(Kind::BadRequest, "this is yourself");
        }
        let shared = self.are_friends(&by.user, &ask.user);
        self.change_entry(by, &ask.user, |entry| entry.blocked = ask.blocked)?;
        if shared {
            // A blocked friend sees the account go, an unblocked one sees it come back.
            self.show_presence_to(&by.user, &ask.user);
        }
        done()
    }

    /// Changes an entry of the actor's own list and tells the actor's other devices.
    fn change_entry(&mut self, by: &Actor, user: &str, change: impl FnOnce(&mut Entry)) -> Outcome {
        self.other(user)?;
        let account = self.own(by)?;
        let mut entry = account.contacts.get(user).cloned().unwrap_or_default();
        let was = entry.relation;
        change(&mut entry);
        self.put_entry(&by.user, user, entry)?;
        self.tell_contact(&by.user, by, user, was, "");
        done()
    }

    /// Puts an entry into a list; an empty one is removed.
    pub(in super::super) fn put_entry(
        &mut self,
        owner: &str,
        user: &str,
        entry: Entry,
    ) -> Result<(), Refusal> {
        let Some(account) = self.accounts.get_mut(owner) else { return Ok(()) };
        if entry == Entry::default() {
            account.contacts.remove(user);
        } else {
            if !account.contacts.contains_key(user) {
                rules::count(account.contacts.len() + 1, limits::CONTACTS)?;
            }
            account.contacts.insert(user.to_owned(), entry);
        }
        Ok(())
    }

    /// Tells an account about an entry of its list.
    pub(in super::super) fn tell_contact(
        &mut self,
        owner: &str,
        by: &Actor,
        user: &str,
        was: Relation,
        text: &str,
    ) {
        let contact = self.contact(owner, user);
        self.tell(owner, by, &Event::Contact { contact, by: by.user.clone(), was, text: text.to_owned() });
    }

    /// Describes a user as an account sees them. The presence is for friends only, and not for
    /// those who are blocked.
    pub(in super::super) fn contact(&self, owner: &str, user: &str) -> Contact {
        let entry = self.accounts.get(owner).and_then(|account| account.contacts.get(user)).cloned();
        let entry = entry.unwrap_or_default();
        let other = self.accounts.get(user);
        let presence = match other {
            Some(other) if entry.relation == Relation::Friend && !self.blocks(user, owner) => {
                other.presence()
            }
            _ => Presence::default(),
        };
        Contact {
            user: user.to_owned(),
            nickname: entry.nickname,
            relation: entry.relation,
            blocked: entry.blocked,
            profile: other.map(|other| other.profile.clone()).unwrap_or_default(),
            presence,
        }
    }

    /// Tells whether `user` blocks `other`.
    pub(in super::super) fn blocks(&self, user: &str, other: &str) -> bool {
        self.accounts
            .get(user)
            .and_then(|account| account.contacts.get(other))
            .is_some_and(|entry| entry.blocked)
    }

    /// Tells whether both are friends.
    pub(in super::super) fn are_friends(&self, one: &str, other: &str) -> bool {
        let entry = self.accounts.get(one).and_then(|account| account.contacts.get(other));
        entry.is_some_and(|entry| entry.relation == Relation::Friend)
    }
}
