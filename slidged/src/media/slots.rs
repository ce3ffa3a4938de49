//! Common shape of the addresses that an upload service gives out (XEP-0363). Pure.

use reqwest::Url;

/// Shorter ones may be words. UUIDs, hashes and what servers make of 12 bytes are longer.
const RANDOM: usize = 16;
/// Length from which a segment is no word even if it looks like one.
const LONG: usize = 32;

/// A part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// A segment that is the same in every address.
    Fixed(String),
    /// Another for every file or user.
    Random,
}

/// The server, and the path up to the file's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotShape {
    origin: String,
    parts: Vec<Part>,
    query: bool,
}

impl SlotShape {
    /// The shape of an address. `None` if nothing in it is random, so that nothing tells a file's
    /// address from others of that server.
    #[must_use]
    pub fn of(address: &str) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        let origin = url.origin().is_tuple().then(|| url.origin().ascii_serialization())?;
        let mut parts: Vec<Part> = url.path_segments()?.map(Part::of).collect();
        // The name is its user's choice.
        parts.pop();
        parts.contains(&Part::Random).then(|| SlotShape { origin, parts, query: url.query().is_some() })
    }

    /// Could that be the address of another file there?
    #[must_use]
    pub fn fits(&self, url: &Url) -> bool {
        let plain = url.username().is_empty() && url.password().is_none();
        let Some(segments) = url.path_segments() else { return false };
        let mut segments: Vec<&str> = segments.collect();
        let name = segments.pop().unwrap_or_default();
        plain
            && self.query == url.query().is_some()
            && url.origin().ascii_serialization() == self.origin
            && segments.len() == self.parts.len()
            && self.parts.iter().zip(segments).all(|(part, segment)| part.fits(segment))
            && is_name(name)
    }
}

impl Part {
    fn of(segment: &str) -> Self {
        if is_random(segment) { Part::Random } else { Part::Fixed(segment.to_owned()) }
    }

    fn fits(&self, segment: &str) -> bool {
        match self {
            Part::Fixed(fixed) => fixed == segment,
            Part::Random => is_random(segment),
        }
    }
}

/// Tells whether a segment is random, nothing that a person would call a directory.
fn is_random(segment: &str) -> bool {
    let has = |what: fn(&u8) -> bool| segment.as_bytes().iter().any(what);
    let all = |what: fn(&u8) -> bool| segment.as_bytes().iter().all(what);
    segment.len() >= RANDOM
        && all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && (segment.len() >= LONG
            || has(u8::is_ascii_digit)
            || (has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)))
}

/// A server may decode it: it must not become a path then.
fn is_name(name: &str) -> bool {
    let decoded: Vec<u8> = percent_encoding::percent_decode_str(name).collect();
    !matches!(decoded.as_slice(), b"" | b"." | b"..")
        && !decoded.iter().any(|b| matches!(b, b'/' | b'\\' | 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROSODY: &str = "http://127.0.0.1:5280/file_share/Jh_3kQ2w-l0aPqZ9xYb7TgKd/a.png";
    const EJABBERD: &str = "https://example.org:5443/upload/58350bf6a9a0bd8d95ee05a6b8a9b3b8d3b2e8ce/7nqHSwG9l0sv3rQ9kpHqFzYbT5cWmXu1aE2dL4oJ/a.png";

    fn fits(slot: &str, url: &str) -> bool {
        SlotShape::of(slot).unwrap().fits(&Url::parse(url).unwrap())
    }

    #[test]
    fn another_file_of_the_same_service_fits() {
        for url in [
            "http://127.0.0.1:5280/file_share/01934c2e-6f1b-7c3a-9d53-0242ac120002/b.txt",
            "http://127.0.0.1:5280/file_share/AAAAbbbbAAAAbbbbAAAAbbbb/%C3%A9t%C3%A9%202023.jpg",
        ] {
            assert!(fits(PROSODY, url), "{url}");
        }
        let other = "https://example.org:5443/upload/da39a3ee5e6b4b0d3255bfef95601890afd80709/abcdefghijklmnopqrstuvwxyzabcdefghijklmn/x";
        assert!(fits(EJABBERD, other));
    }

    #[test]
    fn what_else_is_on_that_server_does_not() {
        for url in [
            "http://127.0.0.1:5280/",
            "http://127.0.0.1:5280/metrics",
            "http://127.0.0.1:5280/file_share/",
            "http://127.0.0.1:5280/file_share/metrics/x",
            "http://127.0.0.1:5280/file_share/administration-panel/x",
            "http://127.0.0.1:5280/admin_api/Jh_3kQ2w-l0aPqZ9xYb7TgKd/a.png",
            "http://127.0.0.1:5280/file_share/Jh_3kQ2w-l0aPqZ9xYb7TgKd/",
            "http://127.0.0.1:5280/file_share/Jh_3kQ2w-l0aPqZ9xYb7TgKd/../../metrics",
            "http://127.0.0.1:5280/file_share/Jh_3kQ2w-l0aPqZ9xYb7TgKd/..%2f..%2fmetrics",
            "http://127.0.0.1:5280/file_share/Jh_3kQ2w-l0aPqZ9xYb7TgKd/%2e%2e",
            "http://127.0.0.1:5280/file_share/Jh_3kQ2w-l0aPqZ9xYb7TgKd/a/b",
            "http://127.0.0.1:5280/file_share/Jh_3kQ2w-l0aPqZ9xYb7TgKd/a.png?delete",
            "http://u:p@127.0.0.1:5280/file_share/Jh_3kQ2w-l0aPqZ9xYb7TgKd/a.png",
            "https://127.0.0.1:5280/file_share/Jh_3kQ2w-l0aPqZ9xYb7TgKd/a.png",
            "http://127.0.0.1:5281/file_share/Jh_3kQ2w-l0aPqZ9xYb7TgKd/a.png",
            "http://127.0.0.2:5280/file_share/Jh_3kQ2w-l0aPqZ9xYb7TgKd/a.png",
        ] {
            assert!(!fits(PROSODY, url), "{url}");
        }
        assert!(!fits(EJABBERD, "https://example.org:5443/upload/metrics/secret/x"));
    }

    #[test]
    fn an_address_without_anything_random_says_nothing_about_others() {
        for url in
            ["https://example.org/a.png", "https://example.org/upload/romeo/a.png", "nonsense", "file:///x"]
        {
            assert_eq!(SlotShape::of(url), None, "{url}");
        }
    }
}
