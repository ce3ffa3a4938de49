//! The header of a stanza that is not parsed, so that its sender can be told.

/// The addresses of a stanza as they stand in its start tag. Nothing here is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawHeader {
    /// The element's name, prefix included.
    pub name: String,
    /// The attribute `from`.
    pub from: Option<String>,
    /// The attribute `to`.
    pub to: Option<String>,
    /// The attribute `id`.
    pub id: Option<String>,
    /// The attribute `type`.
    pub type_: Option<String>,
}

/// Reason why a stanza was not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// More bytes than a stanza may have.
    #[error("larger than allowed")]
    TooLarge,
    /// More levels than a stanza may have.
    #[error("nested deeper than allowed")]
    TooDeep,
    /// More elements or attributes than a stanza may have.
    #[error("more elements or attributes than allowed")]
    TooMany,
    /// The stanza is not well-formed XML.
    #[error("not well-formed")]
    NotWellFormed,
    /// The attribute `from` is no address.
    #[error("malformed 'from'")]
    From,
    /// The attribute `to` is no address.
    #[error("malformed 'to'")]
    To,
    /// An iq without id, with an unknown type, or a request without exactly one payload (RFC 6120
    /// section 8.2.3).
    #[error("not a valid iq")]
    Iq,
    /// An element of the stream that is no stanza.
    #[error("unknown element")]
    Unknown,
}

/// Longer values are no address or id of anybody's: a JID has at most 3,071 bytes (RFC 7622), and
/// escaping can make that six times as long.
const MAX_VALUE: usize = 20 * 1024;

impl RawHeader {
    /// Reads what can be read of a start tag, beginning with its `<`. The tag may be cut off
    /// anywhere.
    #[must_use]
    pub fn scan(tag: &[u8]) -> Self {
        let mut header = RawHeader::default();
        let mut rest = tag.strip_prefix(b"<").unwrap_or(tag);
        let end = rest.iter().position(|&b| is_space(b) || b == b'>' || b == b'/').unwrap_or(rest.len());
        header.name = String::from_utf8_lossy(&rest[..end.min(MAX_VALUE)]).into_owned();
        rest = &rest[end..];
        while let Some((name, value, after)) = attribute(rest) {
            rest = after;
            let field = match name {
                b"from" => &mut header.from,
                b"to" => &mut header.to,
                b"id" => &mut header.id,
                b"type" => &mut header.type_,
                _ => continue,
            };
            if value.len() <= MAX_VALUE && field.is_none() {
                *field = unescape(value);
            }
        }
        header
    }
}

fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}

/// The next complete attribute: name, raw value, what is behind.
fn attribute(tag: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let start = tag.iter().position(|&b| !is_space(b))?;
    let tag = &tag[start..];
    if matches!(tag.first(), Some(b'>' | b'/')) {
        return None;
    }
    let equals = tag.iter().position(|&b| matches!(b, b'=' | b'>'))?;
    let name = tag[..equals].trim_ascii_end();
    let behind = tag.get(equals + 1..)?.trim_ascii_start();
    let (&quote, behind) = behind.split_first()?;
    if !matches!(quote, b'\'' | b'"') {
        return None;
    }
    let end = behind.iter().position(|&b| b == quote)?;
    Some((name, &behind[..end], &behind[end + 1..]))
}

/// The value of an attribute, when its references are XML's own five or numbers.
fn unescape(value: &[u8]) -> Option<String> {
    let value = std::str::from_utf8(value).ok()?;
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (reference, after) = after.split_once(';')?;
        out.push(match reference {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "apos" => '\'',
            "quot" => '"',
            _ => {
                let number = reference.strip_prefix('#')?;
                let code = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)?
            }
        });
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_four_attributes_are_found_among_others() {
        let h = RawHeader::scan(b"<iq xmlns:x='a>b'\n to = \"gw'\" x:id='no' from='a@b/&quot;&#x1F980;' id='1' type='get' id='2'><query/>");
        assert_eq!(
            h,
            RawHeader {
                name: "iq".into(),
                from: Some("a@b/\"\u{1F980}".into()),
                to: Some("gw'".into()),
                id: Some("1".into()),
                type_: Some("get".into())
            }
        );
    }

    #[test]
    fn a_tag_that_is_cut_off_gives_what_it_has() {
        let h = RawHeader::scan(b"<message from='a@b' id='12");
        assert_eq!((h.name.as_str(), h.from.as_deref(), h.id), ("message", Some("a@b"), None));
        assert_eq!(RawHeader::scan(b"<message/>").name, "message");
        assert_eq!(RawHeader::scan(b""), RawHeader::default());
        assert_eq!(RawHeader::scan(b"<a from='&bogus;' to='&#xD800;' id='&'/>").from, None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(prop_oneof![Just(b'<'), Just(b'\''), Just(b'='), Just(b'&'), Just(b';'), Just(b'#'), Just(b' '), Just(b'>'), Just(b'/'), any::<u8>()], 0..64)) {
            let h = RawHeader::scan(&bytes);
            prop_assert!(h.name.len() <= 64 * 3);
        }
    }
}
