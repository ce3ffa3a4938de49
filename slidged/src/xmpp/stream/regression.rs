//! Regressions: input that has ended a gateway's stream before (or its process), each shown to cost
//! nobody but its sender.

use crate::xmpp::Condition;
use crate::xmpp::Kind;
use crate::xmpp::Stanza;
use crate::xmpp::Xml;
use crate::xmpp::stream::item::Broken;
use crate::xmpp::stream::*;
use bytes::BytesMut;
use minidom::Element;

const ROOT: &str = "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:component:accept' xml:lang='en' id='1' from='gw'>";
const AFTER: &str = "<presence from='after@b'/>";

pub(super) struct Run {
    decoder: Decoder,
    buf: BytesMut,
    pub(super) items: Vec<Item>,
    largest: usize,
}

impl Run {
    pub(super) fn new() -> Self {
        let mut run = Run {
            decoder: Decoder::new(Limits::default()),
            buf: BytesMut::new(),
            items: Vec::new(),
            largest: 0,
        };
        run.feed(ROOT.as_bytes()).unwrap();
        run.items.clear();
        run
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        self.buf.extend_from_slice(bytes);
        while let Some(item) = self.decoder.next(&mut self.buf)? {
            self.items.push(item);
        }
        self.largest = self.largest.max(self.buf.len());
        Ok(())
    }
}

/// Feeds something as a server's socket would, and a stanza behind it. Gives the first item; the
/// second must be that stanza.
fn first(text: &str) -> (Item, Run) {
    let mut run = Run::new();
    for chunk in [text, AFTER].concat().as_bytes().chunks(16 * 1024) {
        run.feed(chunk).expect("the stream stays up");
    }
    assert_eq!(run.items.len(), 2, "{:?}", run.items);
    assert!(
        matches!(run.items.pop(), Some(Item::Stanza(s)) if s.from.as_ref().unwrap().as_str() == "after@b")
    );
    assert!(run.buf.is_empty());
    (run.items.remove(0), run)
}

pub(super) fn stanza(text: &str) -> Stanza {
    match first(text).0 {
        Item::Stanza(s) => *s,
        other => panic!("{other:?} from {text:.100}"),
    }
}

fn invalid(text: &str, expected: Invalid) {
    let (item, run) = first(text);
    let Item::Invalid { header, why } = item else { panic!("{item:?} from {text:.100}") };
    assert_eq!(why, expected, "{text:.100}");
    assert_eq!(header.id.as_deref(), Some("1"), "its sender can be told");
    assert!(header.from.is_some());
    if matches!(why, Invalid::TooDeep | Invalid::TooLarge | Invalid::TooMany) {
        assert_eq!(run.decoder.parsed, AFTER.len(), "the parser never saw it");
        assert!(run.largest <= Limits::default().bytes, "and it was not kept");
    }
}

fn message(attrs: &str, inner: &str) -> String {
    format!("<message from='a@b/c' id='1' {attrs}>{inner}</message>")
}

#[test]
fn an_unknown_message_type_is_normal() {
    assert_eq!(stanza(&message("type='bogus'", "<body>x</body>")).message_type(), "normal");
}

#[test]
fn two_threads_and_loose_text_are_harmless() {
    let s = stanza(&message("", "loose<thread>1</thread>text<thread>2</thread><body>x</body>"));
    assert_eq!((s.thread().as_deref(), s.body().as_deref(), s.payloads.len()), (Some("1"), Some("x"), 3));
}

#[test]
fn bogus_show_and_priority_are_ignored() {
    let s = stanza("<presence from='a@b/c'><show>busy</show><priority>999</priority></presence>");
    assert_eq!((s.kind, s.show(), s.priority()), (Kind::Presence, None, 0));
}

#[test]
fn iqs_that_break_the_rules_are_refused() {
    for iq in [
        "<iq from='a@b/c' id='1' type='get'/>",
        "<iq from='a@b/c' id='1' type='set'>text</iq>",
        "<iq from='a@b/c' id='1' type='get'><a xmlns='u'/><b xmlns='u'/></iq>",
        "<iq from='a@b/c' id='1' type='bogus'><a xmlns='u'/></iq>",
        "<iq from='a@b/c' id='1'><a xmlns='u'/></iq>",
    ] {
        invalid(iq, Invalid::Iq);
    }
    assert!(matches!(
        first("<iq from='a@b' type='get'><a xmlns='u'/></iq>").0,
        Item::Invalid { why: Invalid::Iq, .. }
    ));
}

