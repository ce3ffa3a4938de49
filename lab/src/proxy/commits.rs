//! Detection of the end of a transaction in the stream of a PostgreSQL client (the frontend's half
//! of the protocol, version 3.0).

use std::collections::HashSet;

/// Bytes of a message that are kept: enough for the names and the text of a short statement.
const KEPT: usize = 256;
/// Requests that come before the start-up message, and are answered with one byte: for TLS, and for
/// GSSAPI.
const BEFORE: [[u8; 4]; 2] = [80_877_103_u32.to_be_bytes(), 80_877_104_u32.to_be_bytes()];

/// Reads what a client sends, message by message.
#[derive(Debug, Default)]
pub(super) struct Commits {
    /// The start-up message, which has no type, is over.
    started: bool,
    head: Vec<u8>,
    body: Vec<u8>,
    /// Bytes of the body that are yet to come, once the head is there.
    left: Option<usize>,
    /// Prepared statements that are `COMMIT`.
    prepared: HashSet<Vec<u8>>,
}

impl Commits {
    /// Whether a `COMMIT` is complete with these bytes.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> bool {
        let mut commit = false;
        while !bytes.is_empty() {
            let Some(left) = self.left else {
                let (&byte, rest) = bytes.split_first().expect("not empty");
                self.head.push(byte);
                bytes = rest;
                let kind = usize::from(self.started);
                if let Some(&length) = self.head.get(kind..).and_then(<[u8]>::first_chunk::<4>) {
                    // The length counts itself.
                    let length = u32::from_be_bytes(length).saturating_sub(4);
                    self.left = Some(usize::try_from(length).unwrap_or(usize::MAX));
                    commit |= length == 0 && self.is_commit();
                }
                continue;
            };
            let (now, rest) = bytes.split_at(left.min(bytes.len()));
            let room = KEPT - self.body.len();
            self.body.extend_from_slice(&now[..room.min(now.len())]);
            bytes = rest;
            self.left = Some(left - now.len());
            commit |= left == now.len() && self.is_commit();
        }
        commit
    }

    /// The message is complete.
    fn is_commit(&mut self) -> bool {
        let (head, body) = (std::mem::take(&mut self.head), std::mem::take(&mut self.body));
        self.left = None;
        if !self.started {
            self.started = !BEFORE.iter().any(|code| body.starts_with(code));
            return false;
        }
        let mut texts = body.split(|&byte| byte == 0);
        let (first, second) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
        match head.first() {
            Some(b'Q') => first.windows(6).any(|word| word.eq_ignore_ascii_case(b"commit")),
            // A statement's name and its text.
            Some(b'P') => {
                if second.eq_ignore_ascii_case(b"commit") {
                    self.prepared.insert(first.to_owned());
                } else {
                    self.prepared.remove(first);
                }
                false
            }
            // A portal's name, and a statement's: it is executed with the next message, which comes
            // with this one.
            Some(b'B') => self.prepared.contains(second),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: &[u8], body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).expect("short");
        [kind, &length.to_be_bytes(), body].concat()
    }

    #[test]
    fn a_commit_is_seen_when_it_is_executed_and_not_when_it_is_prepared() {
        let tls = message(b"", &BEFORE[0]);
        let start = message(b"", b"\0\x03\0\0user\0me\0\0");
        let begin = message(b"P", b"s1\0BEGIN\0\0\0");
        let prepared = message(b"P", b"s2\0COMMIT\0\0\0");
        let long = message(b"Q", &[b'x'; 5_000]);
        let (other, executed) = (message(b"B", b"\0s1\0\0\0"), message(b"B", b"\0s2\0\0\0\0\0\0\0"));
        let sync = message(b"S", b"");
        for size in [1, 3, 1_000_000] {
            let mut commits = Commits::default();
            let mut read =
                |bytes: &[u8]| bytes.chunks(size).fold(false, |seen, piece| seen | commits.read(piece));
            let before = [&tls[..], &start, &begin, &prepared, &long, &sync, &other, &sync].concat();
            assert!(!read(&before));
            assert!(read(&executed));
            assert!(!read(&sync));
            assert!(read(&message(b"Q", b"INSERT INTO t VALUES (1); COMMIT\0")));
        }
    }
}
