//! The decoder: bytes in, items out.

use crate::xmpp::ns;
use crate::xmpp::stream::header::Invalid;
use crate::xmpp::stream::header::RawHeader;
use crate::xmpp::stream::item::Broken;
use crate::xmpp::stream::item::Item;
use crate::xmpp::stream::scan::Limits;
use crate::xmpp::stream::scan::Mark;
use crate::xmpp::stream::scan::Over;
use crate::xmpp::stream::scan::Scanner;
use crate::xmpp::stream::top::Top;
use crate::xmpp::stream::top::translate;
use bytes::Buf;
use bytes::BytesMut;
use minidom::Element;
use rxml::AttrMap;
use rxml::Event;
use rxml::Namespace;
use rxml::Parse;
use rxml::WithOptions;
use rxml::error::EndOrError;
use zeroize::Zeroize as _;

/// A stream header is a few hundred bytes; more is not a stream.
const MAX_ROOT: usize = 8 * 1024;

type Expects = Box<dyn Fn(&RawHeader) -> bool + Send>;

/// Decodes one direction of one stream.
///
/// ```
/// # use slidged::xmpp::stream::{Decoder, Item, Limits};
/// let mut buf = bytes::BytesMut::from("<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:component:accept' id='7'><handshake/>");
/// let mut decoder = Decoder::new(Limits::default());
/// assert_eq!(decoder.next(&mut buf), Ok(Some(Item::Open { id: Some("7".into()) })));
/// assert_eq!(decoder.next(&mut buf), Ok(Some(Item::Handshake)));
/// assert_eq!(decoder.next(&mut buf), Ok(None));
/// ```
pub struct Decoder {
    limits: Limits,
    scanner: Scanner,
    parser: rxml::Parser,
    /// The stream header, to begin again with after a stanza that the parser choked on.
    root: Vec<u8>,
    /// Number of bytes in the buffer that the scanner has seen.
    seen: usize,
    /// The header of a stanza that is being skipped; its bytes are thrown away.
    skipping: Option<RawHeader>,
    /// The start tag of the present stanza is complete.
    head_done: bool,
    /// Tells which results may be large.
    expects: Option<Expects>,
    broken: Option<Broken>,
    /// Bytes that got to the XML parser, for the tests of what does not.
    #[cfg(test)]
    pub(super) parsed: usize,
}

