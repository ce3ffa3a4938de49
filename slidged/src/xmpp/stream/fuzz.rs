//! Inputs that nobody thought of.

use crate::xmpp::Xml;
use crate::xmpp::stream::item::Broken;
use crate::xmpp::stream::regression::Run;
use crate::xmpp::stream::regression::stanza;
use crate::xmpp::stream::*;
use bytes::BytesMut;
use minidom::Element;
use proptest::prelude::*;

/// Pieces of XML, so that random sequences of them get somewhere.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = proptest::sample::select(vec![
        "<message",
        " from='a@b'",
        " to=\"gw\"",
        " id='1'",
        " type='get'",
        ">",
        "/>",
        "</message>",
        "<iq",
        "</iq>",
        "<presence/>",
        "<a>",
        "</a>",
        "<a",
        " b='c'",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?",
        "?>",
        "<!",
        "&amp;",
        "&#x41;",
        "&",
        ";",
        "'",
        "\"",
        "<",
        "x",
        " ",
        "\u{1F980}",
        "xmlns='u'",
        " xmlns:p='v'",
        "<p:a",
        "xml:lang='de'",
        "</stream:stream>",
        "<stream:error>",
        "</stream:error>",
        "/",
        "=",
        "<handshake/>",
        "]",
        "-",
        "\0",
    ]);
    prop_oneof![
        8 => known.prop_map(|s| s.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..4),
        1 => (1usize..200).prop_map(|n| b"<a>".repeat(n)),
    ]
}

fn run(bytes: &[u8], cuts: &[usize]) -> (Vec<Item>, Option<Broken>) {
    let mut run = Run::new();
    let mut rest = bytes;
    let mut cuts = cuts.iter().cycle();
    while !rest.is_empty() {
        let (now, later) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
        if let Err(broken) = run.feed(now) {
            return (run.items, Some(broken));
        }
        rest = later;
    }
    (run.items, None)
}

fn tree() -> impl Strategy<Value = Element> {
    let name = || proptest::sample::select(vec!["a", "b", "query", "x"]);
    let namespace = || {
        proptest::sample::select(vec!["jabber:client", "u", "urn:x:'&<", "http://etherx.jabber.org/streams"])
    };
    let leaf = (name(), namespace(), "[ -~äß\t\n\r\u{1F980}]{0,8}", "[ -~\t\n\r]{0,8}").prop_map(
        |(n, u, text, attr)| {
            let mut e = Element::bare(n, u);
            if !text.is_empty() {
                e.append_text(text);
            }
            *e.attrs_mut() = [((rxml::Namespace::NONE, "k".try_into().unwrap()), attr)].into_iter().collect();
            e
        },
    );
    leaf.prop_recursive(5, 40, 6, move |inner| {
        (name(), namespace(), proptest::collection::vec(inner, 0..6)).prop_map(|(n, u, children)| {
            let mut e = Element::bare(n, u);
            for child in children {
                e.append_child(child);
            }
            e
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_in_any_pieces_are_survived_and_mean_the_same(
        pieces in proptest::collection::vec(piece(), 0..40),
        cuts in proptest::collection::vec(1usize..20, 1..10),
    ) {
        let bytes = pieces.concat();
        prop_assert_eq!(run(&bytes, &cuts), run(&bytes, &[usize::MAX]));
    }

    #[test]
    fn random_bytes_are_survived_from_the_first_one(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut decoder = Decoder::new(Limits::default());
        let mut buf = BytesMut::from(bytes.as_slice());
        for _ in 0..200 {
            if !matches!(decoder.next(&mut buf), Ok(Some(_))) {
                break;
            }
        }
        prop_assert!(buf.len() <= bytes.len());
    }

    #[test]
    fn every_tree_that_is_written_is_read_back(trees in proptest::collection::vec(tree(), 1..4)) {
        let mut xml = Xml::new();
        xml.open("message").attr("from", "a@b").attr("id", "1");
        for tree in &trees {
            xml.element(tree);
        }
        let got = stanza(std::str::from_utf8(&xml.finish()).unwrap());
        prop_assert_eq!(got.payloads, trees);
    }
}
