//! State and rules of the network, without any socket, file, clock or random number.
//!
//! [`World::apply`] is the only way in which what is kept changes. It takes a [`Change`] and the
//! time; run again with the same changes in the same order, it arrives at the same state, event
//! logs and their numbers included (only a presence inside an event tells who was connected). That
//! is all that the journal relies on. Every rule is checked before anything is touched, so a
//! refused change leaves no trace.

mod access;
mod account;
mod chat;
mod device;
mod edit;
mod files;
mod group;
mod groups;
mod history;
mod ids;
mod outcome;
mod people;
mod receipt;
mod rules;
mod send;

use serde::{Deserialize, Serialize};

pub(crate) use account::{Account, NewAccount, Secret, digest};
pub(crate) use chat::ChatKey;
pub(crate) use device::{Device, End, Follow, Line, Link, Pending};
pub(crate) use outcome::{Actor, Outcome};

use crate::protocol::group::{DestroyGroup, Leave};
use crate::protocol::{DeviceId, File, Kind, Millis, Request, UserId};
use chat::Messages;
use files::Files;
use groups::Groups;
use ids::Ids;
use outcome::{done, refuse};
use people::People;

/// Change of what is kept. The journal is a sequence of these.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "one at a time, and nearly all are requests")]
pub(crate) enum Change {
    /// An account is created.
    Account(NewAccount),
    /// An account's secrets are replaced; all devices but the actor's are forgotten.
    Secrets { by: Actor, password: Option<Secret>, code: Option<Option<Secret>> },
    /// A device gets a (new) token, given as its digest.
    Device { user: UserId, device: DeviceId, token: String },
    /// A device is forgotten.
    Forget { user: UserId, device: DeviceId },
    /// A device has everything up to this number.
    Ack { user: UserId, device: DeviceId, upto: u64 },
    /// The last connection of an account ended.
    Seen { user: UserId },
    /// A file was stored.
    File { by: UserId, file: File },
    /// A request of a logged-in device.
    Request { by: Actor, request: Request },
}

/// Whole network.
pub(crate) struct World {
    ids: Ids,
    people: People,
    groups: Groups,
    messages: Messages,
    files: Files,
}

impl World {
    /// Creates an empty network. `epoch` must differ between two networks that one gateway meets.
    pub(crate) fn new(epoch: Millis) -> World {
        World {
            ids: Ids::new(epoch),
            people: People::default(),
            groups: Groups::default(),
            messages: Messages::default(),
            files: Files::default(),
        }
    }

    /// Carries out a change.
    pub(crate) fn apply(&mut self, change: &Change, now: Millis) -> Outcome {
        match change {
            Change::Account(account) => self.people.create_account(account),
            Change::Secrets { by, password, code } => {
                self.people.set_secrets(by, password.as_ref(), code.as_ref())
            }
            Change::Device { user, device, token } => self.people.open_device(user, device, token),
            Change::Forget { user, device } => self.people.forget_device(user, device),
            Change::Ack { user, device, upto } => self.people.acknowledge(user, device, *upto),
            Change::Seen { user } => self.people.seen(user, now),
            Change::File { file, .. } => {
                self.files.add(file.clone());
                done()
            }
            Change::Request { by, request } => self.request(by, request, now),
        }
    }

    fn request(&mut self, by: &Actor, request: &Request, now: Millis) -> Outcome {
        match request {
            Request::Send(ask) => self.send(by, ask, now),
            Request::Edit(ask) => self.edit(by, ask, now),
            Request::Delete(ask) => self.delete(by, ask, now),
            Request::React(ask) => self.react(by, ask, now),
            Request::Delivered(ask) => self.delivered(by, ask, now),
            Request::Read(ask) => self.read(by, ask, now),
            Request::NameThread(ask) => self.name_thread(by, ask),
            request => self.arrange(by, request),
        }
    }

