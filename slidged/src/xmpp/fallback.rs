//! XEP-0428: Fallback Indication.

use std::ops::Range;

use super::{ns, stanza::Stanza, xml::Xml};

/// Range of the body that is a fallback for the feature `of`, in Unicode scalar values; `None` if
/// there is none, or if it makes no sense. An indication without a range means all of the body.
#[must_use]
pub fn range(message: &Stanza, of: &str, body: &str) -> Option<Range<usize>> {
    let all = body.chars().count();
    let fallback = message
        .payloads
        .iter()
        .find(|p| p.is("fallback", ns::FALLBACK) && p.attr("for").is_none_or(|feature| feature == of))?;
    // Without any element it is about the whole message.
    let Some(part) = fallback.children().find(|part| part.name() == "body") else {
        return (fallback.children().next().is_none()).then_some(0..all);
    };
    let place = |name: &str, default: usize| match part.attr(name) {
        None => Some(default),
        Some(number) => number.parse().ok(),
    };
    let (start, end) = (place("start", 0)?, place("end", all)?.min(all));
    (start < end).then_some(start..end)
}

/// Converts a range of Unicode scalar values to bytes.
#[must_use]
pub fn bytes(body: &str, range: Range<usize>) -> Range<usize> {
    let byte = |n: usize| body.char_indices().nth(n).map_or(body.len(), |(at, _)| at);
    byte(range.start)..byte(range.end)
}

/// A text without a part of it, and that part.
#[must_use]
pub fn without(body: &str, range: Range<usize>) -> (String, String) {
    let Range { start, end } = bytes(body, range);
    (format!("{}{}", &body[..start], &body[end..]), body[start..end].to_owned())
}

/// Writes an indication that this part of the body is for clients that do not know `of`; all of it
/// without a range.
pub fn write(xml: &mut Xml, of: &str, range: Option<Range<usize>>) {
    xml.open_ns("fallback", ns::FALLBACK).attr("for", of).open("body");
    if let Some(range) = range {
        xml.attr("start", &range.start.to_string()).attr("end", &range.end.to_string());
    }
    xml.close().close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    fn check(fallback: &str, expected: Option<&Range<usize>>) {
        let payloads = vec![fallback.parse().unwrap()];
        let message = Stanza { payloads, ..Stanza::new(Kind::Message) };
        assert_eq!(range(&message, ns::REPLY, "> ä\nyes").as_ref(), expected, "{fallback}");
    }

    #[test]
    fn ranges_count_characters_and_nonsense_is_none() {
        for (attrs, expected) in [
            ("start='0' end='4'", Some(0..4)),
            ("end='4'", Some(0..4)),
            ("start='4'", Some(4..7)),
            ("", Some(0..7)),
            ("start='0' end='999999999999'", Some(0..7)),
            ("start='5' end='3'", None),
            ("start='9' end='12'", None),
            ("start='-1' end='3'", None),
            ("start='x'", None),
        ] {
            check(
                &format!("<fallback xmlns='{}' for='{}'><body {attrs}/></fallback>", ns::FALLBACK, ns::REPLY),
                expected.as_ref(),
            );
        }
        check("<fallback xmlns='urn:xmpp:fallback:0'/>", Some(&(0..7)));
        check("<fallback xmlns='urn:xmpp:fallback:0' for='urn:other'><body/></fallback>", None);
        check("<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><subject/></fallback>", None);
    }

    #[test]
    fn a_part_is_cut_out_between_characters() {
        assert_eq!(without("> ä\nyes", 0..4), ("yes".into(), "> ä\n".into()));
        assert_eq!(without("äöü", 1..2), ("äü".into(), "ö".into()));
        assert_eq!(without("ab", 1..9), ("a".into(), "b".into()));
    }
}
