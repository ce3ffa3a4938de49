//! What commands ask of a session: how it is, whom it knows, what it should change.

use super::{Session, ready::Ready};
use crate::stanza::error::stanza_error;
use crate::{
    say,
    store::Write,
    xmpp::{Condition, StanzaError, disco::Item},
};
use bytes::Bytes;
use compact_str::CompactString;
use plugin_api::{ContactId, Data, Form, RoomId};
use std::collections::HashMap;
use tokio::sync::oneshot;

/// A question, with where its answer goes. None comes when the session is ending.
pub enum Asked {
    /// How it is.
    Report(oneshot::Sender<Report>),
    /// Whom it knows.
    Contacts(oneshot::Sender<Vec<Known>>),
    /// Its rooms, for service discovery.
    Rooms(oneshot::Sender<Vec<Item>>),
    /// Leave a room for good.
    LeaveRoom(RoomId, oneshot::Sender<Result<(), StanzaError>>),
    /// Read the network's contact list again.
    SyncContacts(oneshot::Sender<Result<Synced, String>>),
    /// New preferences. Answered when they are written.
    SetPreferences(Form, oneshot::Sender<()>),
    /// Log in again, now.
    Relogin(oneshot::Sender<Result<(), ConnectedAlready>>),
    /// An administrator wants them logged out, until they log in again.
    Logout(oneshot::Sender<()>),
    /// New credentials. Answered when they are written.
    SetData(Data, oneshot::Sender<()>),
    /// The user is leaving: log out, clean up, forget. Answered when all is done; the stanza goes out as soon as it is written that they are gone.
    Unregister(Option<Bytes>, oneshot::Sender<()>),
}

/// There is nothing to log in again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectedAlready;

/// How a session is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// What the gateway's presence says.
    pub status: String,
    /// The network takes messages.
    pub connected: bool,
    /// It waits for the user to log in again.
    pub parked: bool,
    /// Logins that failed in a row.
    pub failures: u32,
    /// Friends on the network.
    pub friends: usize,
    /// Clients of the user that are online.
    pub clients: usize,
    /// What the user has chosen.
    pub preferences: Form,
}

/// Somebody whom the user knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// On the network.
    pub id: ContactId,
    /// Their name.
    pub name: Option<String>,
    /// On the user's contact list.
    pub friend: bool,
}

/// What reading the contact list has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Synced {
    /// New friends.
    pub added: usize,
    /// No longer friends.
    pub removed: usize,
    /// Friends with another name.
    pub renamed: usize,
    /// Friends now.
    pub total: usize,
}

impl Session {
    pub(super) fn asked(&mut self, asked: Asked) {
        // Whoever asked may have gone.
        match asked {
            Asked::Report(answer) => drop(answer.send(self.report())),
            Asked::Contacts(answer) => drop(answer.send(self.known())),
            Asked::Rooms(answer) => drop(answer.send(self.listed_rooms())),
            Asked::LeaveRoom(room, answer) => match self.known_room(&room) {
                Ok(id) => self.leave_for_good(&id, move |_, left| drop(answer.send(left))),
                Err(_) => {
                    let text = say!(self.language, "no-such-group");
                    drop(answer.send(Err(StanzaError::with_text(Condition::ItemNotFound, text))));
                }
            },
            Asked::SyncContacts(answer) => self.read_contacts_again(answer),
            Asked::SetPreferences(form, done) => {
                self.pen.begin();
                self.set_preferences(form);
                self.pen.tell(done);
            }
            Asked::Relogin(answer) => drop(answer.send(self.relogin())),
            Asked::Logout(done) => {
                self.log_out(&say!(self.language, "admin-logged-you-out"));
                let _ = done.send(());
            }
            Asked::SetData(data, done) => self.set_data(data, done),
            Asked::Unregister(answer, done) => self.unregister(answer, done),
        }
    }

    fn report(&self) -> Report {
        Report {
            status: self.status.status.clone().unwrap_or_default(),
            connected: matches!(&*self.ready.borrow(), Ready::Yes(_)),
            parked: self.parked,
            failures: self.failures,
            friends: self.friends().count(),
            clients: self.resources.count(),
            preferences: self.preferences.clone(),
        }
    }

    fn friends(&self) -> impl Iterator<Item = (&ContactId, &super::contacts::Contact)> {
        self.contacts.iter().filter(|(_, contact)| contact.friend)
    }

    fn known(&self) -> Vec<Known> {
        let known = self.contacts.iter().map(|(id, contact)| Known {
            id: id.clone(),
            name: contact.name.as_deref().map(str::to_owned),
            friend: contact.friend,
        });
        let mut known: Vec<_> = known.collect();
        known.sort_by_cached_key(|known| {
            (known.name.clone().unwrap_or_default().to_lowercase(), known.id.0.clone())
        });
        known
    }

    fn read_contacts_again(&mut self, answer: oneshot::Sender<Result<Synced, String>>) {
        let Some(remote) = self.online() else { return };
        self.spawn_current(async move {
            let list = remote.fill_contacts().await;
            move |session: &mut Session| {
                let synced =
                    list.map_err(|error| stanza_error(&error).text.unwrap_or_default()).map(|list| {
                        let friends = |session: &Session| -> HashMap<ContactId, Option<CompactString>> {
                            session
                                .friends()
                                .map(|(id, contact)| (id.clone(), contact.name.clone()))
                                .collect()
                        };
                        let before = friends(session);
                        session.fill_contacts(list);
                        let after = friends(session);
                        let renamed =
                            |id: &ContactId| before.get(id).is_some_and(|name| after.get(id) != Some(name));
                        Synced {
                            added: after.keys().filter(|id| !before.contains_key(id)).count(),
                            removed: before.keys().filter(|id| !after.contains_key(id)).count(),
                            renamed: after.keys().filter(|id| renamed(id)).count(),
                            total: after.len(),
                        }
                    });
                let _ = answer.send(synced);
            }
        });
    }

    fn set_preferences(&mut self, new: Form) {
        if new == self.preferences {
            return;
        }
        let previous = std::mem::replace(&mut self.preferences, new.clone());
        let json = serde_json::to_string(&new).unwrap_or_default();
        self.write(Write::UserPreferences(self.user_id, json));
        self.give_own_avatar();
        let Some(remote) = self.online().filter(|_| !self.services.hooks.lacks("on_preferences")) else {
            return;
        };
        self.spawn_current(async move {
            let result = remote.on_preferences(previous, new).await;
            move |session: &mut Session| session.hooked(&remote, "on_preferences", result)
        });
    }

    fn relogin(&mut self) -> Result<(), ConnectedAlready> {
        if matches!(&*self.ready.borrow(), Ready::Yes(_)) && !self.parked {
            return Err(ConnectedAlready);
        }
        self.failures = 0;
        self.connect();
        Ok(())
    }
}
