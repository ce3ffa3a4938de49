//! XEP-0461: Message Replies, with the quote for clients that do not know them (XEP-0428).

use jid::Jid;

use super::{fallback, ns, stanza::Stanza, xml::Xml};

/// A quote is there to recognise a message by. Characters.
const MAX_QUOTE: usize = 500;

/// What a message answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The id of the message that is answered.
    pub id: String,
    /// Who wrote it, if that is said and is an address.
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

/// A body without the quote of a reply, and what was quoted, without the marks.
#[must_use]
pub fn unquoted(message: &Stanza, body: &str) -> (String, Option<String>) {
    let Some(range) = fallback::range(message, ns::REPLY, body) else { return (body.to_owned(), None) };
    let (body, quote) = fallback::without(body, range);
    let lines: Vec<_> = quote
        .lines()
        .map(|line| line.strip_prefix("> ").or(line.strip_prefix('>')).unwrap_or(line))
        .collect();
    (body, Some(lines.join("\n").trim_end().to_owned()))
}

/// A quote of a message, as lines that older clients show in front of an answer. What the message quoted itself is left out.
#[must_use]
pub fn quote(author: Option<&str>, body: &str) -> String {
    let said: Vec<&str> =
        body.lines().skip_while(|line| line.starts_with('>') || line.trim().is_empty()).collect();
    let mut text: String = said.join("\n").chars().take(MAX_QUOTE).collect();
    if text.len() < said.iter().map(|line| line.len() + 1).sum::<usize>().saturating_sub(1) {
        text.push('…');
    }
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
    fn quotes_are_marked_line_by_line_and_not_repeated() {
        assert_eq!(quote(Some("Ann"), "one\n\ntwo"), "> Ann:\n> one\n>\n> two\n");
        assert_eq!(quote(None, "> earlier\n\nnow"), "> now\n");
        assert_eq!(quote(None, ""), "");
        let long = quote(None, &"ä".repeat(MAX_QUOTE + 1));
        assert_eq!(long.chars().count(), MAX_QUOTE + 4);
        assert!(long.ends_with("ä…\n"));
    }
}
