//! XEP-0071: XHTML-IM, read as a text with spans, or as a sticker. It is obsolete, so it is not
//! written.

use super::{bob::Cid, ns, stanza::Stanza};
use minidom::{Element, Node};
use plugin_api::{Span, Style};

/// Maximum number of elements; no person writes more.
const MOST: usize = 1000;

/// A sticker is in a paragraph or two, not deeper.
const MAX_DEPTH: usize = 4;

/// The sticker that a message consists of: one picture among bits of binary (XEP-0231), and nothing
/// else (K49).
#[must_use]
pub fn sticker(message: &Stanza) -> Option<Cid> {
    alone(message.child("html", ns::XHTML_IM)?.get_child("body", ns::XHTML)?, MAX_DEPTH)
}

fn alone(element: &Element, depth: usize) -> Option<Cid> {
    let mut inner =
        element.nodes().filter(|node| !matches!(node, Node::Text(text) if text.trim().is_empty()));
    let (Some(Node::Element(child)), None) = (inner.next(), inner.next()) else { return None };
    match child.name() {
        "img" if child.has_ns(ns::XHTML) => Cid::parse(child.attr("src")?.strip_prefix("cid:")?),
        "p" | "span" | "div" if child.has_ns(ns::XHTML) && depth > 0 => alone(child, depth - 1),
        _ => None,
    }
}

/// The text of a message and its formatting; `None` when it has none, or has pictures: what they
/// stand for is in the body (K50).
#[must_use]
pub fn parse(message: &Stanza) -> Option<(String, Vec<Span>)> {
    let body = message.child("html", ns::XHTML_IM)?.get_child("body", ns::XHTML)?;
    let mut reader = Reader::default();
    // Not deeper than the stream's decoder lets through.
    reader.children(body);
    let end = reader.text.trim_end().chars().count();
    reader.text.truncate(reader.text.trim_end().len());
    let end = u32::try_from(end).unwrap_or(u32::MAX);
    reader.spans.retain_mut(|span| {
        span.end = span.end.min(end);
        span.start < span.end
    });
    let fine = !reader.pictures && !reader.text.is_empty() && reader.spans.len() <= MOST;
    fine.then_some((reader.text, reader.spans))
}

#[derive(Default)]
struct Reader {
    text: String,
    length: u32,
    spans: Vec<Span>,
    pictures: bool,
}

impl Reader {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.length += u32::try_from(text.chars().count()).unwrap_or(0);
    }

    /// Begins a line for what follows.
    fn line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.push("\n");
        }
    }

    fn children(&mut self, element: &Element) {
        for node in element.nodes() {
            match node {
                // Line breaks in the source are spaces (as in HTML).
                Node::Text(text) if element.is("pre", ns::XHTML) => self.push(text),
                Node::Text(text) => {
                    let mut text = text.split_whitespace().fold(
                        String::from(if text.starts_with(char::is_whitespace) { " " } else { "" }),
                        |mut line, word| {
                            if !line.is_empty() && !line.ends_with(' ') {
                                line.push(' ');
                            }
                            line + word
                        },
                    ) + if text.ends_with(char::is_whitespace) { " " } else { "" };
                    if self.text.is_empty() || self.text.ends_with(['\n', ' ']) {
                        text = text.trim_start().to_owned();
                    }
                    self.push(&text);
                }
                Node::Element(child) => self.element(child),
            }
        }
    }

    fn element(&mut self, element: &Element) {
        let block = matches!(
            element.name(),
            "p" | "div" | "li" | "ul" | "ol" | "blockquote" | "pre" | "h1" | "h2" | "h3"
        );
        if block {
            self.line();
        }
        let start = self.length;
        match element.name() {
            "br" => self.push("\n"),
            "img" => self.pictures = true,
            _ => self.children(element),
        }
        let address = (element.name() == "a").then(|| element.attr("href")).flatten().map(str::to_owned);
        for style in styles(element) {
            if start < self.length && (style != Style::Link || address.is_some()) {
                let value = if style == Style::Link { address.clone() } else { None };
                self.spans.push(Span { style, start, end: self.length, value });
            }
        }
        if block {
            self.line();
        }
    }
}

