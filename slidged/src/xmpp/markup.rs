//! XEP-0394: Message Markup. Read only: clients that know it know styling (XEP-0393) as well. Not
//! done: lists.

use super::{ns, stanza::Stanza};
use plugin_api::{Span, Style};

/// Maximum number of spans; no person writes more.
const MOST: usize = 1000;

/// The markup of a message, if it has any. Positions are those of the body.
#[must_use]
pub fn parse(message: &Stanza) -> Option<Vec<Span>> {
    let markup = message.child("markup", ns::MARKUP)?;
    let mut spans = Vec::new();
    for element in markup.children().take(MOST) {
        let place = |name: &str| element.attr(name).and_then(|number| number.parse().ok());
        let (Some(start), Some(end)) = (place("start"), place("end")) else { continue };
        if start >= end {
            continue;
        }
        let mut add = |style| spans.push(Span { style, start, end, value: None });
        match element.name() {
            "bcode" => add(Style::CodeBlock),
            "bquote" => add(Style::Quote),
            "span" => element.children().filter_map(|kind| style(kind.name())).take(4).for_each(add),
            _ => {}
        }
    }
    Some(spans)
}

fn style(name: &str) -> Option<Style> {
    match name {
        "strong" => Some(Style::Bold),
        "emphasis" => Some(Style::Italic),
        "deleted" => Some(Style::Strikethrough),
        "code" => Some(Style::Code),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    #[test]
    fn markup_is_read_and_nonsense_skipped() {
        let xml = "<markup xmlns='urn:xmpp:markup:0'><span start='9' end='15'><emphasis/><strong/><odd/></span>\
                   <bcode start='0' end='3'/><bquote start='4' end='4'/><bquote start='x' end='4'/><span end='4'><code/></span></markup>";
        let message = Stanza { payloads: vec![xml.parse().unwrap()], ..Stanza::new(Kind::Message) };
        let found: Vec<_> = parse(&message).unwrap().iter().map(|s| (s.style, s.start, s.end)).collect();
        assert_eq!(found, [(Style::Italic, 9, 15), (Style::Bold, 9, 15), (Style::CodeBlock, 0, 3)]);
        assert_eq!(parse(&Stanza::new(Kind::Message)), None);
    }
}
