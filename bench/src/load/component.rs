//! A component that keeps to the contract of `plugins/benchnet` with next to no work of its own:
//! what it reaches is the ceiling of the server and of this generator.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::{Duration, Instant};

use super::chat::now;
use super::splitter::{attribute, body};
use super::{Options, Stream, login};

const MUC_USER: &str = "http://jabber.org/protocol/muc#user";
/// Occupant id of the same length as slidged's.
const OCCUPANT: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Kind of stanzas that the component sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stanzas {
    /// A body and nothing else, to the full address of whoever asked.
    Bare,
    /// Stanzas as slidged sends them: all that clients need, and texts of contacts go to the bare
    /// address, where all clients see them.
    Gateway,
}

struct Component {
    stream: Stream,
    stanzas: Stanzas,
    /// The clients in each room, by their full addresses.
    rooms: BTreeMap<String, BTreeSet<String>>,
}

/// Serves until the server ends the stream.
pub(crate) fn serve(options: &Options) -> io::Result<()> {
    let stanzas = match options.text("stanzas", "bare") {
        "bare" => Stanzas::Bare,
        "gateway" => Stanzas::Gateway,
        other => return Err(crate::failed(format!("--stanzas {other}: bare or gateway"))),
    };
    let server = options.text("server", "127.0.0.1:16347");
    let stream = login::component(server, options.gateway(), options.text("secret", "secret"))?;
    // Whoever started us waits for this line.
    println!("ready");
    let mut component = Component { stream, stanzas, rooms: BTreeMap::new() };
    loop {
        match component.stream.recv(Duration::from_secs(3600)) {
            Ok(stanza) => component.take(&stanza)?,
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(e) => return Err(e),
        }
    }
}

impl Component {
    fn take(&mut self, stanza: &str) -> io::Result<()> {
        let (Some(from), Some(to)) = (attribute(stanza, "from"), attribute(stanza, "to")) else {
            return Ok(());
        };
        let kind = attribute(stanza, "type");
        if stanza.starts_with("<message") && kind != Some("error") {
            let Some(text) = body(stanza) else { return Ok(()) };
            let in_room = kind == Some("groupchat");
            return match Flood::parse(text) {
                Some(flood) if in_room => self.flood_room(to, &flood),
                Some(flood) => self.flood_user(to, from, &flood),
                None if in_room => Ok(()),
                None => {
                    let id = attribute(stanza, "id").unwrap_or_default();
                    let echo = text_of(self.stanzas, to, from, id, text);
                    self.stream.send(&echo)
                }
            };
        }
        if stanza.starts_with("<presence") && to.contains('/') {
            return match kind {
                None => self.join(from, to),
                Some("unavailable") => self.leave(from, to),
                _ => Ok(()),
            };
        }
        if stanza.starts_with("<iq") && matches!(kind, Some("get" | "set")) {
            let id = attribute(stanza, "id").unwrap_or_default();
            self.stream.send(&format!("<iq type='result' id='{id}' from='{to}' to='{from}'/>"))?;
        }
        Ok(())
    }

    fn join(&mut self, client: &str, occupant: &str) -> io::Result<()> {
        let room = bare(occupant);
        let domain = room.split_once('@').map_or(room, |(_, domain)| domain);
        let mut out = String::new();
        for number in 0..members(room) {
            let contact = format!("p{number}@{domain}/slidge");
            out += &presence(self.stanzas, &format!("{room}/Person {number}"), client, (&contact, ""));
        }
        out += &presence(self.stanzas, occupant, client, (client, "<status code='110'/>"));
        out += &format!("<message from='{room}' to='{client}' type='groupchat'><subject/></message>");
        self.rooms.entry(room.to_owned()).or_default().insert(client.to_owned());
        self.stream.send(&out)
    }

    fn leave(&mut self, client: &str, occupant: &str) -> io::Result<()> {
        if let Some(clients) = self.rooms.get_mut(bare(occupant)) {
            clients.remove(client);
        }
        self.stream.send(&format!(
            "<presence type='unavailable' from='{occupant}' to='{client}'><x xmlns='{MUC_USER}'>\
             <item affiliation='member' role='none'/><status code='110'/></x></presence>"
        ))
    }

    fn flood_user(&mut self, contact: &str, client: &str, flood: &Flood) -> io::Result<()> {
        let mut pace = flood.pace();
        for number in 0..flood.count {
            pace.wait();
            let text = flood.text(number);
            let id = format!("flood-{}-{number}", flood.run);
            self.stream.send(&text_of(self.stanzas, contact, client, &id, &text))?;
        }
        Ok(())
    }

