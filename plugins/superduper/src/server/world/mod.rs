//! The network's state and rules, with no socket, file, clock or dice inside.
//!
//! [`World::apply`] is the only way in which what is kept changes. It takes a [`Change`] and the time; run again with the same
//! changes in the same order, it arrives at the same state, event logs and their numbers included (only a presence inside an event
//! tells who was connected). That is all that the journal relies on. Every rule is checked before anything is touched, so a refused change leaves no trace.

mod account;
mod chat;
mod contact;
mod device;
mod edit;
mod friend;
mod group;
mod history;
mod member;
mod presence;
mod profile;
mod receipt;
mod rules;
mod search;
mod send;
mod space;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

pub(crate) use account::{Account, NewAccount, Secret, digest};
pub(crate) use chat::{ChatKey, Conversation};
pub(crate) use device::{Device, End, Follow, Line, Link, Pending};
pub(crate) use group::Group;

use crate::protocol::wire::json;
use crate::protocol::{
    Chat, DeviceId, Event, File, FileId, GroupId, Kind, Millis, Refusal, Request, Space, SpaceId, UserId,
};

/// Who asks, through which device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Actor {
    pub(crate) user: UserId,
    pub(crate) device: DeviceId,
}

/// Something that changes what is kept. The journal is a row of these.
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

/// A refused or a carried out change; the answer is JSON.
pub(crate) type Outcome = Result<String, Refusal>;

/// The whole network.
pub(crate) struct World {
    /// Makes ids different from those of another life of a server without state.
    epoch: Millis,
    /// Ids given so far.
    ids: u64,
    accounts: BTreeMap<UserId, Account>,
    tokens: HashMap<String, Actor>,
    conversations: HashMap<ChatKey, Conversation>,
    groups: BTreeMap<GroupId, Group>,
    spaces: BTreeMap<SpaceId, (Space, std::collections::BTreeSet<UserId>)>,
    files: HashMap<FileId, File>,
}

impl World {
    /// An empty network. `epoch` must differ between two networks that one gateway meets.
    pub(crate) fn new(epoch: Millis) -> World {
        World {
            epoch,
            ids: 0,
            accounts: BTreeMap::new(),
            tokens: HashMap::new(),
            conversations: HashMap::new(),
            groups: BTreeMap::new(),
            spaces: BTreeMap::new(),
            files: HashMap::new(),
        }
    }

    /// Carries out a change.
    pub(crate) fn apply(&mut self, change: &Change, now: Millis) -> Outcome {
        match change {
            Change::Account(account) => self.create_account(account),
            Change::Secrets { by, password, code } => self.set_secrets(by, password.as_ref(), code.as_ref()),
            Change::Device { user, device, token } => self.open_device(user, device, token),
            Change::Forget { user, device } => self.forget_device(user, device),
            Change::Ack { user, device, upto } => self.acknowledge(user, device, *upto),
            Change::Seen { user } => self.seen(user, now),
            Change::File { file, .. } => {
                self.files.insert(file.id.clone(), file.clone());
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
            Request::Befriend(ask) => self.befriend(by, ask),
            Request::Unfriend(ask) => self.unfriend(by, ask),
            Request::Rename(ask) => self.rename(by, ask),
            Request::Block(ask) => self.block(by, ask),
            Request::SetProfile(ask) => self.set_profile(by, ask),
            Request::SetPresence(ask) => self.set_presence(by, ask),
            Request::CreateGroup(ask) => self.create_group(by, ask),
            Request::SetGroup(ask) => self.set_group(by, ask),
            Request::Invite(ask) => self.invite(by, ask),
            Request::Join(ask) => self.join(by, ask),
            Request::Leave(ask) => self.leave(by, ask),
            Request::SetRole(ask) => self.set_role(by, ask),
            Request::DestroyGroup(ask) => self.destroy_group(by, ask),
            Request::CreateSpace(ask) => self.create_space(by, ask),
            Request::SetSpace(ask) => self.set_space(by, ask),
            Request::JoinSpace(ask) => self.join_space(by, ask),
            Request::LeaveSpace(ask) => self.leave_space(by, ask),
            _ => refuse(Kind::BadRequest, "this request changes nothing"),
        }
    }

    /// Answers a request that only reads.
    pub(crate) fn look(&self, by: &Actor, request: &Request) -> Outcome {
        match request {
            Request::Devices(_) => self.devices(by),
            Request::Contacts(ask) => self.contacts(by, ask),
            Request::Whois(ask) => self.whois(by, ask),
            Request::Search(ask) => self.search(by, ask),
            Request::History(ask) => self.history(by, ask),
            Request::Fetch(ask) => self.fetch(by, ask),
            Request::ListGroups(ask) => self.list_groups(by, ask),
            Request::GetGroup(ask) => self.get_group(by, ask),
            Request::Members(ask) => self.members(by, ask),
            Request::ListSpaces(_) => self.list_spaces(by),
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

    /// A stored file.
    pub(crate) fn file(&self, id: &str) -> Option<&File> {
        self.files.get(id)
    }

    /// The account, if there is one.
    pub(crate) fn account(&self, user: &str) -> Option<&Account> {
        self.accounts.get(user)
    }

    /// Writes a durable event into the logs of all of a user's devices, except the one that caused it.
    fn tell(&mut self, user: &str, by: &Actor, event: &Event) {
        if let Some(account) = self.accounts.get_mut(user) {
            account.tell(user, by, &Line::of(event));
        }
    }

    /// The same for everybody in a chat, each with the chat as they see it.
    fn tell_chat(&mut self, key: &ChatKey, by: &Actor, event: impl Fn(Chat) -> Event) {
        match key {
            ChatKey::Direct(one, other) => {
                self.tell(one, by, &event(Chat::User(other.clone())));
                if one != other {
                    self.tell(other, by, &event(Chat::User(one.clone())));
                }
            }
            ChatKey::Group(id) => self.tell_group(id, by, &event(Chat::Group(id.clone()))),
        }
    }

    /// The same for all members of a group.
    fn tell_group(&mut self, id: &str, by: &Actor, event: &Event) {
        let Some(group) = self.groups.get(id) else { return };
        let line = Line::of(event);
        for user in group.members() {
            if let Some(account) = self.accounts.get_mut(user) {
                account.tell(user, by, &line);
            }
        }
    }

    /// A new id, never given before in this network.
    fn id(&mut self, kind: char) -> String {
        self.ids += 1;
        format!("{kind}{:x}.{}", self.epoch, self.ids)
    }
}

/// The answer that has nothing to tell.
fn done() -> Outcome {
    Ok("{}".into())
}

/// An answer.
fn answer<T: Serialize>(value: &T) -> Outcome {
    Ok(json(value))
}

/// A refusal.
fn refuse<T>(kind: Kind, text: &str) -> Result<T, Refusal> {
    Err(Refusal::new(kind, text))
}