#[test]
fn an_iq_error_may_lack_its_element_or_be_of_before_the_rfc() {
    let condition = |inner: &str| {
        let s = stanza(&format!("<iq from='a@b' id='1' type='error'>{inner}</iq>"));
        s.error().unwrap().condition
    };
    assert_eq!(condition(""), Condition::UndefinedCondition);
    assert_eq!(condition("<query xmlns='u'/>"), Condition::UndefinedCondition);
    assert_eq!(condition("<error code='404'>Not Found</error>"), Condition::ItemNotFound);
}

#[test]
fn addresses_that_are_none_are_only_that_stanzas_fault() {
    for to in ["\u{1F980}@gw", "a@b@c", "@gw", "a b@gw", ""] {
        invalid(&message(&format!("to='{to}'"), "<body>x</body>"), Invalid::To);
    }
    for from in ["a@te--st.example", "a@-foo.example", "a@b/\u{1F980}", "\u{1F980}@b"] {
        invalid(&format!("<message to='gw' from='{from}' id='1'><body>x</body></message>"), Invalid::From);
        invalid(
            &format!("<iq to='gw' from='{from}' id='1' type='get'><ping xmlns='urn:xmpp:ping'/></iq>"),
            Invalid::From,
        );
    }
}

#[test]
fn long_attributes_and_namespaces_are_read() {
    let long = "u".repeat(9_000);
    let s = stanza(&message("", &format!("<x xmlns='{long}' a='{long}'/><body>x</body>")));
    assert!(s.payloads[0].has_ns(long.as_str()));
    assert_eq!(s.payloads[0].attr("a").map(str::len), Some(9_000));
    assert_eq!(stanza(&message(&format!("x='{long}'"), "<body>x</body>")).body().as_deref(), Some("x"));
    let name = stanza(&message("", &format!("<{long} xmlns='u'/>")));
    assert_eq!(name.payloads[0].name(), long);
}

#[test]
fn elements_that_are_no_stanza_are_passed_over() {
    for text in [
        "<bogus from='a' id='1'/>",
        "<stream:features from='a' id='1'><x/></stream:features>",
        "<message xmlns='urn:other' from='a' id='1'/>",
    ] {
        invalid(text, Invalid::Unknown);
    }
}

#[test]
fn what_is_not_well_formed_costs_only_itself() {
    for inner in [
        "&undefined;",
        "&#2;",
        "&#xFFFF;",
        "<a b='<'/>",
        "<a b='' b=''/>",
        "<p:a/>",
        "<a></b>",
        "\u{1}",
        "<a b=c/>",
        "a ]]> b",
        "<a'/>'/>",
    ] {
        invalid(&message("", inner), Invalid::NotWellFormed);
    }
    assert_eq!(
        stanza(&message("", "<!-- </message> --><body>x<!-- y -->z</body>")).body().as_deref(),
        Some("xz")
    );
    let mut run = Run::new();
    for _ in 0..100 {
        run.feed(message("", "&undefined;").as_bytes()).unwrap();
        run.feed(message("", "<body xml:lang='en'>&amp;</body>").as_bytes()).unwrap();
    }
    assert_eq!(run.items.iter().filter(|i| matches!(i, Item::Stanza(_))).count(), 100);
}

#[test]
fn bytes_that_are_not_utf8_cost_only_themselves() {
    let mut run = Run::new();
    for bad in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"] {
        run.feed(&[b"<message from='a@b' id='1'><body>", bad, b"</body></message>"].concat()).unwrap();
        run.feed(AFTER.as_bytes()).unwrap();
    }
    let stanzas = run.items.iter().filter(|i| matches!(i, Item::Stanza(_))).count();
    assert_eq!((run.items.len(), stanzas), (8, 4));
}

#[test]
fn nesting_is_refused_before_the_parser_sees_it() {
    for levels in [64, 65, 2_000, 3_500, 4_500, 10_000, 30_000, 74_000, 300_000] {
        let open = message("", &("<a>".repeat(levels) + &"</a>".repeat(levels)));
        invalid(&open, Invalid::TooDeep);
        let empty = message("", &("<a>".repeat(levels) + "<b/>" + &"</a>".repeat(levels)));
        invalid(&empty, Invalid::TooDeep);
    }
    let most = message("", &("<a>".repeat(63) + "x" + &"</a>".repeat(63)));
    let mut deepest = &stanza(&most).payloads[0];
    let mut depth = 1;
    while let Some(child) = deepest.children().next() {
        (deepest, depth) = (child, depth + 1);
    }
    assert_eq!((depth, deepest.text().as_str()), (63, "x"));
}

