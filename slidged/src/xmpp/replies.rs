//! XEP-0461: Message Replies, with the quote for clients that do not know them (XEP-0428).

use std::ops::Range;

use jid::Jid;

use super::{fallback, ns, stanza::Stanza, xml::Xml};
use crate::model::cut;

/// A quote is there to recognise a message by. Characters.
const MAX_QUOTE: usize = 500;

/// Reference to the message that is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The id of the message that is answered.
    pub id: String,
    /// Author of that message, if it is given and is an address.
    pub to: Option<Jid>,
}

impl Reply {
    /// The one in a message.
    #[must_use]
    pub fn parse(message: &Stanza) -> Option<Self> {
        let reply = message.child("reply", ns::REPLY)?;
        let id = reply.attr("id").filter(|id| !id.is_empty())?.to_owned();
        let to = reply.attr("to").and_then(|to| Jid::new(to).ok());
        Some(Reply { id, to })
    }
}

/// A body without the quote of a reply, and what was quoted, without the marks. The quote ends
/// where its lines end, however the client has counted; where nothing would be left to be said,
/// there is none.
#[must_use]
pub fn unquoted(message: &Stanza, body: &str) -> (String, Option<String>) {
    let whole = || (body.to_owned(), None);
    let Some(range) = fallback::range(message, ns::REPLY, body) else { return whole() };
    let Range { start, end } = fallback::bytes(body, range);
    let end = start + end_of_quote(&body[start..], end - start);
    let own = [&body[..start], &body[end..]].concat();
    if own.trim().is_empty() {
        return whole();
    }
    let lines = body[start..end].lines();
    let lines: Vec<_> =
        lines.map(|line| line.strip_prefix("> ").or(line.strip_prefix('>')).unwrap_or(line)).collect();
    (own, Some(lines.join("\n").trim_end().to_owned()))
}

/// Finds the end of a quote that is said to end behind so many bytes of a text. Clients count
/// bytes, UTF-16 units, escaped signs or not the last line break: what is in no quoted line is the
/// user's own, but for empty lines in between.
fn end_of_quote(text: &str, said: usize) -> usize {
    let mut at = 0;
    let quoted = text.starts_with('>');
    for line in text.split_inclusive('\n') {
        let behind = at + line.len();
        // A line break that was not counted is one of the quote.
        let counted = said >= at + line.trim_end_matches(['\r', '\n']).len();
        let theirs = !quoted || line.starts_with('>') || line.trim().is_empty();
        match at {
            0 if !counted && !quoted => return said,
            0 => {}
            _ if said <= at || !theirs || !counted => break,
            _ => {}
        }
        at = behind;
    }
    at
}

/// A quote of a message, as lines that older clients show in front of an answer. What the message
/// quoted itself is left out.
#[must_use]
pub fn quote(author: Option<&str>, body: &str) -> String {
    let said: Vec<&str> =
        body.lines().skip_while(|line| line.starts_with('>') || line.trim().is_empty()).collect();
    let text = cut::to_chars(said.join("\n"), MAX_QUOTE);
    let named = author.map(|author| format!("{author}:"));
    let lines = named.iter().map(String::as_str).chain(text.lines());
    lines.map(|line| if line.is_empty() { ">\n".to_owned() } else { format!("> {line}\n") }).collect()
}

/// Writes `<reply/>`, and what the quote takes of the body.
pub fn write(xml: &mut Xml, id: &str, to: Option<&str>, quote: &str) {
    xml.open_ns("reply", ns::REPLY).attr("id", id).attr_opt("to", to).close();
    if !quote.is_empty() {
        fallback::write(xml, ns::REPLY, Some(0..quote.chars().count()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    fn message(xml: &[&str]) -> Stanza {
        let payloads = xml.iter().map(|xml| xml.parse().unwrap()).collect();
        Stanza { payloads, ..Stanza::new(Kind::Message) }
    }

    #[test]
    fn a_reply_to_an_odd_address_is_still_a_reply() {
        let parse =
            |attrs: &str| Reply::parse(&message(&[&format!("<reply xmlns='urn:xmpp:reply:0' {attrs}/>")]));
        let to = |to: &str| Jid::new(to).ok();
        assert_eq!(parse("id='1' to='a@b/c'"), Some(Reply { id: "1".into(), to: to("a@b/c") }));
        assert_eq!(parse("id='1' to='@@'"), Some(Reply { id: "1".into(), to: None }));
        assert_eq!(parse("id='1'"), Some(Reply { id: "1".into(), to: None }));
        assert_eq!((parse("to='a@b'"), parse("id=''")), (None, None));
    }

    #[test]
    fn a_quote_is_taken_off_and_read() {
        let body = "> Ann:\n> Shall we?\nYes";
        let fallback = "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='19'/></fallback>";
        assert_eq!(unquoted(&message(&[fallback]), body), ("Yes".into(), Some("Ann:\nShall we?".into())));
        assert_eq!(unquoted(&message(&[]), body), (body.into(), None));
    }

    #[test]
    fn the_quote_of_an_answer_never_eats_the_users_words() {
        let own = |body: &str, end: usize| {
            let fallback = format!(
                "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='{end}'/></fallback>"
            );
            unquoted(&message(&[&fallback]), body)
        };
        for (body, ends, words) in [
            // Characters, UTF-16 units, bytes, `&gt;` as four, without the line break.
            ("> bäse 😀\nbose answer", &[9, 10, 13, 12, 8][..], "bose answer"),
            ("> ääää😀\nja", &[8, 9, 16, 11, 7], "ja"),
            ("> kuku\nbraaa", &[7, 10, 6, 12, 999], "braaa"),
            ("> Schöne Grüße\nDanke!", &[15, 18], "Danke!"),
            ("> ä\n> ö\n\nja\nund nein", &[8, 9, 10, 12], "ja\nund nein"),
            // Words that quote something themselves.
            ("> ä\n> Zitat\nja", &[4, 5], "> Zitat\nja"),
        ] {
            for &end in ends {
                let (said, quote) = own(body, end);
                assert_eq!(said.trim_start_matches('\n'), words, "{body:?} {end}");
                assert!(quote.is_some());
            }
        }
        // Nothing else is said: then that is what is said.
        for end in [3, 6, 7, 100] {
            assert_eq!(own("> kuku\n", end), ("> kuku\n".into(), None));
        }
        // Not marked as a quote: the client's word counts, up to the last whole line.
        assert_eq!(own("Ann: hi\nyes", 8), ("yes".into(), Some("Ann: hi".into())));
        assert_eq!(own("Ann: hä\nyes", 9), ("yes".into(), Some("Ann: hä".into())));
        assert_eq!(own("Ann: yes", 5), ("yes".into(), Some("Ann:".into())));
    }

    #[test]
    fn quotes_are_marked_line_by_line_and_not_repeated() {
        assert_eq!(quote(Some("Ann"), "one\n\ntwo"), "> Ann:\n> one\n>\n> two\n");
        assert_eq!(quote(None, "> earlier\n\nnow"), "> now\n");
        assert_eq!(quote(None, ""), "");
        let long = quote(None, &"ä".repeat(MAX_QUOTE + 1));
        assert_eq!(long.chars().count(), "> \n".len() + MAX_QUOTE, "with the mark");
        assert!(long.ends_with("ä…\n"));
    }
}