fn styles(element: &Element) -> Vec<Style> {
    let own = match element.name() {
        "strong" | "b" | "h1" | "h2" | "h3" => Some(Style::Bold),
        "em" | "i" | "cite" => Some(Style::Italic),
        "u" => Some(Style::Underline),
        "del" | "s" | "strike" => Some(Style::Strikethrough),
        "code" | "tt" => Some(Style::Code),
        "pre" => Some(Style::CodeBlock),
        "blockquote" => Some(Style::Quote),
        "a" => Some(Style::Link),
        _ => None,
    };
    let style = element.attr("style").unwrap_or_default();
    let said = [
        ("bold", Style::Bold),
        ("italic", Style::Italic),
        ("underline", Style::Underline),
        ("line-through", Style::Strikethrough),
    ];
    own.into_iter()
        .chain(said.into_iter().filter(|(word, _)| style.contains(word)).map(|(_, style)| style))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    fn check(xhtml: &str, text: &str, spans: &[(Style, u32, u32)]) {
        let xml = format!(
            "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>{xhtml}</body></html>"
        );
        let message = Stanza { payloads: vec![xml.parse().unwrap()], ..Stanza::new(Kind::Message) };
        let (found, styles) = parse(&message).unwrap_or_default();
        let styles: Vec<_> = styles.iter().map(|s| (s.style, s.start, s.end)).collect();
        assert_eq!((found.as_str(), styles.as_slice()), (text, spans), "{xhtml}");
    }

    #[test]
    fn text_and_its_styles_are_read() {
        use Style::{Bold, Italic, Link, Quote, Strikethrough};
        check(
            "<p>so <strong>bo<em>ld</em></strong> &amp;\n on</p>",
            "so bold & on",
            &[(Italic, 5, 7), (Bold, 3, 7)],
        );
        check("<p>one</p><p>two<br/>three</p>", "one\ntwo\nthree", &[]);
        check(
            "<span style='font-weight: bold; text-decoration: line-through'>x</span>",
            "x",
            &[(Bold, 0, 1), (Strikethrough, 0, 1)],
        );
        check("<blockquote><p>q</p></blockquote>a", "q\na", &[(Quote, 0, 2)]);
        check("<a href='https://a.b'>here</a>", "here", &[(Link, 0, 4)]);
        check("<p>hi <img src='cid:x' alt='smile'/></p>", "", &[]);
    }

    const CID: &str = "sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org";

    #[test]
    fn k49_k50_a_picture_alone_is_a_sticker_and_among_words_is_none() {
        let read = |body: &str| {
            let html = format!(
                "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>{body}</body></html>"
            );
            sticker(&Stanza { payloads: vec![html.parse().unwrap()], ..Stanza::new(Kind::Message) })
        };
        for body in [
            format!("<p><img src='cid:{CID}' alt=':-)'/></p>"),
            format!("<img src='cid:{CID}'/>"),
            format!("\n <p> <span><img src='cid:{CID}'/></span> </p>"),
        ] {
            assert_eq!(read(&body), Cid::parse(CID), "{body}");
        }
        for body in [
            format!("<p>look <img src='cid:{CID}'/></p>"),
            format!("<p><img src='cid:{CID}'/><img src='cid:{CID}'/></p>"),
            "<p><img src='https://a/b.png'/></p>".into(),
            "<p><img/></p>".into(),
            "<p/>".into(),
            String::new(),
            format!("{}<img src='cid:{CID}'/>{}", "<p>".repeat(20), "</p>".repeat(20)),
        ] {
            assert_eq!(read(&body), None, "{body}");
        }
    }
}
