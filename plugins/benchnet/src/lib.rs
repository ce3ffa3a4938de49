//! A synthetic network for benchmarks: nothing behind it, so that what is measured is the gateway.
//!
//! Register with a query string as user name, such as `contacts=50`: friends `c0`, `c1`… who are online, and who say back
//! what they are told. `!flood N RATE SIZE` instead makes N messages come from that contact, `!files N SIZE` N files of random
//! bytes. A session whose contacts are on the roster appends `UNIX_TIME USER_JID` to the file that `BENCHNET_READY` names.

mod network;

use network::Message;
use plugin_api::prelude::*;
use std::{
    io::Write as _,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::mpsc;

/// Contacts of a user, and bytes of a message, at most: what is asked for beyond is a slip of the keyboard.
const MOST_CONTACTS: u32 = 50_000;
/// A second; timers are no finer.
const FASTEST: u64 = 1_000_000;
/// See [`MOST_CONTACTS`].
const LONGEST: usize = 64 << 10;
/// Bytes of a file, at most: what travels beside a message.
const LARGEST: usize = 8 << 20;

struct Benchnet;

struct BenchSession {
    user: User,
    host: Host,
    network: mpsc::Sender<Message>,
}

impl Gateway for Benchnet {
    type Session = BenchSession;

    fn info() -> Info {
        Info::new("benchnet", "Benchnet")
    }

    fn new(_: Start, _: GatewayHost) -> Result<Self> {
        Ok(Benchnet)
    }

    async fn validate(&self, _: String, _: Form, _: u32) -> Result<Option<Data>> {
        Ok(None)
    }

    async fn unregister(&self, _: User) -> Result<()> {
        Ok(())
    }

    async fn connect(&self, user: User, host: Host) -> Result<BenchSession> {
        Ok(BenchSession { user, network: network::start(&host), host })
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

    async fn on_ready(&self) -> Result<()> {
        if let Ok(path) = std::env::var("BENCHNET_READY") {
            let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
            writeln!(file, "{} {}", now().as_secs_f64(), self.user.jid)?;
        }
        Ok(())
    }

    async fn on_text(&self, chat: Chat, message: UserText) -> Result<Option<MessageId>> {
        let contact = self.host.contact(chat.id);
        let mut words = message.body.split(' ');
        let command = words.next();
        let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or(0_u64);
        if command == Some("!files") {
            self.host.spawn(files(contact, number(), usize::try_from(number())?.min(LARGEST)));
        } else if command == Some("!flood") {
            let (count, rate, size) = (number(), number(), number());
            self.host.spawn(flood(
                self.network.clone(),
                contact,
                count,
                rate,
                usize::try_from(size)?.min(LONGEST),
            ));
        } else {
            self.network.send(Box::new((contact, Text::new(message.body)))).await?;
        }
        Ok(None)
    }
}

impl BenchSession {
    /// A value of the query string that is the user's name.
    fn parameter(&self, name: &str) -> Option<&str> {
        let query = self.user.data.get("username")?;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// Makes `count` messages, `rate` a second (0: as fast as they are taken), each of `size` bytes.
async fn flood(network: mpsc::Sender<Message>, contact: Contact, count: u64, rate: u64, size: usize) {
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
        if network.send(Box::new((contact.clone(), text))).await.is_err() {
            return;
        }
    }
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