    fn flood_room(&mut self, room: &str, flood: &Flood) -> io::Result<()> {
        let clients = self.rooms.get(bare(room)).cloned().unwrap_or_default();
        let mut pace = flood.pace();
        for number in 0..flood.count {
            pace.wait();
            let text = flood.text(number);
            let id = format!("flood-{}-{number}", flood.run);
            let speaker = number % members(room).max(1);
            let mut out = String::new();
            for client in &clients {
                out += &said_in_room(self.stanzas, (room, speaker), client, &id, &text);
            }
            self.stream.send(&out)?;
        }
        Ok(())
    }
}

/// `!flood N RATE SIZE`.
struct Flood {
    count: usize,
    rate: u32,
    size: usize,
    run: u64,
}

impl Flood {
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        (words.next()? == "!flood").then_some(())?;
        let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or(0_u32);
        let (count, rate, size) = (number(), number(), number());
        Some(Flood {
            count: usize::try_from(count).ok()?,
            rate,
            size: usize::try_from(size).ok()?,
            run: now(),
        })
    }

    fn text(&self, number: usize) -> String {
        let size = self.size;
        format!("{:x<size$}", format!("F {number} {} ", now()))
    }

    fn pace(&self) -> Pace {
        let every = Duration::from_secs(1).checked_div(self.rate).unwrap_or_default();
        Pace { next: Instant::now(), every }
    }
}

/// Pace of so many stanzas a second.
struct Pace {
    next: Instant,
    every: Duration,
}

impl Pace {
    fn wait(&mut self) {
        crate::pause(self.next.saturating_duration_since(Instant::now()));
        self.next += self.every;
    }
}

fn text_of(stanzas: Stanzas, from: &str, to: &str, id: &str, text: &str) -> String {
    match stanzas {
        Stanzas::Bare => {
            format!("<message from='{from}' to='{to}' type='chat'><body>{text}</body></message>")
        }
        Stanzas::Gateway => format!(
            "<message type='chat' from='{}/slidge' to='{}' id='{id}'><body>{text}</body>\
             <active xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='urn:xmpp:hints'/>\
             <markable xmlns='urn:xmpp:chat-markers:0'/></message>",
            bare(from),
            bare(to)
        ),
    }
}

fn said_in_room(stanzas: Stanzas, (room, speaker): (&str, usize), to: &str, id: &str, text: &str) -> String {
    let start = format!("<message type='groupchat' from='{room}/Person {speaker}' to='{to}' id='{id}'>");
    match stanzas {
        Stanzas::Bare => format!("{start}<body>{text}</body></message>"),
        Stanzas::Gateway => format!(
            "{start}<body>{text}</body><active xmlns='http://jabber.org/protocol/chatstates'/>\
             <markable xmlns='urn:xmpp:chat-markers:0'/><stanza-id xmlns='urn:xmpp:sid:0' by='{room}' id='{id}'/>\
             <occupant-id xmlns='urn:xmpp:occupant-id:0' id='{OCCUPANT}'/></message>"
        ),
    }
}

/// Writes a presence with the contact and status of the occupant, as `item` has them.
fn presence(stanzas: Stanzas, from: &str, to: &str, (contact, status): (&str, &str)) -> String {
    let (jid, id) = match stanzas {
        Stanzas::Bare => (String::new(), String::new()),
        Stanzas::Gateway => (
            format!(" jid='{contact}'"),
            format!("<occupant-id xmlns='urn:xmpp:occupant-id:0' id='{OCCUPANT}'/>"),
        ),
    };
    format!(
        "<presence from='{from}' to='{to}'><x xmlns='{MUC_USER}'>\
         <item affiliation='member' role='participant'{jid}/>{status}</x>{id}</presence>"
    )
}

fn bare(jid: &str) -> &str {
    jid.split_once('/').map_or(jid, |(bare, _)| bare)
}

/// Number of occupants of a room besides the user: `g1000x@gw` has 1000.
fn members(room: &str) -> usize {
    let digits: String = room.chars().skip(1).take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_of_the_size_that_was_asked_for() {
        let flood = Flood::parse("!flood 10 50 100").unwrap();
        assert_eq!((flood.count, flood.rate, flood.text(3).len()), (10, 50, 100));
        assert!(flood.text(3).starts_with("F 3 "));
        assert!(Flood::parse("hello").is_none());
        assert_eq!(members("g1000x@gw"), 1000);
    }

    #[test]
    fn the_stanzas_of_a_gateway_are_those_of_slidged() {
        assert_eq!(
            text_of(Stanzas::Gateway, "c0@gw", "u@d/r", "7", "t"),
            "<message type='chat' from='c0@gw/slidge' to='u@d' id='7'><body>t</body>\
             <active xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='urn:xmpp:hints'/>\
             <markable xmlns='urn:xmpp:chat-markers:0'/></message>"
        );
        assert_eq!(
            text_of(Stanzas::Bare, "c0@gw", "u@d/r", "7", "t"),
            "<message from='c0@gw' to='u@d/r' type='chat'><body>t</body></message>"
        );
    }
}
