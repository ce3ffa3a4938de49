//! Detection of the ends of stanzas in a stream of XML.

/// Follows one direction of an XMPP stream. It trusts a real program's output to be well-formed,
/// without comments or CDATA.
#[derive(Debug, Default)]
pub(super) struct Stanzas {
    /// Elements that are open, the stream among them.
    depth: usize,
    tag: Option<Tag>,
}

#[derive(Debug, Default)]
struct Tag {
    /// First and last byte of the tag so far.
    first: u8,
    last: u8,
    quote: Option<u8>,
}

impl Stanzas {
    /// The places in `bytes`, which come next, behind which a stanza is complete.
    pub(super) fn ends(&mut self, bytes: &[u8]) -> Vec<usize> {
        let complete = |&(_, &byte): &(usize, &u8)| self.is_end(byte);
        bytes.iter().enumerate().filter(complete).map(|(at, _)| at + 1).collect()
    }

    fn is_end(&mut self, byte: u8) -> bool {
        let Some(tag) = &mut self.tag else {
            self.tag = (byte == b'<').then(Tag::default);
            return false;
        };
        match (tag.quote, byte) {
            (Some(quote), _) => {
                tag.quote = (byte != quote).then_some(quote);
                return false;
            }
            (None, b'\'' | b'"') => tag.quote = Some(byte),
            (None, b'>') => {
                let (first, last) = (tag.first, tag.last);
                self.tag = None;
                return self.is_tag_of_an_end(first, last);
            }
            (None, _) => {}
        }
        if tag.first == 0 {
            tag.first = byte;
        }
        tag.last = byte;
        false
    }

    fn is_tag_of_an_end(&mut self, first: u8, last: u8) -> bool {
        match (first, last) {
            (b'?', _) => return false,
            (b'/', _) => self.depth = self.depth.saturating_sub(1),
            (_, b'/') => {}
            _ => {
                self.depth += 1;
                return false;
            }
        }
        self.depth == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stanzas_are_counted_wherever_the_bytes_are_split() {
        let text = "<?xml version='1.0'?><stream:stream to='a>b'><handshake>x</handshake><iq id='/>'><ping/></iq>\
                    <presence/><message><body>a</body></message>";
        for size in 1..text.len() {
            let mut stanzas = Stanzas::default();
            let (mut at, mut found) = (0, Vec::new());
            for piece in text.as_bytes().chunks(size) {
                found.extend(stanzas.ends(piece).into_iter().map(|end| at + end));
                at += piece.len();
            }
            let ends = ["</handshake>", "</iq>", "<presence/>", "</message>"];
            let expected: Vec<_> = ends.iter().map(|e| text.find(e).expect("in there") + e.len()).collect();
            assert_eq!(found, expected, "in pieces of {size}");
        }
    }
}
