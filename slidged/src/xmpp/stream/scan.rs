//! Cuts a stream into stanzas by bytes: knows quotes, comments, CDATA and processing instructions,
//! and nothing else about XML.

/// Size limits of a stanza; beyond them it is skipped and answered with `policy-violation`,
/// unparsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a stanza. Prosody and ejabberd allow 256 KiB from clients by default (and ours is
    /// more than that for other servers' and for forwarded ones).
    pub bytes: usize,
    /// Levels of elements, the stanza itself being the first. The deepest real stanzas (forwarded
    /// pubsub with forms) have about 12.
    pub depth: u32,
    /// Child elements of one element. The largest real ones are rosters and item lists of a few
    /// thousand.
    pub children: u16,
    /// Elements and attributes of a stanza together: keeps the worst stanza that is parsed under 20
    /// ms of CPU, and is room for 4,096 roster items with groups.
    pub nodes: u32,
    /// Attributes of one element, namespace declarations included. Real ones have ten.
    pub attributes: u32,
}

impl Limits {
    /// Limits of an answer to a long query of ours, such as the roster of somebody with very many
    /// contacts: some 65,000 entries.
    pub const ANSWER: Limits =
        Limits { bytes: 16 * 1024 * 1024, depth: 64, children: u16::MAX, nodes: 1_000_000, attributes: 64 };
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 512 * 1024, depth: 64, children: 4096, nodes: 32_768, attributes: 64 }
    }
}

/// The limit that a stanza exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Bytes,
    Depth,
    Children,
    Nodes,
    Attributes,
}

/// A mark that the scanner came upon; its position is behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// The root's start tag is complete.
    Root,
    /// The `<` of a stanza.
    Begin,
    /// The stanza's own start tag is complete; more of it follows.
    Head,
    /// A stanza is complete.
    End,
    /// The root's end tag is complete.
    Close,
    /// Markup that may not stand in a stream, such as a document type declaration.
    Forbidden,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    /// Position behind `<`.
    Open,
    /// Position in a start tag; whether the last byte was a slash outside quotes.
    Start {
        slash: bool,
    },
    Quoted(u8),
    EndTag,
    /// Position behind `<!`, with this many bytes of `--` or `[CDATA[` seen.
    Bang {
        seen: u8,
        cdata: bool,
    },
    /// Number of bytes of `-->` that were seen.
    Comment(u8),
    /// Number of bytes of `]]>` that were seen.
    Cdata(u8),
    /// Position in `<? … ?>`; whether the last byte was `?`.
    Instruction(bool),
    /// After something forbidden; nothing more comes out.
    Dead,
}

#[derive(Debug)]
pub(super) struct Scanner {
    /// Limits of unsolicited stanzas.
    usual: Limits,
    /// Limits of the present stanza.
    limits: Limits,
    state: State,
    /// Open elements, the root included. Counts on when over the limit.
    depth: u64,
    /// Children so far of the open elements inside a stanza, by depth.
    children: Vec<u16>,
    bytes: usize,
    nodes: u32,
    attributes: u32,
    over: Option<Over>,
}

const CDATA: &[u8] = b"[CDATA[";

impl Scanner {
    pub(super) fn new(limits: Limits) -> Self {
        Scanner {
            usual: limits,
            limits,
            state: State::Text,
            depth: 0,
            children: Vec::new(),
            bytes: 0,
            nodes: 0,
            attributes: 0,
            over: None,
        }
    }

    /// The limit that the present stanza went over, if any.
    pub(super) fn over(&self) -> Option<Over> {
        self.over
    }

    /// Whether the present stanza has more bytes than it may.
    pub(super) fn too_large(&self) -> bool {
        self.bytes > self.limits.bytes
    }

