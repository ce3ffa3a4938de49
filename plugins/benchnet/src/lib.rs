//! A synthetic network for benchmarks: nothing behind it, so that what is measured is the gateway.
//!
//! Register with a query string as user name, such as `contacts=50`: friends `c0`, `c1`… who are
//! online, and who say back what they are told. `!flood N RATE SIZE` instead makes N messages come
//! from that contact, `!files N SIZE` N files of random bytes. `groups=g100,a1000` adds a group of
//! 100 people `p0`, `p1`… and one of 1000 nicks, both in the bookmarks; there `!flood` makes
//! message `i` come from member `i` modulo their number, in every session that has the group, and
//! `!archive N` puts N messages straight into the archive. A session whose contacts are on the
//! roster appends `UNIX_TIME USER_JID` to the file that `BENCHNET_READY` names.

mod groups;
mod network;

use groups::Group;
use network::{Message, Networks};
use plugin_api::prelude::*;
use std::{
    io::Write as _,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::mpsc;

/// Contacts of a user, and bytes of a message, at most: what is asked for beyond is a slip of the
/// keyboard.
const MOST_CONTACTS: u32 = 50_000;
/// A second; timers are no finer.
const FASTEST: u64 = 1_000_000;
/// Longest text in bytes, bounded like [`MOST_CONTACTS`].
const LONGEST: usize = 64 << 10;
/// Bytes of a file, at most: what travels beside a message.
const LARGEST: usize = 8 << 20;

/// The network.
#[derive(Default)]
pub struct Benchnet {
    networks: Networks,
}

/// A user of it.
pub struct BenchSession {
    user: User,
    host: Host,
    network: mpsc::Sender<Message>,
    networks: Networks,
}

impl Gateway for Benchnet {
    type Session = BenchSession;

    fn info() -> Info {
        Info { groups: true, ..Info::new("benchnet", "Benchnet") }
    }

    fn new(_: Start, _: GatewayHost) -> Result<Self> {
        Ok(Benchnet::default())
    }

    async fn validate(&self, _: String, _: Form, _: u32) -> Result<Option<Data>> {
        Ok(None)
    }

    async fn unregister(&self, _: User) -> Result<()> {
        Ok(())
    }

    async fn connect(&self, user: User, host: Host) -> Result<BenchSession> {
        let network = network::start(&host);
        let session = BenchSession { user, network, networks: self.networks.clone(), host };
        session.networks.join(session.groups(), &session.network);
        Ok(session)
    }
}

impl Session for BenchSession {
    async fn login(&self) -> Result<Option<String>> {
        Ok(Some("connected".into()))
    }

    async fn logout(&self) -> Result<()> {
        Ok(())
    }

    async fn fill_contacts(&self) -> Result<Vec<ContactInfo>> {
        let contacts =
            self.parameter("contacts").and_then(|n| n.parse().ok()).unwrap_or(0).min(MOST_CONTACTS);
        Ok((0..contacts)
            .map(|n| {
                ContactInfo::friend(format!("c{n}"), format!("Contact {n}"))
                    .presence(Presence::new(Availability::Online))
            })
            .collect())
    }

    async fn fill_rooms(&self) -> Result<Vec<RoomInfo>> {
        Ok(self.groups().filter_map(|id| Some(Group::parse(id)?.info(id))).collect())
    }

    async fn update_room_info(&self, room: RoomId) -> Result<RoomInfo> {
        Ok(self.group(&room)?.info(room.as_str()))
    }

    async fn fill_participants(&self, room: RoomId) -> Result<Vec<ParticipantInfo>> {
        Ok(self.group(&room)?.participants())
    }

    async fn on_ready(&self) -> Result<()> {
        for id in self.groups() {
            // Nobody waits for it, and a gateway without bookmarks may refuse.
            self.host.room(id).add_to_bookmarks(Bookmark { auto_join: true, ..Bookmark::default() });
        }
        if let Ok(path) = std::env::var("BENCHNET_READY") {
            let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
            writeln!(file, "{} {}", now().as_secs_f64(), self.user.jid)?;
        }
        Ok(())
    }

    async fn on_text(&self, chat: Chat, message: UserText) -> Result<Option<MessageId>> {
        let mut words = message.body.split(' ');
        let command = words.next();
        let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or(0_u64);
        if let Some(room) = chat.as_room() {
            let group = self.group(&room)?;
            if command == Some("!flood") {
                let (count, rate, size) = (number(), number(), usize::try_from(number())?.min(LONGEST));
                let place = Place::Group(self.networks.clone(), room, group);
                self.host.spawn(flood(place, count, rate, size));
            } else if command == Some("!archive") {
                self.host.spawn(archive(self.network.clone(), room, group, number()));
            }
            return Ok(None);
        }
        let contact = self.host.contact(chat.id);
        if command == Some("!files") {
            self.host.spawn(files(contact, number(), usize::try_from(number())?.min(LARGEST)));
            return Ok(None);
        }
        let from = Sender { contact: Some(contact.id().clone()), ..Sender::default() };
        if command == Some("!flood") {
            let (count, rate, size) = (number(), number(), usize::try_from(number())?.min(LONGEST));
            let place = Place::Contact(self.network.clone(), from);
            self.host.spawn(flood(place, count, rate, size));
        } else {
            self.network.send(Box::new((from, Text::new(message.body)))).await?;
        }
        Ok(None)
    }
}

impl BenchSession {
    /// The groups that the user is in, by their ids.
    fn groups(&self) -> impl Iterator<Item = &str> {
        groups::named(self.parameter("groups").unwrap_or_default())
    }

    /// A group that the user is in.
    fn group(&self, room: &RoomId) -> Result<Group> {
        let known = self.groups().any(|id| id == room.as_str());
        let group = Group::parse(room.as_str()).filter(|_| known);
        group.ok_or_else(|| Error::new(Condition::ItemNotFound, "There is no such group."))
    }

    /// A value of the query string that is the user's name.
    fn parameter(&self, name: &str) -> Option<&str> {
        let query = self.user.data.get("username")?;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// Chat in which messages are made.
enum Place {
    Contact(mpsc::Sender<Message>, Sender),
    Group(Networks, RoomId, Group),
}

impl Place {
    /// Says the message of that number. Whether there is anybody left to hear the next one.
    async fn say(&self, n: u64, text: Text) -> bool {
        match self {
            Place::Contact(network, from) => network.send(Box::new((from.clone(), text))).await.is_ok(),
            Place::Group(networks, room, group) => networks.say(room, &group.speaker(room, n), &text).await,
        }
    }
}

/// Makes `count` messages, `rate` a second (0: as fast as they are taken), each of `size` bytes.
async fn flood(place: Place, count: u64, rate: u64, size: usize) {
    let mut tick = (rate > 0).then(|| {
        tokio::time::interval(Duration::from_secs(1) / u32::try_from(rate.min(FASTEST)).unwrap_or(1))
    });
    let run = now().as_nanos();
    for n in 0..count {
        if let Some(tick) = &mut tick {
            tick.tick().await;
        }
        let mut body = format!("F {n} {} ", now().as_nanos());
        body.extend(std::iter::repeat_n('x', size.saturating_sub(body.len())));
        let text = Text::new(body).id(format!("flood-{run}-{n}"));
        if !place.say(n, text).await {
            return;
        }
    }
}

/// Puts `count` messages straight into the archive of the user who asks, then says so.
async fn archive(network: mpsc::Sender<Message>, room: RoomId, group: Group, count: u64) {
    let run = now().as_nanos();
    for n in 0..count {
        let text = Text::new(format!("A {n}")).id(format!("archive-{run}-{n}"));
        let text = Text { archive_only: true, ..text };
        if network.send(Box::new((group.speaker(&room, n), text))).await.is_err() {
            return;
        }
    }
    // The session may be over.
    let _ = network.send(Box::new((group.speaker(&room, 0), Text::new(format!("ARCHIVED {count}"))))).await;
}

/// Makes `count` files, one after the other, each of `size` bytes.
async fn files(contact: Contact, count: u64, size: usize) {
    // Xorshift: enough that no two are the same.
    let mut random = u64::try_from(now().as_nanos() & u128::from(u64::MAX)).unwrap_or(1) | 1;
    for n in 0..count {
        let mut bytes = Vec::with_capacity(size + 8);
        while bytes.len() < size {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            bytes.extend_from_slice(&random.to_le_bytes());
        }
        bytes.truncate(size);
        let data = Some(Blob(bytes));
        let content_type = Some("application/octet-stream".to_owned());
        let name = Some(format!("{n}.bin"));
        let file = Attachment { data, content_type, name, ..Attachment::default() };
        if let Err(error) = contact.send_file(file, Text::default()).await {
            tracing::warn!(%error, "a file was refused");
        }
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

plugin_api::export_plugin!(Benchnet);