impl Decoder {
    /// A decoder for a new stream.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Decoder {
            limits,
            scanner: Scanner::new(limits),
            parser: parser(limits),
            root: Vec::new(),
            seen: 0,
            skipping: None,
            head_done: false,
            expects: None,
            broken: None,
            #[cfg(test)]
            parsed: 0,
        }
    }

    /// Allows iq results up to [`Limits::ANSWER`] where `expects` awaits them by their header.
    #[must_use]
    pub fn expecting(mut self, expects: impl Fn(&RawHeader) -> bool + Send + 'static) -> Self {
        self.expects = Some(Box::new(expects));
        self
    }

    /// Returns the next item, or `None` when more bytes are needed. Takes from the front of `buf`
    /// (the caller only appends), in which at most a stanza of the allowed size stays.
    ///
    /// # Errors
    /// [`Broken`] when the stream cannot be continued, then and ever after; users cannot cause it.
    pub fn next(&mut self, buf: &mut BytesMut) -> Result<Option<Item>, Broken> {
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        let item = self.advance(buf);
        if let Err(broken) = item {
            self.broken = Some(broken);
        }
        item
    }

    fn advance(&mut self, buf: &mut BytesMut) -> Result<Option<Item>, Broken> {
        loop {
            let (took, mark) = self.scanner.scan(&buf[self.seen..]);
            self.seen += took;
            match mark {
                None => {}
                Some(Mark::Root) => return self.open(buf).map(Some),
                Some(Mark::Begin) => {
                    // Whitespace between stanzas keeps the connection alive and means nothing else.
                    buf.advance(self.seen - 1);
                    self.seen = 1;
                    self.head_done = false;
                    self.skipping = None;
                }
                Some(Mark::Head) => {
                    self.head_done = true;
                    if self.scanner.over().is_none() && self.may_be_large(&buf[..self.seen]) {
                        self.scanner.raise(Limits::ANSWER);
                    }
                }
                Some(Mark::End) => {
                    let item = self.end(&buf[..self.seen]);
                    self.drop_seen(buf);
                    return Ok(Some(item));
                }
                Some(Mark::Close) => {
                    self.drop_seen(buf);
                    return if self.root.is_empty() {
                        Err(Broken::NotAStream)
                    } else {
                        Ok(Some(Item::Close))
                    };
                }
                Some(Mark::Forbidden) => return Err(Broken::Restricted),
            }
            let hopeless = self.scanner.too_large() || (self.head_done && self.scanner.over().is_some());
            if hopeless && self.skipping.is_none() && self.scanner.in_stanza() {
                self.skipping = Some(RawHeader::scan(&buf[..self.seen]));
            }
            if mark.is_none() {
                if self.root.is_empty() {
                    if self.seen > MAX_ROOT {
                        return Err(Broken::NotAStream);
                    }
                } else if self.skipping.is_some() || !self.scanner.in_stanza() {
                    self.drop_seen(buf);
                }
                return Ok(None);
            }
        }
    }

    fn may_be_large(&self, tag: &[u8]) -> bool {
        let Some(expects) = self.expects.as_ref().filter(|_| tag.starts_with(b"<iq")) else { return false };
        let header = RawHeader::scan(tag);
        header.type_.as_deref() == Some("result") && expects(&header)
    }

    /// Overwrites what was read, since bytes in a buffer that is used again may be a password.
    fn drop_seen(&mut self, buf: &mut BytesMut) {
        buf[..self.seen].zeroize();
        buf.advance(self.seen);
        self.seen = 0;
    }

    /// The root's start tag is complete.
    fn open(&mut self, buf: &mut BytesMut) -> Result<Item, Broken> {
        if self.seen > MAX_ROOT {
            return Err(Broken::NotAStream);
        }
        self.root = buf[..self.seen].to_vec();
        self.drop_seen(buf);
        let attrs = self.begin_again()?;
        Ok(Item::Open { id: attrs.get(&Namespace::NONE, "id").cloned() })
    }

    /// Brings a new parser to where it stands inside the root, and returns the root's attributes.
    fn begin_again(&mut self) -> Result<AttrMap, Broken> {
        self.parser = parser(self.limits);
        let mut root = self.root.as_slice();
        loop {
            match self.parser.parse(&mut root, false) {
                Ok(Some(Event::XmlDeclaration(..))) => {}
                Ok(Some(Event::StartElement(_, (namespace, name), attrs)))
                    if namespace.as_str() == ns::STREAM && name == "stream" =>
                {
                    return Ok(attrs);
                }
                _ => return Err(Broken::NotAStream),
            }
        }
    }

    /// A stanza, or what stands in a stanza's place, is complete.
    fn end(&mut self, bytes: &[u8]) -> Item {
        let skipped = self.skipping.take();
        if let Some(over) = self.scanner.over() {
            let why = match over {
                Over::Bytes => Invalid::TooLarge,
                Over::Depth => Invalid::TooDeep,
                Over::Children | Over::Nodes | Over::Attributes => Invalid::TooMany,
            };
            return Item::Invalid { header: skipped.unwrap_or_else(|| RawHeader::scan(bytes)), why };
        }
        let invalid = |why| Item::Invalid { header: RawHeader::scan(bytes), why };
        let Ok(top) = self.parse(bytes) else {
            // The parser is of no use after an error. The header was read before, so this works.
            if self.begin_again().is_err() {
                self.broken = Some(Broken::NotAStream);
            }
            return invalid(Invalid::NotWellFormed);
        };
        top.item().unwrap_or_else(invalid)
    }

    /// Builds the tree of one element below the root.
    fn parse(&mut self, mut bytes: &[u8]) -> Result<Top, ()> {
        #[cfg(test)]
        {
            self.parsed += bytes.len();
        }
        let mut top = None;
        let mut stack: Vec<Element> = Vec::with_capacity(8);
        loop {
            let event = match self.parser.parse(&mut bytes, false) {
                Ok(Some(event)) => event,
                Ok(None) | Err(EndOrError::NeedMoreData | EndOrError::Error(_)) => return Err(()),
            };
            match event {
                Event::StartElement(_, (namespace, name), attrs) if top.is_none() => {
                    top = Some(Top { namespace, name: name.to_string(), attrs, children: Vec::new() });
                }
                Event::StartElement(_, (namespace, name), attrs) => {
                    let mut element = Element::bare(name.to_string(), translate(namespace));
                    *element.attrs_mut() = attrs;
                    stack.push(element);
                }
                Event::Text(_, text) => {
                    // Text directly in a stanza means nothing (RFC 6120 section 8.4).
                    if let Some(parent) = stack.last_mut() {
                        parent.append_text(text);
                    }
                }
                Event::EndElement(_) => match (stack.pop(), stack.last_mut(), &mut top) {
                    (Some(done), Some(parent), _) => {
                        parent.append_child(done);
                    }
                    (Some(done), None, Some(top)) => top.children.push(done),
                    _ => break,
                },
                Event::XmlDeclaration(..) => return Err(()),
            }
        }
        match top {
            Some(top) if bytes.is_empty() => Ok(top),
            _ => Err(()),
        }
    }
}

