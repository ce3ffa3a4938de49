//! RFC 5122: addresses as URIs.

use std::fmt::Write as _;

/// The URI of an address.
#[must_use]
pub fn of(jid: &str) -> String {
    let (bare, resource) = jid.split_once('/').map_or((jid, None), |(bare, resource)| (bare, Some(resource)));
    let mut uri = String::from("xmpp:");
    match bare.split_once('@') {
        Some((local, domain)) => {
            encode(&mut uri, local, "");
            uri.push('@');
            encode(&mut uri, domain, "[]:");
        }
        None => encode(&mut uri, bare, "[]:"),
    }
    if let Some(resource) = resource {
        uri.push('/');
        encode(&mut uri, resource, ":");
    }
    uri
}

/// The URI with which a client comes into a room (XEP-0045 section 17.1).
#[must_use]
pub fn to_join(room: &str) -> String {
    of(room) + "?join"
}

/// The address that a URI is about; `None` when it is none.
#[must_use]
pub fn address(uri: &str) -> Option<String> {
    let scheme = uri.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("xmpp:"))?;
    let path = uri[scheme.len()..].split(['?', '#']).next().unwrap_or_default();
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        let code = || u8::from_str_radix(std::str::from_utf8(behind.get(..2)?).ok()?, 16).ok();
        match (byte, code()) {
            (b'%', Some(code)) => {
                decoded.push(code);
                rest = &behind[2..];
            }
            _ => {
                decoded.push(*byte);
                rest = behind;
            }
        }
    }
    String::from_utf8(decoded).ok().filter(|address| !address.is_empty())
}

/// Percent-encodes a text by its bytes, except for characters that a URI may have in any part of an
/// address and those in `more`.
fn encode(uri: &mut String, text: &str, more: &str) {
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || "-._~!$()*+,;=".contains(c) || more.contains(c) {
            uri.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // A string takes everything.
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_uri_can_have_is_written_by_its_bytes_and_read_back() {
        for (jid, uri) in [
            ("ann@gw.example.org", "xmpp:ann@gw.example.org"),
            ("#tea@gw.example.org", "xmpp:%23tea@gw.example.org"),
            ("\\43arla\\20\\52ossi@gw", "xmpp:%5C43arla%5C20%5C52ossi@gw"),
            ("\\5aoë@gw", "xmpp:%5C5ao%C3%AB@gw"),
            ("a%41?b@gw/Ann 🦊", "xmpp:a%2541%3Fb@gw/Ann%20%F0%9F%A6%8A"),
            ("gw.example.org", "xmpp:gw.example.org"),
            ("a@[::1]", "xmpp:a@[::1]"),
        ] {
            assert_eq!(of(jid), uri);
            assert_eq!(address(uri).as_deref(), Some(jid));
        }
        assert_eq!(to_join("#tea@gw"), "xmpp:%23tea@gw?join");
        assert_eq!(address("XMPP:%23tea@gw?join").as_deref(), Some("#tea@gw"));
        // As others write them who do not know better.
        assert_eq!(address("xmpp:\\43arla@gw").as_deref(), Some("\\43arla@gw"));
        assert_eq!(address("xmpp:a%zz%4").as_deref(), Some("a%zz%4"));
        for none in ["", "xmpp:", "xmp", "https://a", "xmpp:%FF", "ääää"] {
            assert_eq!(address(none), None, "{none}");
        }
    }
}
