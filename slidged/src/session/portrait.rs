//! Pictures of contacts (XEP-0084): got from the plugin when they change, and no sooner.

use super::Session;
use crate::host::Share;
use crate::services::Services;
use crate::services::{self};
use crate::store::{self, Entry, Write};
use crate::xmpp::avatar::Info;
use data_encoding::HEXLOWER;
use plugin_api::{Avatar, Condition, ContactId, Error, RemoteSession, RoomId, host::Reply};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};

/// What is known of a contact's picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Portrait {
    /// Nothing.
    #[default]
    Untold,
    /// That there is none.
    None,
    /// This.
    Is(Box<Picture>),
}

/// A picture, in the store.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Picture {
    hash: [u8; 20],
    /// What the plugin told of it, to recognise it.
    version: Version,
}

type Version = [u8; 16];

impl Portrait {
    /// As it was stored.
    pub(super) fn of(hash: Option<&str>, version: Option<&str>) -> Self {
        let bytes = |hex: Option<&str>| HEXLOWER.decode(hex?.as_bytes()).ok();
        let hash = bytes(hash).and_then(|hash| hash.try_into().ok());
        let version = bytes(version).and_then(|version| version.try_into().ok()).unwrap_or_default();
        hash.map_or(Portrait::Untold, |hash| Portrait::Is(Box::new(Picture { hash, version })))
    }

    /// SHA-1 of the picture.
    pub(super) fn hash(&self) -> Option<String> {
        self.picture().map(|picture| HEXLOWER.encode(&picture.hash))
    }

    /// To be stored beside it.
    pub(super) fn version(&self) -> Option<String> {
        self.picture().map(|picture| HEXLOWER.encode(&picture.version))
    }

    /// What presences say (XEP-0153): nothing when nothing is known.
    pub(super) fn photo(&self) -> Option<String> {
        match self {
            Portrait::Untold => None,
            Portrait::None => Some(String::new()),
            Portrait::Is(_) => self.hash(),
        }
    }

    fn picture(&self) -> Option<&Picture> {
        match self {
            Portrait::Is(picture) => Some(picture),
            Portrait::Untold | Portrait::None => None,
        }
    }
}

/// Pictures of one user that are got at the same time: the network may be slow to give them.
const TOGETHER: usize = 4;
/// Pictures that wait and are there already, together: one of the largest kind and some. A list of contacts that brings more should give
/// them by path, or by id only ([`plugin_api::Session::fetch_avatar`]). Bytes.
const MAX_BYTES: usize = 16 << 20;

/// What is under way.
#[derive(Default)]
pub(super) struct Portraits {
    waiting: VecDeque<Told>,
    under_way: usize,
    bytes: usize,
    /// The last that was told of each: only that one counts.
    latest: HashMap<ContactId, u64>,
    told: u64,
}

struct Told {
    number: u64,
    id: ContactId,
    avatar: Avatar,
    answer: Answer,
}

/// Where the plugin waits for it, if it does.
pub(super) type Answer = Option<(Reply<()>, Share)>;

impl Session {
    /// The plugin tells the picture of a contact or of a room.
    pub(super) fn set_portrait(&mut self, id: ContactId, avatar: Avatar, answer: Answer) {
        let Some(portrait) = self.portrait_mut(&id) else {
            let why = "no more contacts are taken";
            return reply(answer, Err(Error::from(Condition::ResourceConstraint).with_detail(why)));
        };
        if avatar == Avatar::none() {
            let had = std::mem::replace(portrait, Portrait::None);
            self.portraits.latest.remove(&id);
            if had.picture().is_some() {
                if self.is_room(&id) {
                    self.store_room(&id);
                    self.room_portrait_changed(&id);
                } else {
                    self.store_contact(&id);
                    self.show_contact(&id);
                    self.tell_avatar(&id, None);
                }
            }
            return reply(answer, Ok(()));
        }
        let version = avatar.id.as_ref().map(|id| version_of(id.as_str()));
        if version.is_some() && portrait.picture().map(|picture| picture.version) == version {
            self.portraits.latest.remove(&id);
            return reply(answer, Ok(()));
        }
        let size = size(&avatar);
        if self.portraits.bytes + size > MAX_BYTES {
            tracing::warn!("too many pictures of contacts wait: one is ignored until it is told again");
            let why = "too many pictures wait";
            return reply(answer, Err(Error::from(Condition::ResourceConstraint).with_detail(why)));
        }
        self.portraits.bytes += size;
        self.portraits.told += 1;
        let number = self.portraits.told;
        self.portraits.latest.insert(id.clone(), number);
        self.portraits.waiting.push_back(Told { number, id, avatar, answer });
        self.next_portraits();
    }

