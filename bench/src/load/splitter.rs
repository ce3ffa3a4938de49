//! Stanzas out of a stream of bytes, without building trees.

/// Size from which consumed bytes are removed from the buffer.
const KEPT: usize = 1 << 16;

/// Cuts a byte stream into the stream header (first) and top-level stanzas.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    buffer: Vec<u8>,
    start: usize,
    position: usize,
    depth: usize,
}

impl Splitter {
    pub(crate) fn feed(&mut self, data: &[u8]) {
        if self.start > KEPT {
            self.buffer.drain(..self.start);
            self.position -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(data);
    }

    pub(crate) fn next(&mut self) -> Option<String> {
        loop {
            let open = self.position + self.buffer[self.position..].iter().position(|&b| b == b'<')?;
            let close = open + end_of_tag(&self.buffer[open..])?;
            if self.depth <= 1 {
                self.start = open;
            }
            self.position = close + 1;
            match (self.buffer[open + 1], self.buffer[close - 1]) {
                (b'?', _) => continue,
                (b'/', _) => self.depth = self.depth.saturating_sub(1),
                (_, b'/') => {}
                _ => {
                    self.depth += 1;
                    if self.depth == 1 {
                        return Some(self.take(close + 1));
                    }
                    continue;
                }
            }
            if self.depth <= 1 {
                return Some(self.take(close + 1));
            }
        }
    }

    fn take(&mut self, end: usize) -> String {
        let text = String::from_utf8_lossy(&self.buffer[self.start..end]).into_owned();
        self.start = end;
        self.position = end;
        text
    }
}

/// Position of the `>` that ends a tag; one may also stand in an attribute.
fn end_of_tag(tag: &[u8]) -> Option<usize> {
    let mut quote = 0;
    tag.iter().position(|&byte| {
        match (quote, byte) {
            (0, b'\'' | b'"') => quote = byte,
            (0, b'>') => return true,
            (open, byte) if open == byte => quote = 0,
            _ => {}
        }
        false
    })
}

/// An attribute of the stanza's own start tag.
pub(crate) fn attribute<'a>(stanza: &'a str, name: &str) -> Option<&'a str> {
    let tag = &stanza[..end_of_tag(stanza.as_bytes())?];
    for quote in ['\'', '"'] {
        if let Some(begin) = tag.find(&format!(" {name}={quote}")) {
            let value = &tag[begin + name.len() + 3..];
            return value.find(quote).map(|end| &value[..end]);
        }
    }
    None
}

/// The text of its body, as it stands there.
pub(crate) fn body(stanza: &str) -> Option<&str> {
    let (_, rest) = stanza.split_once("<body>")?;
    rest.split_once("</body>").map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_split_wherever_it_is_cut() {
        let xml = "<?xml version='1.0'?><s:s a='>'><a/><b x=\"/>\"><c/>t</b><d></d></s:s>";
        for step in [1, 3, 100] {
            let (mut splitter, mut got) = (Splitter::default(), vec![]);
            for piece in xml.as_bytes().chunks(step) {
                splitter.feed(piece);
                while let Some(stanza) = splitter.next() {
                    got.push(stanza);
                }
            }
            assert_eq!(got, ["<s:s a='>'>", "<a/>", "<b x=\"/>\"><c/>t</b>", "<d></d>", "</s:s>"]);
        }
    }

    #[test]
    fn only_the_stanzas_own_attributes_count() {
        let stanza = "<message to='a>b' from=\"c\"><x id='1'/><body>t</body></message>";
        assert_eq!(attribute(stanza, "to"), Some("a>b"));
        assert_eq!(attribute(stanza, "from"), Some("c"));
        assert_eq!(attribute(stanza, "id"), None);
        assert_eq!(body(stanza), Some("t"));
    }
}
