//! One user and one contact.

use std::io;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::meter::Meter;
use super::splitter::{attribute, body};
use super::{Options, Stream};
use crate::failed;

/// Registers users with the gateway, each over a connection of its own.
pub(crate) fn register(options: &Options) -> io::Result<()> {
    let (first, count): (usize, usize) = (options.number("first", 0)?, options.number("count", 1)?);
    let login = escape(options.text("login", "contacts=50"));
    let gateway = options.gateway();
    let mut latencies = vec![];
    let meter = Meter::start(options, "register")?;
    for number in first..first + count {
        let mut stream = options.connect(&options.name(number))?;
        let sent = Instant::now();
        stream.send(&format!(
            "<iq type='set' id='reg' to='{gateway}'><query xmlns='jabber:iq:register'>\
             <username>{login}</username><password>pw</password></query></iq>"
        ))?;
        let wanted = |s: &str| attribute(s, "id") == Some("reg");
        let reply = stream.expect("registration", options.limit()?, wanted)?;
        if attribute(&reply, "type") != Some("result") {
            return Err(failed(reply));
        }
        latencies.push(nanoseconds(sent.elapsed()));
        stream.send("</stream:stream>")?;
    }
    meter.report(count, latencies, &[])
}

/// Texts to the contact and back: so many under way.
pub(crate) fn echo(options: &Options) -> io::Result<()> {
    let n: usize = options.number("n", 2000)?;
    let (window, size): (usize, usize) = (options.number("window", 64)?, options.number("size", 60)?);
    let to = options.contact();
    let (_, mut stream) = options.client()?;
    let meter = Meter::start(options, "echo")?;
    let mut latencies = Vec::with_capacity(n);
    let mut sent = 0;
    while latencies.len() < n {
        while sent < n && sent - latencies.len() < window {
            let text = format!("{:x<size$}", format!("E {sent} {} ", now()));
            stream.send(&message(&to, "chat", &format!("e{sent}"), &text))?;
            sent += 1;
        }
        latencies.extend(next_latency(&mut stream, "E", options.limit()?)?);
    }
    meter.report(n, latencies, &[])
}

/// Texts from the contact.
pub(crate) fn flood(options: &Options) -> io::Result<()> {
    let n: usize = options.number("n", 5000)?;
    let to = options.contact();
    let (_, mut stream) = options.client()?;
    let meter = Meter::start(options, "flood")?;
    stream.send(&message(&to, "chat", "flood", &flood_command(options, n)?))?;
    let latencies = receive(&mut stream, n, options.limit()?)?;
    meter.report(n, latencies, &[])
}

/// Command that makes the network send so many texts.
pub(crate) fn flood_command(options: &Options, n: usize) -> io::Result<String> {
    Ok(format!("!flood {n} {} {}", options.text("rate", "0"), options.number("size", 60_usize)?))
}

/// Receives so many flooded texts and gives what each took.
pub(crate) fn receive(stream: &mut Stream, n: usize, limit: Duration) -> io::Result<Vec<u64>> {
    let mut latencies = Vec::with_capacity(n);
    while latencies.len() < n {
        latencies.extend(next_latency(stream, "F", limit)?);
    }
    Ok(latencies)
}

/// Latency of the next message, if it is one of ours.
fn next_latency(stream: &mut Stream, tag: &str, limit: Duration) -> io::Result<Option<u64>> {
    let stanza = stream.expect("a message", limit, |s| s.starts_with("<message"))?;
    if attribute(&stanza, "type") == Some("error") {
        return Err(failed(stanza));
    }
    Ok(body(&stanza).and_then(|text| stamp(text, tag)).map(|sent| now().saturating_sub(sent)))
}

/// "F 12 1700000000 xxx" was sent at 1700000000.
fn stamp(text: &str, tag: &str) -> Option<u64> {
    let mut words = text.split(' ');
    (words.next()? == tag).then(|| words.nth(1)?.parse().ok())?
}

pub(crate) fn message(to: &str, kind: &str, id: &str, text: &str) -> String {
    format!("<message to='{to}' type='{kind}' id='{id}'><body>{text}</body></message>")
}

/// Nanoseconds since 1970: the plugin's clock is another process's.
pub(crate) fn now() -> u64 {
    nanoseconds(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

pub(crate) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_texts_have_a_stamp() {
        assert_eq!(stamp("F 12 1700000000 xxx", "F"), Some(1_700_000_000));
        for text in ["E 12 1700000000 ", "F 12", "F", "", "Welcome to the gateway"] {
            assert_eq!(stamp(text, "F"), None, "{text}");
        }
    }
}