    /// Of whatever has that address.
    fn portrait_mut(&mut self, id: &ContactId) -> Option<&mut Portrait> {
        if self.is_room(id) {
            return self.room_portrait_mut(id);
        }
        Some(&mut self.contact_mut(id)?.portrait)
    }

    fn next_portraits(&mut self) {
        while self.portraits.under_way < TOGETHER
            && let Some(told) = self.portraits.waiting.pop_front()
        {
            let Told { number, id, avatar, answer } = told;
            let size = size(&avatar);
            if self.portraits.latest.get(&id) != Some(&number) {
                self.portraits.bytes -= size;
                reply(answer, Ok(()));
                continue;
            }
            self.portraits.under_way += 1;
            let (services, remote) = (self.services.clone(), self.remote.clone());
            let is_room = self.is_room(&id);
            self.spawn(async move {
                let version = avatar.id.as_ref().map(|id| version_of(id.as_str()));
                let made = get(&services, remote.as_deref(), (&id, is_room), avatar).await;
                move |session: &mut Session| {
                    session.portraits.under_way -= 1;
                    session.portraits.bytes -= size;
                    let latest = session.portraits.latest.get(&id) == Some(&number);
                    if latest {
                        session.portraits.latest.remove(&id);
                    }
                    match made {
                        Ok(made) if latest => session.has_portrait(&id, version, made, answer),
                        Ok(_) => reply(answer, Ok(())),
                        Err(error) => {
                            tracing::warn!(%error, "a picture of the network cannot be shown");
                            if let Some(remote) = remote {
                                session.check_panic(&remote, &error);
                            }
                            reply(answer, Err(error));
                        }
                    }
                    session.next_portraits();
                }
            });
        }
    }

    fn has_portrait(
        &mut self,
        id: &ContactId,
        version: Option<Version>,
        made: store::Avatar,
        answer: Answer,
    ) {
        let version = version.unwrap_or_else(|| version_of(&made.source));
        let portrait = Portrait::of(Some(&made.hash), Some(&HEXLOWER.encode(&version)));
        let place = match self.is_room(id) {
            true => self.room_portrait_mut(id),
            false => self.contacts.get_mut(id).map(|contact| &mut contact.portrait),
        };
        let Some(place) = place else { return reply(answer, Ok(())) };
        let changed = place.hash() != portrait.hash();
        *place = portrait;
        let row = match self.is_room(id) {
            true => self.room_row(id).map(Write::Room),
            false => self.contact_row(id).map(Write::Contact),
        };
        if changed && self.is_room(id) {
            self.room_portrait_changed(id);
        } else if changed {
            self.show_contact(id);
            self.tell_avatar(id, Some(info(&made)));
        }
        let writes = [Some(Write::Avatar(made)), row];
        let entry = Entry { writes: writes.into_iter().flatten().collect(), ..Entry::default() };
        match answer {
            Some((reply, share)) => services::answer_stored(&self.journal, reply, share, entry, |_| ()),
            None => self.pen.note(entry),
        }
    }
}

/// What is told of a picture.
pub(super) fn info(avatar: &store::Avatar) -> Info<'_> {
    Info { id: &avatar.hash, bytes: avatar.png.len(), width: avatar.width, height: avatar.height }
}

async fn get(
    services: &Services,
    remote: Option<&RemoteSession>,
    (of, is_room): (&ContactId, bool),
    mut avatar: Avatar,
) -> Result<store::Avatar, Error> {
    if avatar.is_none()
        && let (Some(id), Some(remote)) = (avatar.id.clone(), remote)
    {
        avatar.data = match is_room {
            true => remote.fetch_room_avatar(RoomId(of.0.clone()), id).await?,
            false => remote.fetch_avatar(of.clone(), id).await?,
        };
    }
    services.avatars.shown(avatar).await
}

fn version_of(text: &str) -> Version {
    let mut version = Version::default();
    version.copy_from_slice(&Sha256::digest(text)[..16]);
    version
}

fn size(avatar: &Avatar) -> usize {
    avatar.data.as_ref().map_or(0, |data| data.0.len())
}

fn reply(answer: Answer, done: Result<(), Error>) {
    if let Some((reply, _share)) = answer {
        reply.send(done);
    }
}
