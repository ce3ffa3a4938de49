//! Connections of devices, and the presence that friends see.

use super::super::account::Account;
use super::super::device::{Line, Link};
use super::super::outcome::{Actor, Outcome, done};
use super::super::rules;
use super::People;
use crate::protocol::person::SetPresence;
use crate::protocol::{Event, Millis, Presence, Relation, UserId, limits};

impl People {
    /// Connects a device, and closes an earlier connection of it. Returns whether the device
    /// exists.
    pub(in super::super) fn attach(&mut self, by: &Actor, link: Link) -> bool {
        let was_connected = self.accounts.get(&by.user).is_some_and(Account::connected);
        let Some(device) = self.device_mut(&by.user, &by.device) else { return false };
        device.bye("replaced");
        device.link = Some(link);
        if !was_connected {
            self.show_presence(by);
        }
        true
    }

    /// Disconnects a device, unless another connection has taken its place. Returns whether the
    /// account is now offline.
    pub(in super::super) fn detach(&mut self, by: &Actor, number: u64) -> bool {
        let Some(device) = self.device_mut(&by.user, &by.device) else { return false };
        if device.link.as_ref().is_none_or(|link| link.number != number) {
            return false;
        }
        device.link = None;
        !self.accounts.get(&by.user).is_some_and(Account::connected)
    }

    /// Ends all connections.
    pub(in super::super) fn close(&mut self, reason: &'static str) {
        for device in self.accounts.values_mut().flat_map(|account| account.devices.values_mut()) {
            device.bye(reason);
        }
    }

    /// Returns the connections of one account, or of all.
    pub(in super::super) fn links(&self, user: Option<&str>) -> Vec<Link> {
        let accounts = self.accounts.iter().filter(|(id, _)| user.is_none_or(|user| *id == user));
        accounts
            .flat_map(|(_, account)| account.devices.values().filter_map(|device| device.link.clone()))
            .collect()
    }

    pub(in super::super) fn seen(&mut self, user: &str, now: Millis) -> Outcome {
        if let Some(account) = self.accounts.get_mut(user) {
            account.last_seen = Some(now);
            self.show_presence(&Actor { user: user.to_owned(), device: String::new() });
        }
        done()
    }

    pub(in super::super) fn set_presence(&mut self, by: &Actor, ask: &SetPresence) -> Outcome {
        rules::text(&ask.text, limits::NAME)?;
        self.own(by)?.chosen = Presence { show: ask.show, text: ask.text.clone(), last_seen: None };
        self.show_presence(by);
        done()
    }

    /// Shows an account's presence to all its friends and to its own other devices.
    fn show_presence(&self, by: &Actor) {
        let Some(account) = self.accounts.get(&by.user) else { return };
        let line = presence_line(&by.user, account.presence());
        account.tell_live(&by.user, by, &line);
        let friends =
            account.contacts.iter().filter(|(_, entry)| entry.relation == Relation::Friend && !entry.blocked);
        for (friend, _) in friends {
            if let Some(friend_account) = self.accounts.get(friend) {
                friend_account.tell_live(friend, by, &line);
            }
        }
    }

    /// Shows an account's presence to one friend; a blocked one sees it offline.
    pub(in super::super) fn show_presence_to(&self, user: &str, friend: &str) {
        let (Some(account), Some(friend_account)) = (self.accounts.get(user), self.accounts.get(friend))
        else {
            return;
        };
        let presence = if self.blocks(user, friend) { Presence::default() } else { account.presence() };
        let by = Actor { user: UserId::new(), device: String::new() };
        friend_account.tell_live(friend, &by, &presence_line(user, presence));
    }
}

fn presence_line(user: &str, presence: Presence) -> Line {
    Line::of(&Event::Presence { user: user.to_owned(), presence })
}
