//! XEP-0203: Delayed Delivery, for stanzas that are finished XML already.

use std::borrow::Cow;

use time::OffsetDateTime;
use time::macros::format_description;

const NS: &[u8] = b"urn:xmpp:delay";

/// Adds a `<delay/>` as the last child, with the intended time of delivery (`stamp`, milliseconds
/// since 1970) and `from`, our own JID.
///
/// Returns the stanza unchanged when it has one already, is an `<iq/>`, or is not one well-formed
/// element. The input is our own writer's output, so the last is only a precaution.
#[must_use]
pub fn with_delay(stanza: &[u8], stamp: i64, from: &str) -> Vec<u8> {
    let unchanged = || stanza.to_vec();
    if stanza.starts_with(b"<iq") {
        return unchanged();
    }
    let Some(Tail { at, name, empty }) = tail(stanza) else { return unchanged() };
    let Some(stamp) = xep_0082(stamp) else { return unchanged() };
    let delay = format!("<delay xmlns='urn:xmpp:delay' from='{}' stamp='{stamp}'/>", escaped(from));
    let mut out = Vec::with_capacity(stanza.len() + delay.len() + name.len() + 3);
    out.extend_from_slice(&stanza[..at]);
    if empty {
        // `<presence …/>`: opened, and closed again behind.
        out.push(b'>');
        out.extend_from_slice(delay.as_bytes());
        out.extend_from_slice(b"</");
        out.extend_from_slice(name);
        out.push(b'>');
    } else {
        out.extend_from_slice(delay.as_bytes());
        out.extend_from_slice(&stanza[at..]);
    }
    out
}

/// End of an element: its closing tag, or the `/>` of an empty one.
struct Tail<'a> {
    at: usize,
    name: &'a [u8],
    empty: bool,
}

/// Walks over the tags of one element; `None` when it has a `<delay/>` as a child, or is not one
/// element.
fn tail(xml: &[u8]) -> Option<Tail<'_>> {
    let mut name = &xml[..0];
    let mut depth = 0_u32;
    let mut at = 0;
    while let Some(open) = find(xml, at, b'<') {
        let close = end_of_tag(xml, open)?;
        let tag = xml.get(open + 1..close)?;
        let last = close + 1 == xml.len();
        if tag.first() == Some(&b'/') {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return last.then_some(Tail { at: open, name, empty: false });
            }
        } else {
            let empty = tag.last() == Some(&b'/');
            match depth {
                0 => name = tag_name(tag),
                1 if tag_name(tag) == b"delay" && contains(tag, NS) => return None,
                _ => {}
            }
            if !empty {
                depth += 1;
            } else if depth == 0 {
                return last.then_some(Tail { at: close - 1, name, empty: true });
            }
        }
        at = close + 1;
    }
    None
}

fn find(xml: &[u8], from: usize, byte: u8) -> Option<usize> {
    xml.get(from..)?.iter().position(|other| *other == byte).map(|offset| from + offset)
}

/// Finds the `>` of a tag: one within quotes does not count.
fn end_of_tag(xml: &[u8], open: usize) -> Option<usize> {
    let mut quote = None;
    for (offset, byte) in xml.get(open..)?.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(open + offset),
            (None, b'\'' | b'"') => quote = Some(*byte),
            (Some(open), close) if open == *close => quote = None,
            _ => {}
        }
    }
    None
}

fn tag_name(tag: &[u8]) -> &[u8] {
    let end =
        tag.iter().position(|byte| matches!(byte, b' ' | b'/' | b'\t' | b'\n' | b'\r')).unwrap_or(tag.len());
    &tag[..end]
}

fn contains(tag: &[u8], text: &[u8]) -> bool {
    tag.windows(text.len()).any(|window| window == text)
}

/// Formats a time as in XEP-0082, in UTC with milliseconds; `None` beyond the year 9999.
fn xep_0082(millis: i64) -> Option<String> {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()?;
    time.format(format).ok()
}

fn escaped(text: &str) -> Cow<'_, str> {
    if text.contains(['&', '<', '>', '\'', '"']) {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        Cow::Owned(text.replace('\'', "&apos;").replace('"', "&quot;"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::with_delay;

    const DELAY: &str =
        "<delay xmlns='urn:xmpp:delay' from='gw.example.org' stamp='2023-11-14T22:13:20.123Z'/>";

    fn check(stanza: &str, expected: &str) {
        let delayed = with_delay(stanza.as_bytes(), 1_700_000_000_123, "gw.example.org");
        assert_eq!(String::from_utf8_lossy(&delayed), expected);
    }

    #[test]
    fn it_goes_before_the_closing_tag() {
        check(
            "<message to='a@b' id='1'><body>a > b &lt;delay&gt;</body></message>",
            &format!("<message to='a@b' id='1'><body>a > b &lt;delay&gt;</body>{DELAY}</message>"),
        );
        check("<message></message>", &format!("<message>{DELAY}</message>"));
    }

    #[test]
    fn an_empty_stanza_is_opened() {
        check("<presence from='a' to='b'/>", &format!("<presence from='a' to='b'>{DELAY}</presence>"));
        check("<presence/>", &format!("<presence>{DELAY}</presence>"));
    }

    #[test]
    fn attributes_may_hold_anything() {
        check(
            "<message a='/>' b=\"'</message>\"/>",
            &format!("<message a='/>' b=\"'</message>\">{DELAY}</message>"),
        );
    }

    #[test]
    fn a_delay_that_is_there_stays_alone() {
        let with = format!("<message><body>x</body>{DELAY}</message>");
        check(&with, &with);
        let with =
            "<message><delay stamp='2020-01-01T00:00:00Z' xmlns=\"urn:xmpp:delay\">late</delay></message>";
        check(with, with);
    }

    #[test]
    fn somebody_elses_delay_does_not_count() {
        let forwarded =
            "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='x'/></forwarded>";
        check(&format!("<message>{forwarded}</message>"), &format!("<message>{forwarded}{DELAY}</message>"));
        let other = "<message><delay xmlns='jabber:x:other'/></message>";
        check(other, &format!("<message><delay xmlns='jabber:x:other'/>{DELAY}</message>"));
        let text = "<message><body>xmlns='urn:xmpp:delay'</body></message>";
        check(text, &format!("<message><body>xmlns='urn:xmpp:delay'</body>{DELAY}</message>"));
    }

    #[test]
    fn an_iq_is_never_delayed() {
        check("<iq type='result' id='1'/>", "<iq type='result' id='1'/>");
    }

    #[test]
    fn what_is_not_one_element_stays_as_it_is() {
        for bad in ["", "x", "<", "<message", "<message>", "</message>", "<a/><b/>", "<a></a>x", "<a b='>"] {
            check(bad, bad);
        }
    }

    #[test]
    fn the_sender_is_escaped_and_times_out_of_range_are_left_alone() {
        let delayed = with_delay(b"<message/>", 0, "o'brien&co");
        assert!(String::from_utf8(delayed).unwrap().contains("from='o&apos;brien&amp;co'"));
        assert_eq!(with_delay(b"<message/>", i64::MAX, "x"), b"<message/>");
    }
}