fn parser(limits: Limits) -> rxml::Parser {
    rxml::Parser::with_options(rxml::Options {
        // The scanner limits what gets here, so a token may be as large as a stanza.
        max_token_length: limits.bytes,
        comments: rxml::parser::CommentMode::Discard,
        ..rxml::Options::default()
    })
}

#[cfg(test)]
mod tests {
    use crate::xmpp::Stanza;
    use jid::Jid;

    use super::*;

    const ROOT: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' xml:lang='en' id='42' from='gw'>";

    /// All items of a text that follows the stream header, fed in pieces of any size.
    fn items(text: &str) -> Vec<Item> {
        let run = |chunk: usize| {
            let mut decoder = Decoder::new(Limits::default());
            let (mut buf, mut out) = (BytesMut::new(), Vec::new());
            for part in [ROOT, text].concat().as_bytes().chunks(chunk) {
                buf.extend_from_slice(part);
                while let Some(item) = decoder.next(&mut buf).expect("a stream") {
                    out.push(item);
                }
            }
            out
        };
        let whole = run(usize::MAX);
        assert_eq!(run(1), whole, "byte by byte");
        assert_eq!(run(13), whole, "in thirteens");
        assert_eq!(whole[0], Item::Open { id: Some("42".into()) });
        whole[1..].to_vec()
    }

    fn stanza(text: &str) -> Stanza {
        match items(text).as_slice() {
            [Item::Stanza(s)] => (**s).clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_message_is_typed_and_its_payload_is_in_jabber_client() {
        let s = stanza(
            "<message from='U@Example.org/R' to='c@gw' id='1' type='chat' xml:lang='de'><body>a &lt; b</body><x xmlns='u'><y/>t<![CDATA[<z>]]></x></message>",
        );
        assert_eq!(s.from.as_ref().map(Jid::as_str), Some("u@example.org/R"));
        assert_eq!((s.id.as_deref(), s.lang.as_deref(), s.type_str()), (Some("1"), Some("de"), "chat"));
        assert_eq!(s.body().as_deref(), Some("a < b"));
        let x = s.child("x", "u").unwrap();
        assert!(x.has_child("y", "u"));
        assert_eq!(x.text(), "t<z>");
    }

    #[test]
    fn the_language_of_the_stream_does_not_leak() {
        let s = stanza("<message from='a@b'><body>x</body></message>");
        assert_eq!(s.lang, None);
        assert_eq!(s.child("body", ns::CLIENT).unwrap().attr_ns(ns::XML, "lang"), None);
    }

    #[test]
    fn forwarded_stanzas_are_as_routed_ones() {
        let s = stanza(
            "<message from='b'><privilege xmlns='urn:xmpp:privilege:2'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='result' id='1'/></forwarded></privilege></message>",
        );
        let forwarded = s.payloads[0].get_child("forwarded", ns::FORWARD).unwrap();
        assert!(forwarded.has_child("iq", ns::CLIENT));
    }

    #[test]
    fn keepalives_and_comments_between_stanzas_are_nothing() {
        let got = items(" \n<!-- <message/> --><handshake/>  <presence from='a@b'/> ");
        assert!(matches!(got.as_slice(), [Item::Handshake, Item::Stanza(_)]), "{got:?}");
    }

    #[test]
    fn a_stream_error_keeps_condition_and_text() {
        let got = items(
            "<stream:error><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>No</text><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
        );
        assert_eq!(
            got,
            [Item::StreamError { condition: "conflict".into(), text: Some("No".into()) }, Item::Close]
        );
    }

    #[test]
    fn what_is_no_stream_breaks_at_once_and_for_good() {
        for text in ["HTTP/1.1 400 Bad Request\r\n\r\n<html>", "<stream/>", "<!DOCTYPE x>", "<a:b>", "</a>"] {
            let mut decoder = Decoder::new(Limits::default());
            let mut buf = BytesMut::from(text);
            assert!(decoder.next(&mut buf).is_err(), "{text}");
            assert!(decoder.next(&mut BytesMut::from(ROOT)).is_err(), "{text}");
        }
        let mut decoder = Decoder::new(Limits::default());
        assert_eq!(decoder.next(&mut BytesMut::from("x".repeat(9_000).as_str())), Err(Broken::NotAStream));
    }

    #[test]
    fn many_stanzas_in_one_buffer_come_out_one_by_one() {
        let one = "<message from='a@b' id='7'><body>x</body></message>";
        assert_eq!(items(&one.repeat(1_000)).len(), 1_000);
    }
}
