//! Error to the sender of a stanza that was not decoded, built from its raw header.

use crate::language::Language;
use crate::say;
use bytes::Bytes;

use crate::xmpp::{
    error::{Condition, StanzaError},
    stream::{Invalid, RawHeader},
    xml::Xml,
};

/// The answer to a stanza that was not decoded; `None` when there is nobody to tell, or it must or
/// need not be told.
///
/// Requests are answered whatever is wrong with them (RFC 6120 section 8.2.3); messages and
/// presences since their sender would else believe that they arrived, and wait for what comes of
/// it.
pub(super) fn to_invalid(header: &RawHeader, why: Invalid, own: &str) -> Option<Bytes> {
    let type_ = header.type_.as_deref().unwrap_or_default();
    let silent = match header.name.as_str() {
        "iq" => matches!(type_, "result" | "error"),
        "message" => type_ == "error",
        // Who goes, or ends something, waits for nothing.
        "presence" => matches!(type_, "error" | "unavailable" | "unsubscribed"),
        _ => true,
    };
    if silent {
        return None;
    }
    let condition = match why {
        Invalid::Unknown => return None,
        Invalid::TooLarge | Invalid::TooDeep | Invalid::TooMany => Condition::PolicyViolation,
        Invalid::To | Invalid::From => Condition::JidMalformed,
        Invalid::Iq | Invalid::NotWellFormed => Condition::BadRequest,
    };
    let (from, to) = (header.from.as_deref()?, header.to.as_deref()?);
    // A server closes the stream of a component that speaks for others.
    if !is_ours(to, own) {
        return None;
    }
    let to = if has_clear_domain(to) { to } else { own };
    let mut xml = Xml::new();
    xml.open(&header.name)
        .attr("from", to)
        .attr("to", from)
        .attr_opt("id", header.id.as_deref())
        .attr("type", "error");
    StanzaError::with_text(condition, say!(Language::default(), "not-readable", why = why.to_string()))
        .write(&mut xml);
    Some(xml.finish())
}

/// Whether an address, well-formed or not, is of our domain.
fn is_ours(address: &str, own: &str) -> bool {
    let bare = address.split_once('/').map_or(address, |(bare, _)| bare);
    let domain = bare.rsplit_once('@').map_or(bare, |(_, domain)| domain);
    domain.eq_ignore_ascii_case(own)
}

/// Tells whether every reader of an address finds our domain in it; with a second `@` or the like
/// some would see another.
fn has_clear_domain(address: &str) -> bool {
    let bare = address.split_once('/').map_or(address, |(bare, _)| bare);
    bare.rsplit_once('@').is_none_or(|(node, _)| {
        !node.is_empty()
            && !node.contains(['@', '<', '>', '"', '&', '\'', ':'])
            && !node.contains(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tag: &str, why: Invalid, expected: Option<&str>) {
        let answer = to_invalid(&RawHeader::scan(tag.as_bytes()), why, "gw.example");
        let got = answer.map(|a| {
            let text = String::from_utf8(a.to_vec()).unwrap();
            let condition =
                Condition::ALL.iter().find(|c| text.contains(&format!("<{} ", c.as_str()))).unwrap();
            format!("{} {}", text.split('>').next().unwrap(), condition.as_str())
        });
        assert_eq!(got.as_deref(), expected, "{tag}");
    }

    #[test]
    fn requests_are_answered_whatever_is_wrong() {
        let tag = "<iq from='a@b' to='c@GW.example/x@y' id='1' type='set'>";
        for (why, condition) in [
            (Invalid::Iq, "bad-request"),
            (Invalid::NotWellFormed, "bad-request"),
            (Invalid::TooDeep, "policy-violation"),
            (Invalid::To, "jid-malformed"),
        ] {
            check(
                tag,
                why,
                Some(&format!("<iq from='c@GW.example/x@y' to='a@b' id='1' type='error' {condition}")),
            );
        }
        check(
            "<iq from='a@b' to='gw.example' type='bogus'>",
            Invalid::Iq,
            Some("<iq from='gw.example' to='a@b' type='error' bad-request"),
        );
    }

    #[test]
    fn messages_are_answered_when_they_did_not_arrive() {
        check(
            "<message from='a@b' to='\u{1F980}@gw.example' type='chat' id='&lt;'>",
            Invalid::To,
            Some("<message from='\u{1F980}@gw.example' to='a@b' id='&lt;' type='error' jid-malformed"),
        );
        check(
            "<message from='a@b' to='gw.example'>",
            Invalid::TooLarge,
            Some("<message from='gw.example' to='a@b' type='error' policy-violation"),
        );
    }

    #[test]
    fn presences_are_answered_when_somebody_waits_for_what_comes_of_them() {
        check(
            "<presence from='a@b/c' to='\u{1F980}@gw.example/nick' id='join'>",
            Invalid::To,
            Some(
                "<presence from='\u{1F980}@gw.example/nick' to='a@b/c' id='join' type='error' jid-malformed",
            ),
        );
        check(
            "<presence from='a@b/c' to='tea@gw.example/nick' type='subscribe'>",
            Invalid::TooLarge,
            Some("<presence from='tea@gw.example/nick' to='a@b/c' type='error' policy-violation"),
        );
    }

    #[test]
    fn an_address_that_others_could_read_as_somebody_elses_is_not_repeated() {
        for to in ["x@y@gw.example", "@gw.example", "a b@gw.example/nick"] {
            check(
                &format!("<message from='a@b' to='{to}'>"),
                Invalid::To,
                Some("<message from='gw.example' to='a@b' type='error' jid-malformed"),
            );
        }
    }

    #[test]
    fn nothing_else_is_answered() {
        for tag in [
            "<presence from='a@b' to='gw.example' type='error'>",
            "<presence from='a@b' to='gw.example' type='unavailable'>",
            "<presence from='a@b' to='gw.example' type='unsubscribed'>",
            "<message from='a@b' to='gw.example' type='error'>",
            "<iq from='a@b' to='gw.example' type='result'>",
            "<iq from='a@b' to='gw.example' type='error'>",
            "<iq to='gw.example' type='get'>",
            "<iq from='a@b' type='get'>",
            "<iq from='a@b' to='other.example' type='get'>",
            "<iq from='a@b' to='gw.example@other.example' type='get'>",
        ] {
            check(tag, Invalid::TooLarge, None);
        }
        check("<stream:features>", Invalid::Unknown, None);
    }
}
