use super::{DIRECTIVES, FENCE};
use plugin_api::{Span, Style};

/// Texts with more in them are taken as they are: nobody writes that.
const MOST_SPANS: usize = 1000;
/// Styles within styles. There are four.
const DEPTH: usize = 8;

/// A body without its directives, and what they mean. Positions count Unicode scalar values.
#[must_use]
pub fn read(body: &str) -> (String, Vec<Span>) {
    let mut reader = Reader::default();
    let lines: Vec<&str> = body.split('\n').collect();
    reader.blocks(&lines, 0);
    if reader.spans.len() > MOST_SPANS {
        return (body.to_owned(), Vec::new());
    }
    (reader.text, reader.spans)
}

#[derive(Default)]
struct Reader {
    text: String,
    /// Characters of it.
    length: u32,
    spans: Vec<Span>,
}

impl Reader {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.length += count(text);
    }

    fn span(&mut self, style: Style, start: u32, value: Option<String>) {
        if start < self.length {
            self.spans.push(Span { style, start, end: self.length, value });
        }
    }

    /// Lines, of which some make blocks. `depth` counts quotations.
    fn blocks(&mut self, mut lines: &[&str], depth: usize) {
        let mut first = true;
        while let Some((line, rest)) = lines.split_first() {
            if !std::mem::replace(&mut first, false) {
                self.push("\n");
            }
            let start = self.length;
            if let Some(language) = line.strip_prefix(FENCE) {
                let inside = rest.iter().position(|line| *line == FENCE).unwrap_or(rest.len());
                self.push(&rest[..inside].join("\n"));
                let language = language.trim();
                self.span(Style::CodeBlock, start, (!language.is_empty()).then(|| language.to_owned()));
                lines = &rest[(inside + 1).min(rest.len())..];
            } else if line.starts_with('>') && depth < DEPTH {
                let quoted: Vec<&str> = lines.iter().map_while(|line| line.strip_prefix('>')).collect();
                let inner: Vec<&str> =
                    quoted.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
                self.blocks(&inner, depth + 1);
                self.span(Style::Quote, start, None);
                lines = &lines[quoted.len()..];
            } else {
                let line: Vec<char> = line.chars().collect();
                self.inline(&line, DEPTH);
                lines = rest;
            }
        }
    }

    /// A line, or what is inside of a style.
    fn inline(&mut self, line: &[char], depth: usize) {
        // Of which directives there is no second one: looked for once.
        let mut alone = [false; DIRECTIVES.len()];
        let mut at = 0;
        while let Some(&c) = line.get(at) {
            let directive = DIRECTIVES.iter().position(|(directive, _)| *directive == c);
            if let Some(n) = directive
                && depth > 0
                && !alone[n]
                && opens(line, at)
            {
                if let Some(end) = closes(line, at) {
                    let start = self.length;
                    let inside = &line[at + 1..end];
                    if DIRECTIVES[n].1 == Style::Code {
                        self.push(&inside.iter().collect::<String>());
                    } else {
                        self.inline(inside, depth - 1);
                    }
                    self.span(DIRECTIVES[n].1, start, None);
                    at = end + 1;
                    continue;
                }
                alone[n] = true;
            }
            self.push(c.encode_utf8(&mut [0; 4]));
            at += 1;
        }
    }
}

/// Tells whether a directive can open a span at this position (section 6.2).
fn opens(line: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| line[before]);
    let fine = before.is_none_or(|c| c.is_whitespace() || DIRECTIVES.iter().any(|(d, _)| *d == c));
    fine && line.get(at + 1).is_some_and(|next| !next.is_whitespace())
}

/// Position of the closing directive of a span: the first of the same kind that has something, and
/// no space, before it.
fn closes(line: &[char], at: usize) -> Option<usize> {
    (at + 2..line.len()).find(|&end| line[end] == line[at] && !line[end - 1].is_whitespace())
}

fn count(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, text: &str, spans: &[(Style, u32, u32)]) {
        let (found, styles) = read(body);
        let styles: Vec<_> = styles.iter().map(|s| (s.style, s.start, s.end)).collect();
        assert_eq!((found.as_str(), styles.as_slice()), (text, spans), "{body}");
    }

    #[test]
    fn spans_are_what_section_6_2_says() {
        use Style::{Bold, Code, Italic, Strikethrough};
        check("*strong*", "strong", &[(Bold, 0, 6)]);
        check("some *ünï* and _emphasis_", "some ünï and emphasis", &[(Bold, 5, 8), (Italic, 13, 21)]);
        check(
            "*_both_* ~gone~ `*code*`",
            "both gone *code*",
            &[(Italic, 0, 4), (Bold, 0, 4), (Strikethrough, 5, 9), (Code, 10, 16)],
        );
        for plain in [
            "2*3*4",
            "* not*",
            "*not *",
            "**",
            "not*",
            "*",
            "a_b_c",
            "*two\nlines*",
            "",
            "*not _crossed*_ ".trim_end(),
        ] {
            if plain.starts_with("*not _") {
                check(plain, "not _crossed_", &[(Bold, 0, 12)]);
            } else {
                check(plain, plain, &[]);
            }
        }
    }

    #[test]
    fn blocks_are_what_section_6_1_says() {
        use Style::{Bold, CodeBlock, Quote};
        check("```\n*a*\n\nb\n```\n*c*", "*a*\n\nb\nc", &[(CodeBlock, 0, 6), (Bold, 7, 8)]);
        check("```rust\nnever closed", "never closed", &[(CodeBlock, 0, 12)]);
        assert_eq!(read("```rust\nx").1[0].value.as_deref(), Some("rust"));
        check("> a\n>> b\nc", "a\nb\nc", &[(Quote, 2, 3), (Quote, 0, 3)]);
    }

    #[test]
    fn what_nobody_writes_costs_little() {
        for body in [
            "*a ".repeat(80_000),
            "*_".repeat(100_000),
            ">".repeat(200_000),
            ">\n".repeat(100_000),
            "```\n".repeat(50_000),
        ] {
            let (text, spans) = read(&body);
            assert!(text.len() <= body.len() && spans.len() <= MOST_SPANS);
        }
    }
}
