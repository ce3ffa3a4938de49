//! Groups and their archives.

use std::io;
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::chat::{flood_command, message, nanoseconds, receive};
use super::meter::Meter;
use super::splitter::{attribute, body};
use super::{Options, Stream};
use crate::failed;

/// A room as one client is in it.
struct Room<'a> {
    address: &'a str,
    nick: &'a str,
    limit: Duration,
}

struct Joined {
    presences: f64,
    /// Time until the client's own presence, which is the last one.
    took: Duration,
}

impl Room<'_> {
    fn enter(&self, stream: &mut Stream) -> io::Result<Joined> {
        let Room { address, nick, limit } = self;
        let since = Instant::now();
        stream.send(&format!(
            "<presence to='{address}/{nick}' id='join'><x xmlns='http://jabber.org/protocol/muc'>\
             <history maxstanzas='0'/></x></presence>"
        ))?;
        let ours = |s: &str| {
            s.starts_with("<presence") && attribute(s, "from").is_some_and(|from| from.starts_with(address))
        };
        let mut presences = 0.0;
        loop {
            let stanza = stream.expect("our own presence", *limit, ours)?;
            if attribute(&stanza, "type") == Some("error") {
                return Err(failed(stanza));
            }
            presences += 1.0;
            if stanza.contains("'110'") || stanza.contains("\"110\"") {
                break;
            }
        }
        let took = since.elapsed();
        stream.expect("the subject", *limit, |s| s.contains("<subject"))?;
        Ok(Joined { presences, took })
    }

    fn leave(&self, stream: &mut Stream) -> io::Result<()> {
        stream.send(&format!("<presence to='{}/{}' type='unavailable'/>", self.address, self.nick))
    }
}

/// Comes in and leaves, several times.
pub(crate) fn join(options: &Options) -> io::Result<()> {
    let n: usize = options.number("n", 5)?;
    let (user, mut stream) = options.client()?;
    let room = Room { address: &options.group("g1000"), nick: &user, limit: options.limit()? };
    let meter = Meter::start(options, "join")?;
    let mut latencies = vec![];
    let mut presences = 0.0;
    for _ in 0..n {
        let joined = room.enter(&mut stream)?;
        presences = joined.presences;
        latencies.push(nanoseconds(joined.took));
        room.leave(&mut stream)?;
        stream
            .expect("our own leaving", options.limit()?, |s| attribute(s, "type") == Some("unavailable"))?;
    }
    meter.report(n, latencies, &[("presences", presences)])
}

/// Texts in a group, to several users.
pub(crate) fn flood(options: &Options) -> io::Result<()> {
    let (n, users): (usize, usize) = (options.number("n", 2000)?, options.number("users", 1)?);
    let (address, limit) = (options.group("g100"), options.limit()?);
    let mut streams = vec![];
    for number in 0..users {
        let user = options.name(number);
        let mut stream = options.connect(&user)?;
        Room { address: &address, nick: &user, limit }.enter(&mut stream)?;
        options.settle(&mut stream)?;
        streams.push((user, stream));
    }
    let meter = Meter::start(options, "groupflood")?;
    let Some((_, first)) = streams.first_mut() else { return Err(failed("--users 0: at least one")) };
    first.send(&message(&address, "groupchat", "flood", &flood_command(options, n)?))?;
    let done = Arc::new(Barrier::new(users + 1));
    let (sender, results) = mpsc::sync_channel(users);
    for (user, mut stream) in streams {
        let (address, done, sender) = (address.clone(), Arc::clone(&done), sender.clone());
        thread::spawn(move || {
            let received = receive(&mut stream, n, limit);
            // Whoever asks has got all results, or an error, and goes.
            let _gone = sender.send(received);
            // Nobody leaves before all have received theirs: that is not measured.
            done.wait();
            let _gone = Room { address: &address, nick: &user, limit }.leave(&mut stream);
        });
    }
    let mut latencies = vec![];
    for received in results.iter().take(users) {
        latencies.extend(received?);
    }
    meter.report(n * users, latencies, &[])?;
    done.wait();
    Ok(())
}

/// Fills a group's archive.
pub(crate) fn archive(options: &Options) -> io::Result<()> {
    let n: usize = options.number("n", 10_000)?;
    let (user, mut stream) = options.client()?;
    let room = Room { address: &options.group("g10"), nick: &user, limit: options.limit()? };
    room.enter(&mut stream)?;
    let meter = Meter::start(options, "archive")?;
    stream.send(&message(room.address, "groupchat", "archive", &format!("!archive {n}")))?;
    let end = format!("ARCHIVED {n}");
    stream.expect("the end of the archive", room.limit, |s| body(s) == Some(&end))?;
    meter.report(n, vec![], &[])?;
    room.leave(&mut stream)
}

/// Asks for a page of a group's archive (XEP-0313), several times.
pub(crate) fn pages(options: &Options) -> io::Result<()> {
    let (n, max): (usize, usize) = (options.number("n", 20)?, options.number("max", 100)?);
    let before = if options.text("page", "last") == "last" { "<before/>" } else { "" };
    let (user, mut stream) = options.client()?;
    let room = Room { address: &options.group("g10"), nick: &user, limit: options.limit()? };
    room.enter(&mut stream)?;
    let meter = Meter::start(options, "mam")?;
    let mut latencies = vec![];
    let mut items: u32 = 0;
    for number in 0..n {
        let sent = Instant::now();
        stream.send(&format!(
            "<iq type='set' id='mam{number}' to='{}'><query xmlns='urn:xmpp:mam:2' queryid='q{number}'>\
             <set xmlns='http://jabber.org/protocol/rsm'><max>{max}</max>{before}</set></query></iq>",
            room.address
        ))?;
        items = 0;
        loop {
            let wanted = |s: &str| s.contains("urn:xmpp:mam:2") || s.starts_with("<iq");
            let stanza = stream.expect("the page", room.limit, wanted)?;
            if stanza.starts_with("<iq") && attribute(&stanza, "id") == Some(&format!("mam{number}")) {
                if attribute(&stanza, "type") != Some("result") {
                    return Err(failed(stanza));
                }
                break;
            }
            items += u32::from(stanza.contains("<result"));
        }
        latencies.push(nanoseconds(sent.elapsed()));
    }
    meter.report(n, latencies, &[("items", f64::from(items))])?;
    room.leave(&mut stream)
}
