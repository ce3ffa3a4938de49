use super::{DIRECTIVES, FENCE};
use plugin_api::{Span, Style};

/// Texts with more are shown plain.
const MOST_SPANS: usize = 1000;

/// A body with directives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Styled {
    /// Body with the directives.
    pub body: String,
    /// Added characters: position in the plain text, number, and side.
    added: Vec<(u32, u32, Side)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    /// Belongs to what ends there.
    Closing,
    /// Belongs to what begins there.
    Opening,
}

impl Styled {
    /// Converts a range of the plain text to one of the body.
    #[must_use]
    pub fn place(&self, start: u32, end: u32) -> (u32, u32) {
        let before = |at: u32, with_opening: bool| -> u32 {
            let counts = |(place, _, side): &&(u32, u32, Side)| {
                *place < at || (*place == at && (with_opening && (at < end || *side == Side::Closing)))
            };
            self.added.iter().filter(counts).map(|(_, length, _)| length).sum()
        };
        (start.saturating_add(before(start, true)), end.saturating_add(before(end, false)))
    }
}

struct Addition {
    at: usize,
    side: Side,
    /// Order of additions at one place: the wider goes outside.
    width: usize,
    text: String,
}

/// A plain text with directives for its spans, as far as they can be said in this syntax: between
/// spaces, in one line, one in the other.
#[must_use]
pub fn write(text: &str, spans: &[Span]) -> Styled {
    let chars: Vec<char> = text.chars().collect();
    let mut additions = Vec::new();
    for span in nested(&chars, spans) {
        match span.style {
            Style::CodeBlock => fence(&chars, &span, &mut additions),
            Style::Quote => quote(&chars, &span, &mut additions),
            Style::Link => link(&chars, &span, &mut additions),
            style => inline(&chars, style, &span, &mut additions),
        }
    }
    // Of two of the same width, which came in the order of their opening, the first is outside.
    let outside = |(n, addition): &(usize, Addition)| (std::cmp::Reverse(addition.width), *n);
    let mut additions: Vec<_> = additions.into_iter().enumerate().collect();
    additions.sort_by(|a, b| {
        let order = outside(a).cmp(&outside(b));
        let order = if a.1.side == Side::Closing { order.reverse() } else { order };
        a.1.at.cmp(&b.1.at).then(a.1.side.cmp(&b.1.side)).then(order)
    });
    let mut body = String::with_capacity(text.len() + additions.len() * 2);
    let mut added = Vec::with_capacity(additions.len());
    let mut next = 0;
    for (_, addition) in additions {
        body.extend(&chars[next..addition.at]);
        next = addition.at;
        body.push_str(&addition.text);
        let (at, length) = (addition.at, addition.text.chars().count());
        added.push((
            u32::try_from(at).unwrap_or(u32::MAX),
            u32::try_from(length).unwrap_or(0),
            addition.side,
        ));
    }
    body.extend(&chars[next..]);
    Styled { body, added }
}

#[derive(Clone)]
struct Part {
    style: Style,
    start: usize,
    end: usize,
    value: Option<String>,
}

/// Spans that are inside of the text and of each other: what crosses another ends where that ends.
fn nested(chars: &[char], spans: &[Span]) -> Vec<Part> {
    let mut parts: Vec<Part> = spans
        .iter()
        .take(MOST_SPANS)
        .map(|span| Part {
            style: span.style,
            start: span.start as usize,
            end: (span.end as usize).min(chars.len()),
            value: span.value.clone(),
        })
        .filter(|part| part.start < part.end)
        .collect();
    parts.sort_by_key(|part| (part.start, std::cmp::Reverse(part.end)));
    let mut open: Vec<usize> = Vec::new();
    for part in &mut parts {
        while open.last().is_some_and(|end| *end <= part.start) {
            open.pop();
        }
        if let Some(end) = open.last() {
            part.end = part.end.min(*end);
        }
        open.push(part.end);
    }
    parts
}

fn add(additions: &mut Vec<Addition>, at: usize, side: Side, width: usize, text: impl Into<String>) {
    additions.push(Addition { at, side, width, text: text.into() });
}

/// Styles each line by itself, without the spaces at its ends.
fn inline(chars: &[char], style: Style, part: &Part, additions: &mut Vec<Addition>) {
    let Some((directive, _)) = DIRECTIVES.iter().find(|(_, known)| *known == style) else { return };
    let mut at = part.start;
    for line in chars[part.start..part.end].split(|c| *c == '\n') {
        let from = at + line.iter().take_while(|c| c.is_whitespace()).count();
        let to = at + line.len() - line.iter().rev().take_while(|c| c.is_whitespace()).count();
        at += line.len() + 1;
        // Elsewhere clients would not take it for styling, but show it.
        let apart = |c: Option<&char>| c.is_none_or(|c| !c.is_alphanumeric());
        if from < to && apart(from.checked_sub(1).and_then(|n| chars.get(n))) && apart(chars.get(to)) {
            add(additions, from, Side::Opening, to - from, *directive);
            add(additions, to, Side::Closing, to - from, *directive);
        }
    }
}

