//! Texts that are longer than a stanza may be, cut into such as are not.

use crate::model::cut;
use std::borrow::Cow;

/// Bytes of a character as XML text, at the most.
fn weight(c: char) -> usize {
    match c {
        '&' | '\r' => 5,
        '<' | '>' => 4,
        // What XML forbids is replaced.
        c if c.is_control() => 3,
        c => c.len_utf8(),
    }
}

/// Cuts a text into pieces of at most so many bytes as XML: at the end of a line or of a word where
/// there is one in the second half of a piece, else between two characters. What is cut at keeps
/// its place at the end of a piece, so that together they are the text.
#[must_use]
pub fn of(text: &str, most: usize) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some(end) = full(rest, most) {
        let piece = &rest[..end];
        let half = piece.floor_char_boundary(piece.len() / 2);
        let at = |sign: char| piece[half..].rfind(sign).map(|at| half + at + sign.len_utf8());
        let cut = at('\n').or_else(|| at(' ')).unwrap_or(piece.len());
        pieces.push(&piece[..cut]);
        rest = &rest[cut..];
    }
    pieces.push(rest);
    pieces
}

/// Longest beginning of a text that takes at most `most` bytes as XML; ends with a mark where it is
/// cut.
#[must_use]
pub fn first(text: &str, most: usize) -> Cow<'_, str> {
    cut::by(text, most, weight)
}

/// Position at which a text has to be cut; `None` if it fits. A piece has one character in any
/// case.
fn full(text: &str, most: usize) -> Option<usize> {
    let end = cut::border(text, most, weight)?;
    if end > 0 { Some(end) } else { text.chars().next().map(char::len_utf8).filter(|one| *one < text.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::Xml;
    use proptest::prelude::*;

    #[test]
    fn texts_are_cut_where_one_would_cut_them() {
        assert_eq!(of("", 10), [""]);
        assert_eq!(of("ten signs.", 10), ["ten signs."]);
        assert_eq!(of("one two three four", 10), ["one two ", "three four"]);
        assert_eq!(of("one two\nthree four", 12), ["one two\n", "three four"]);
        assert_eq!(of("äöüäöüäöü", 8), ["äöüä", "öüäö", "ü"]);
        assert_eq!(of("&&&&&&&", 15), ["&&&", "&&&", "&"]);
        assert_eq!(of("ab", 0), ["a", "b"]);
        assert_eq!(of("e\u{301}e\u{301}", 4), ["e\u{301}", "e\u{301}"]);
        assert_eq!((&*first("äöü", 5), &*first("äöü", 6)), ("ä…", "äöü"));
    }

    proptest! {
        #[test]
        fn together_they_are_the_text_and_each_fits(text in "[a-zä \\n&<>'\\r\\x07🎉]{0,300}", most in 8_usize..50) {
            let pieces = of(&text, most);
            prop_assert_eq!(pieces.concat(), text.as_str());
            for piece in pieces {
                prop_assert!(Xml::new().text(piece).finish().len() <= most, "{:?}", piece);
            }
        }
    }
}