    /// Carries out a request about people and groups, but not about messages.
    fn arrange(&mut self, by: &Actor, request: &Request) -> Outcome {
        let World { ids, people, groups, messages, files } = self;
        let outcome = match request {
            Request::Befriend(ask) => people.befriend(by, ask),
            Request::Unfriend(ask) => people.unfriend(by, ask),
            Request::Rename(ask) => people.rename(by, ask),
            Request::Block(ask) => people.block(by, ask),
            Request::SetProfile(ask) => people.set_profile(by, ask, files),
            Request::SetPresence(ask) => people.set_presence(by, ask),
            Request::CreateGroup(ask) => groups.create_group(by, ask, people, ids),
            Request::SetGroup(ask) => groups.set_group(by, ask, people, files),
            Request::Invite(ask) => groups.invite(by, ask, people),
            Request::Join(ask) => groups.join(by, ask, people),
            Request::Leave(ask) => groups.leave(by, ask, people),
            Request::SetRole(ask) => groups.set_role(by, ask, people),
            Request::DestroyGroup(ask) => groups.destroy_group(by, ask, people),
            Request::CreateSpace(ask) => groups.create_space(by, ask, people, ids),
            Request::SetSpace(ask) => groups.set_space(by, ask, people, files),
            Request::JoinSpace(ask) => groups.join_space(by, ask, people),
            Request::LeaveSpace(ask) => groups.leave_space(by, ask, people),
            _ => refuse(Kind::BadRequest, "this request changes nothing"),
        };
        // The owner has ended the group, or its last member has left.
        if let Request::Leave(Leave { group, .. }) | Request::DestroyGroup(DestroyGroup { group, .. }) =
            request
            && groups.get(group).is_none()
        {
            messages.forget_group(group);
        }
        outcome
    }

    /// Answers a request that only reads.
    pub(crate) fn look(&self, by: &Actor, request: &Request) -> Outcome {
        let World { people, groups, .. } = self;
        match request {
            Request::Devices(_) => people.devices(by),
            Request::Contacts(ask) => people.contacts(by, ask),
            Request::Whois(ask) => people.whois(by, ask),
            Request::Search(ask) => people.search(by, ask),
            Request::History(ask) => self.history(by, ask),
            Request::Fetch(ask) => self.fetch(by, ask),
            Request::ListGroups(ask) => groups.list_groups(by, ask, people),
            Request::GetGroup(ask) => groups.get_group(by, ask),
            Request::Members(ask) => groups.members(by, ask, people),
            Request::ListSpaces(_) => groups.list_spaces(by),
            _ => refuse(Kind::BadRequest, "this request does not only read"),
        }
    }

    /// Tells those who are connected, and keeps nothing.
    pub(crate) fn pass(&self, by: &Actor, request: &Request) -> Outcome {
        match request {
            Request::Typing(ask) => self.typing(by, ask),
            _ => refuse(Kind::BadRequest, "this request is kept"),
        }
    }

    /// Returns a stored file.
    pub(crate) fn file(&self, id: &str) -> Option<&File> {
        self.files.get(id)
    }

    /// Returns the account, if there is one.
    pub(crate) fn account(&self, user: &str) -> Option<&Account> {
        self.people.get(user)
    }

    /// Returns the owner of a token, by the token's digest.
    pub(crate) fn bearer(&self, digest: &str) -> Option<&Actor> {
        self.people.bearer(digest)
    }

    /// Returns the device, if it exists.
    pub(crate) fn device(&self, user: &str, device: &str) -> Option<&Device> {
        self.people.device(user, device)
    }

    /// Connects a device, and closes an earlier connection of it. Returns whether the device
    /// exists.
    pub(crate) fn attach(&mut self, by: &Actor, link: Link) -> bool {
        self.people.attach(by, link)
    }

    /// Disconnects a device, unless another connection has taken its place. Returns whether the
    /// account is now offline.
    pub(crate) fn detach(&mut self, by: &Actor, number: u64) -> bool {
        self.people.detach(by, number)
    }

    /// Ends all connections.
    pub(crate) fn close(&mut self, reason: &'static str) {
        self.people.close(reason);
    }

    /// Returns the connections of one account, or of all.
    pub(crate) fn links(&self, user: Option<&str>) -> Vec<Link> {
        self.people.links(user)
    }
}