fn fence(chars: &[char], part: &Part, additions: &mut Vec<Addition>) {
    let width = part.end - part.start;
    let language = part.value.as_deref().unwrap_or_default();
    let begins = part.start == 0 || chars[part.start - 1] == '\n';
    let ends = part.end == chars.len() || chars[part.end] == '\n';
    let (before, after) = (if begins { "" } else { "\n" }, if ends { "" } else { "\n" });
    let closed = if chars[part.end - 1] == '\n' { "" } else { "\n" };
    add(additions, part.start, Side::Opening, width, format!("{before}{FENCE}{language}\n"));
    add(additions, part.end, Side::Closing, width, format!("{closed}{FENCE}{after}"));
}

/// Whole lines.
fn quote(chars: &[char], part: &Part, additions: &mut Vec<Addition>) {
    let start = chars[..part.start].iter().rposition(|c| *c == '\n').map_or(0, |at| at + 1);
    let begins = |at: &usize| *at == start || chars[at - 1] == '\n';
    for at in (start..part.end).filter(begins) {
        // Outside of everything in the line.
        add(additions, at, Side::Opening, usize::MAX, "> ");
    }
}

/// The address behind the words, unless they are it.
fn link(chars: &[char], part: &Part, additions: &mut Vec<Addition>) {
    let Some(address) = part.value.as_deref().filter(|address| !address.is_empty()) else { return };
    let words: String = chars[part.start..part.end].iter().collect();
    if words.trim() != address && format!("mailto:{}", words.trim()) != address {
        add(additions, part.end, Side::Closing, usize::MAX, format!(" ({address})"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn span(style: Style, start: u32, end: u32) -> Span {
        Span { style, start, end, value: None }
    }

    fn check(text: &str, spans: &[Span], body: &str) {
        assert_eq!(write(text, spans).body, body, "{text}");
    }

    #[test]
    fn spans_become_directives_where_clients_understand_them() {
        use Style::{Bold, Code, Italic, Strikethrough, Underline};
        check("so bold", &[span(Bold, 3, 7)], "so *bold*");
        check("both", &[span(Bold, 0, 4), span(Italic, 0, 4)], "*_both_*");
        check("one two", &[span(Bold, 0, 7), span(Code, 4, 7)], "*one `two`*");
        check("two\nlines", &[span(Strikethrough, 0, 9)], "~two~\n~lines~");
        check(" edges ", &[span(Bold, 0, 7)], " *edges* ");
        // Within words, beyond the end, empty, or a style that is none here: the words are enough.
        check("inside", &[span(Bold, 1, 3), span(Underline, 0, 6)], "inside");
        check("x", &[span(Bold, 5, 9), span(Bold, 1, 1), span(Bold, 0, 99)], "*x*");
        // Crossing ones are cut.
        check("a b c", &[span(Bold, 0, 3), span(Italic, 2, 5)], "*a _b_* c");
    }

    #[test]
    fn blocks_get_lines_of_their_own() {
        use Style::{CodeBlock, Link, Quote};
        check("let x;", &[span(CodeBlock, 0, 6)], "```\nlet x;\n```");
        check("see: let x; ok", &[span(CodeBlock, 5, 11)], "see: \n```\nlet x;\n```\n ok");
        check("a\nb\nc", &[span(Quote, 0, 3)], "> a\n> b\nc");
        let link = |address: &str| [Span { value: Some(address.into()), ..span(Link, 0, 4) }];
        check("here", &link("https://a.b"), "here (https://a.b)");
        check("a.bc", &link("a.bc"), "a.bc");
    }

    #[test]
    fn what_is_written_is_read_again() {
        for (text, spans) in [
            ("so bold", vec![span(Style::Bold, 3, 7)]),
            ("a\nb", vec![span(Style::Quote, 0, 3)]),
            ("let x;", vec![span(Style::CodeBlock, 0, 6)]),
        ] {
            assert_eq!(read(&write(text, &spans).body), (text.to_owned(), spans));
        }
    }

    #[test]
    fn parts_are_found_again_between_directives() {
        let styled = write("hi Bob, bold", &[span(Style::Bold, 3, 6), span(Style::Italic, 0, 2)]);
        assert_eq!(styled.body, "_hi_ *Bob*, bold");
        let (start, end) = styled.place(3, 6);
        let found: String = styled.body.chars().skip(start as usize).take((end - start) as usize).collect();
        assert_eq!(found, "Bob");
        assert_eq!(styled.place(u32::MAX, u32::MAX), (u32::MAX, u32::MAX), "no place of the text");
    }
}