    /// Lets the present stanza, of which only the start tag was seen, be larger.
    pub(super) fn raise(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Whether the scanner stands inside a stanza.
    pub(super) fn in_stanza(&self) -> bool {
        self.depth > 1 || (self.depth == 1 && !matches!(self.state, State::Text))
    }

    fn exceed(&mut self, over: Over) {
        self.over.get_or_insert(over);
    }

    /// Looks at bytes up to the next mark. Returns how many it took, and the mark behind them;
    /// without a mark it took all.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> (usize, Option<Mark>) {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let (took, mark) = match self.state {
                State::Text => self.text(rest),
                State::Quoted(quote) => match rest.iter().position(|&b| b == quote) {
                    Some(i) => {
                        self.state = State::Start { slash: false };
                        (i + 1, None)
                    }
                    None => (rest.len(), None),
                },
                State::Start { slash } => self.start_tag(rest, slash),
                State::Dead => (rest.len(), None),
                _ => (1, self.one(rest[0])),
            };
            at += took;
            // The `<` that begins a stanza was not counted yet: counters start with it.
            if mark == Some(Mark::Begin) {
                self.bytes = 1;
            } else {
                self.bytes = self.bytes.saturating_add(took);
            }
            if self.bytes > self.limits.bytes {
                self.exceed(Over::Bytes);
            }
            if mark.is_some() {
                return (at, mark);
            }
        }
        (at, None)
    }

    fn text(&mut self, rest: &[u8]) -> (usize, Option<Mark>) {
        let Some(i) = rest.iter().position(|&b| b == b'<') else { return (rest.len(), None) };
        self.state = State::Open;
        if self.depth == 1 {
            self.limits = self.usual;
            self.children.clear();
            self.nodes = 0;
            self.over = None;
            return (i + 1, Some(Mark::Begin));
        }
        (i + 1, None)
    }

    fn start_tag(&mut self, rest: &[u8], mut slash: bool) -> (usize, Option<Mark>) {
        for (i, &b) in rest.iter().enumerate() {
            match b {
                b'\'' | b'"' => {
                    self.attributes += 1;
                    self.nodes = self.nodes.saturating_add(1);
                    if self.attributes > self.limits.attributes {
                        self.exceed(Over::Attributes);
                    }
                    self.state = State::Quoted(b);
                    return (i + 1, None);
                }
                b'>' => {
                    self.state = State::Text;
                    return (i + 1, self.opened(slash));
                }
                _ => slash = b == b'/',
            }
        }
        self.state = State::Start { slash };
        (rest.len(), None)
    }

    /// One byte in one of the states that are short or rare.
    fn one(&mut self, b: u8) -> Option<Mark> {
        self.state = match (self.state, b) {
            (State::Open, b'/') => State::EndTag,
            (State::Open, b'!') => State::Bang { seen: 0, cdata: false },
            // Only the XML declaration may use this form, and only in front of the root.
            (State::Open, b'?') if self.depth == 0 => State::Instruction(false),
            (State::Open, b'?') => return self.forbid(),
            (State::Open, _) => {
                self.attributes = 0;
                self.begin_element();
                State::Start { slash: false }
            }
            (State::EndTag, b'>') => {
                self.state = State::Text;
                return self.closed();
            }
            (State::EndTag, _) => State::EndTag,
            (State::Bang { seen: 0, .. }, b'-') => State::Bang { seen: 1, cdata: false },
            (State::Bang { seen: 1, cdata: false }, b'-') => State::Comment(0),
            (State::Bang { seen: 0, .. }, b'[') if self.depth > 1 => State::Bang { seen: 1, cdata: true },
            (State::Bang { seen, cdata: true }, b) if CDATA.get(usize::from(seen)) == Some(&b) => {
                if usize::from(seen) + 1 == CDATA.len() {
                    State::Cdata(0)
                } else {
                    State::Bang { seen: seen + 1, cdata: true }
                }
            }
            (State::Bang { .. }, _) => return self.forbid(),
            (State::Comment(2), b'>') | (State::Cdata(2), b'>') => State::Text,
            (State::Comment(n), b'-') => State::Comment((n + 1).min(2)),
            (State::Comment(_), _) => State::Comment(0),
            (State::Cdata(n), b']') => State::Cdata((n + 1).min(2)),
            (State::Cdata(_), _) => State::Cdata(0),
            (State::Instruction(true), b'>') => State::Text,
            (State::Instruction(_), b) => State::Instruction(b == b'?'),
            (other, _) => other,
        };
        None
    }

    fn begin_element(&mut self) {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > self.limits.nodes {
            self.exceed(Over::Nodes);
        }
        // Inside a stanza `children` has one entry per open element; beyond the depth limit it
        // stops to grow.
        if let Some(count) = self.children.last_mut() {
            *count = count.saturating_add(1);
            if *count > self.limits.children {
                self.exceed(Over::Children);
            }
        }
    }

    /// A start tag is complete.
    fn opened(&mut self, empty: bool) -> Option<Mark> {
        if self.depth == 0 {
            // An empty root is a stream that ends at once.
            self.depth = u64::from(!empty);
            return Some(if empty { Mark::Close } else { Mark::Root });
        }
        if self.depth > u64::from(self.limits.depth) {
            self.exceed(Over::Depth);
        }
        if empty {
            return (self.depth == 1).then_some(Mark::End);
        }
        self.depth += 1;
        if self.over.is_none() {
            self.children.push(0);
        }
        (self.depth == 2).then_some(Mark::Head)
    }

    /// An end tag is complete.
    fn closed(&mut self) -> Option<Mark> {
        self.depth = self.depth.saturating_sub(1);
        if self.over.is_none() {
            self.children.pop();
        }
        match self.depth {
            0 => {
                self.state = State::Dead;
                Some(Mark::Close)
            }
            1 => Some(Mark::End),
            _ => None,
        }
    }

    fn forbid(&mut self) -> Option<Mark> {
        self.state = State::Dead;
        Some(Mark::Forbidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str) -> Vec<(Mark, usize, Option<Over>)> {
        let limits = Limits { bytes: 60, depth: 3, children: 2, nodes: 6, attributes: 2 };
        let run = |chunk: usize| {
            let mut scanner = Scanner::new(limits);
            let mut out = Vec::new();
            let mut done = 0;
            for part in text.as_bytes().chunks(chunk) {
                let mut part = part;
                while !part.is_empty() {
                    let (took, mark) = scanner.scan(part);
                    part = &part[took..];
                    done += took;
                    out.extend(mark.map(|m| (m, done, scanner.over())));
                }
            }
            out
        };
        let whole = run(usize::MAX);
        assert_eq!(run(1), whole, "byte by byte");
        assert_eq!(run(7), whole, "in sevens");
        whole
    }

    fn names(text: &str) -> Vec<Mark> {
        marks(text).into_iter().map(|(m, ..)| m).collect()
    }

    fn over(stanza: &str) -> Option<Over> {
        let all = marks(&format!("<s>{stanza}<a/>"));
        let end = all.iter().find(|(m, ..)| *m == Mark::End).expect("an end");
        assert_eq!(end.1, 3 + stanza.len(), "cut at the end of the stanza");
        assert_eq!(all.last().map(|l| (l.0, l.2)), Some((Mark::End, None)), "the next stanza is unharmed");
        end.2
    }

    #[test]
    fn stanzas_are_cut_where_they_end() {
        use Mark::*;
        assert_eq!(
            names("<?xml version='1.0'?><s a='>'> <a/> <b>x<c/></b></s>"),
            [Root, Begin, End, Begin, Head, End, Begin, Close]
        );
        assert_eq!(names("<s><a b='/>' c=\"'</a>\"><!-- </a> -- ---></a>"), [Root, Begin, Head, End]);
        assert_eq!(names("<s><a><![CDATA[</a>]]]]></a></a>"), [Root, Begin, Head, End, Begin, Close]);
        assert_eq!(names("<s><a b='x'/ ></a>"), [Root, Begin, Head, End]);
    }

    #[test]
    fn what_no_stream_may_hold_is_forbidden() {
        for text in ["<!DOCTYPE s>", "<s><!ENTITY x>", "<s><a><?pi ?>", "<s><![CDATA[x]]>", "<s><a><![CDATX["]
        {
            assert_eq!(names(text).last(), Some(&Mark::Forbidden), "{text}");
        }
    }

    #[test]
    fn limits_are_exact() {
        assert_eq!(over(&format!("<a>{}</a>", "x".repeat(53))), None);
        assert_eq!(over(&format!("<a>{}</a>", "x".repeat(54))), Some(Over::Bytes));
        assert_eq!(over("<a><b><c></c></b></a>"), None);
        assert_eq!(over("<a><b><c/></b></a>"), None);
        assert_eq!(over("<a><b><c><d></d></c></b></a>"), Some(Over::Depth));
        assert_eq!(over("<a><b><c><d/></c></b></a>"), Some(Over::Depth));
        assert_eq!(over("<a><b/><c><d/><d/></c></a>"), None);
        assert_eq!(over("<a><b/><b/><b/></a>"), Some(Over::Children));
        assert_eq!(over("<a b='' c=''/>"), None);
        assert_eq!(over("<a b='' c='' d=''/>"), Some(Over::Attributes));
        assert_eq!(over("<a b='' c=''><b d='' e=''/><b/></a>"), Some(Over::Nodes));
    }
}