#[test]
fn wide_stanzas_are_refused_before_the_parser_sees_them() {
    assert_eq!(stanza(&message("", &"<a/>".repeat(4_096))).payloads.len(), 4_096);
    invalid(&message("", &"<a/>".repeat(4_097)), Invalid::TooMany);
    invalid(&message("", &"<a/>".repeat(100_000)), Invalid::TooMany);
    invalid(&message("", &format!("<x xmlns='u'>{}</x>", "<a>b</a>".repeat(5_000))), Invalid::TooMany);
    // Not very wide anywhere, but many.
    invalid(&message("", &format!("<x>{}</x>", "<a/>".repeat(3_000)).repeat(20)), Invalid::TooMany);
    let attributes = |n: usize| (0..n).map(|i| format!(" a{i}=''")).collect::<String>();
    assert_eq!(stanza(&message("", &format!("<x{}/>", attributes(64)))).payloads[0].attrs().len(), 64);
    invalid(&message("", &format!("<x{}/>", attributes(65))), Invalid::TooMany);
    invalid(&message(&attributes(40_000), ""), Invalid::TooMany);
    invalid(&message("", &format!("<x{}/>", attributes(40)).repeat(1_000)), Invalid::TooMany);
    let declarations = |n: usize| (0..n).map(|i| format!(" xmlns:a{i}='u'")).collect::<String>();
    invalid(&message("", &format!("<x{}/>", declarations(65))), Invalid::TooMany);
}

#[test]
fn large_stanzas_are_refused_before_the_parser_sees_them() {
    let limit = Limits::default().bytes;
    let frame = message("", "<body></body>").len();
    assert_eq!(
        stanza(&message("", &format!("<body>{}</body>", "x".repeat(limit - frame)))).body().map(|b| b.len()),
        Some(limit - frame)
    );
    invalid(&message("", &format!("<body>{}</body>", "x".repeat(limit - frame + 1))), Invalid::TooLarge);
    invalid(&message("", &format!("<body>{}</body>", "x".repeat(8 * limit))), Invalid::TooLarge);
    invalid(&message(&format!("x='{}'", "y".repeat(2 * limit)), ""), Invalid::TooLarge);
    invalid(&message("", &format!("<!--{}-->", "y".repeat(2 * limit))), Invalid::TooLarge);
    invalid(
        &message("", &format!("<body><![CDATA[{}</message>]]></body>", "y".repeat(2 * limit))),
        Invalid::TooLarge,
    );
}

#[test]
fn a_trickle_is_looked_at_once() {
    // Looking at everything again for every byte would be 20,000,000,000 looks.
    let mut run = Run::new();
    for byte in message("", &format!("<body>{}</body>", "x&lt;".repeat(40_000))).as_bytes() {
        run.feed(std::slice::from_ref(byte)).unwrap();
    }
    assert!(matches!(run.items.as_slice(), [Item::Stanza(s)] if s.body().unwrap().len() == 80_000));
}

#[test]
fn space_between_stanzas_is_not_kept() {
    let mut run = Run::new();
    for _ in 0..1_000 {
        run.feed(&[b' '; 4_096]).unwrap();
    }
    run.feed(AFTER.as_bytes()).unwrap();
    assert_eq!((run.items.len(), run.largest), (1, 0));
}

#[test]
fn what_xml_forbids_does_not_get_out() {
    let mut tree = Element::bare("body", "jabber:client");
    tree.append_text("bold \u{2}text\u{0}\u{FFFF}");
    *tree.attrs_mut() =
        [((rxml::Namespace::NONE, "a".try_into().unwrap()), "\u{1b}".to_owned())].into_iter().collect();
    let bytes = Xml::new()
        .open("message")
        .attr("from", "a@b\u{8}")
        .element(&tree)
        .text_child("nick", "\u{7}")
        .finish();
    let s = stanza(std::str::from_utf8(&bytes).unwrap().replace("a@b\u{FFFD}", "a@b").as_str());
    assert_eq!(s.payloads[0].text(), "bold \u{FFFD}text\u{FFFD}\u{FFFD}");
}
