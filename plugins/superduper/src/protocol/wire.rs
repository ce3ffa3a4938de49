//! Lines: the envelopes of requests, answers and events.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Event, Refusal, Request};

/// Line from a client. Without `req` the request gets no answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FromClient {
    /// Number that the client gave this request, repeated in the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub req: Option<u64>,
    /// Request that the line carries.
    #[serde(flatten)]
    pub request: Request,
}

/// Line from the server.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "it only lives on the stack of whoever parses")]
pub enum FromServer {
    /// Answer to the request of this number.
    Answer(u64, Result<Box<RawValue>, Refusal>),
    /// Event of the network.
    Event(Arrival),
}

/// Event with its place in the device's log.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// Number to acknowledge; live events have none.
    pub seq: Option<u64>,
    /// Event that arrived.
    pub event: Event,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    ans: Option<u64>,
    #[serde(borrow)]
    ok: Option<&'a RawValue>,
    error: Option<Refusal>,
    seq: Option<u64>,
}

impl FromServer {
    /// Parses one line, without its line feed.
    ///
    /// # Errors
    /// When it is not JSON, or neither answer nor event.
    pub fn parse(line: &str) -> Result<FromServer, serde_json::Error> {
        let head: Envelope<'_> = serde_json::from_str(line)?;
        let Some(number) = head.ans else {
            return Ok(FromServer::Event(Arrival { seq: head.seq, event: serde_json::from_str(line)? }));
        };
        match (head.ok, head.error) {
            (_, Some(refusal)) => Ok(FromServer::Answer(number, Err(refusal))),
            (Some(ok), None) => Ok(FromServer::Answer(number, Ok(ok.to_owned()))),
            (None, None) => Err(serde::de::Error::custom("an answer has `ok` or `error`")),
        }
    }
}

/// Formats the line of an answer, with its line feed.
pub fn answer(number: u64, outcome: &Result<String, Refusal>) -> String {
    match outcome {
        Ok(body) => format!("{{\"ans\":{number},\"ok\":{body}}}\n"),
        Err(refusal) => format!("{{\"ans\":{number},\"error\":{}}}\n", json(refusal)),
    }
}

/// Formats the line of a durable event: its body, as [`json`] wrote it, with the number in front.
pub fn numbered(seq: u64, body: &str) -> String {
    format!("{{\"seq\":{seq},{}\n", body.strip_prefix('{').unwrap_or(body))
}

/// Serializes a value as JSON.
pub fn json<T: Serialize>(value: &T) -> String {
    // Our types have string keys and no fallible serialisers, so this cannot fail.
    serde_json::to_string(value).unwrap_or_else(|_| "{}".into())
}

/// Encodes a file's name as the last part of a path: percent-encoded, and never `.` or `..`.
pub(crate) fn path_part(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let dot = |at: usize, byte: u8| byte == b'.' && at > 0 && !name.starts_with('.');
    let mut path = String::new();
    for (at, byte) in name.bytes().enumerate() {
        if plain(byte) || dot(at, byte) {
            path.push(byte.into());
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_one_harmless_part_of_a_path() {
        for (name, expect) in
            [("cat.png", "cat.png"), ("../x", "%2E%2E%2Fx"), ("a b", "a%20b"), ("ä", "%C3%A4")]
        {
            assert_eq!(path_part(name), expect);
        }
    }
}
