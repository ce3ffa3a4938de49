//! Texts that are longer than there is room for. What is cut says so, and is cut between characters
//! as people see them.

use std::borrow::Cow;
use unicode_segmentation::GraphemeCursor;

/// Stands where something was cut off.
pub const MARK: char = '…';

/// The beginning of a text, of at most so many bytes with the mark.
#[must_use]
pub fn to_bytes<'a>(text: impl Into<Cow<'a, str>>, most: usize) -> Cow<'a, str> {
    by(text, most, char::len_utf8)
}

/// The beginning of a text, of at most so many characters with the mark.
#[must_use]
pub fn to_chars<'a>(text: impl Into<Cow<'a, str>>, most: usize) -> Cow<'a, str> {
    by(text, most, |_| 1)
}

/// The end of a text, of at most so many bytes with the mark: for names of files, whose end says
/// what they are.
#[must_use]
pub fn end_to_bytes<'a>(text: impl Into<Cow<'a, str>>, most: usize) -> Cow<'a, str> {
    let text = text.into();
    if text.len() <= most {
        return text;
    }
    let start = text.ceil_char_boundary(text.len() - most.saturating_sub(MARK.len_utf8()));
    let start = match cursor(&text, start) {
        (_, true) => start,
        (mut cursor, false) => cursor.next_boundary(&text, 0).ok().flatten().unwrap_or(start),
    };
    format!("{MARK}{}", text[start..].trim_start()).into()
}

/// The beginning of a text, whose characters weigh at most so much, together with the mark.
#[must_use]
pub fn by<'a>(text: impl Into<Cow<'a, str>>, most: usize, weight: impl Fn(char) -> usize) -> Cow<'a, str> {
    let text = text.into();
    if border(&text, most, &weight).is_none() {
        return text;
    }
    let end = border(&text, most.saturating_sub(weight(MARK)), &weight).unwrap_or(text.len());
    let mut text = text.into_owned();
    text.truncate(text[..end].trim_end().len());
    text.push(MARK);
    text.into()
}

/// Position at which a text has to end for its characters to weigh at most so much; `None` if it
/// fits. A grapheme is divided only if there is room for nothing else.
#[must_use]
pub fn border(text: &str, most: usize, weight: impl Fn(char) -> usize) -> Option<usize> {
    let mut weighs = 0;
    let (over, _) = text.char_indices().find(|(_, c)| {
        weighs += weight(*c);
        weighs > most
    })?;
    match cursor(text, over) {
        (_, true) => Some(over),
        (mut cursor, false) => {
            cursor.prev_boundary(text, 0).ok().flatten().filter(|at| *at > 0).or(Some(over))
        }
    }
}

/// A place in a text, and whether a character as people see it begins there.
fn cursor(text: &str, at: usize) -> (GraphemeCursor, bool) {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    let whole = cursor.is_boundary(text, 0).unwrap_or(true);
    (cursor, whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FAMILY: &str = "👨‍👩‍👧";

    #[test]
    fn what_is_cut_says_so_and_the_rest_stays_as_it_is() {
        for (text, cut) in [
            ("", ""),
            ("äää", "äää"),
            ("ääää", "ää…"),
            ("abcdefg", "abcdefg"),
            ("abcdefgh", "abcd…"),
            ("abc defgh", "abc…"),
            ("abcde\u{301}fg", "abcd…"),
            ("ab🇩🇪🇫🇷", "ab…"),
        ] {
            assert_eq!(to_bytes(text, 7), cut);
        }
        assert_eq!((&*to_chars("äöü", 3), &*to_chars("äöüß", 3)), ("äöü", "äö…"));
        assert_eq!(by("&&&", 2, |c| if c == '&' { 5 } else { 1 }), "…");
        for (name, cut) in [("a.png", "a.png"), ("äääää.png", "…ä.png"), ("nnnnn n.png", "…n.png")]
        {
            assert_eq!(end_to_bytes(name, 9), cut);
        }
    }

    #[test]
    fn nobody_is_torn_out_of_a_family() {
        let families = FAMILY.repeat(3);
        assert_eq!(to_bytes(&*families, FAMILY.len() * 3 - 1), format!("{}…", FAMILY.repeat(2)));
        assert_eq!(end_to_bytes(&*families, FAMILY.len() * 3 - 1), format!("…{}", FAMILY.repeat(2)));
        // Where nothing else has room, a part of one is better than nothing.
        assert_eq!(to_bytes(FAMILY, 10), "👨‍…");
    }

    proptest! {
        #[test]
        fn it_fits_and_begins_like_the_text(text in "[a-zä \\r\\n🎉\u{301}\u{200d}🇩🇪]{0,60}", most in 3_usize..80) {
            let cut = to_bytes(&*text, most);
            prop_assert!(cut.len() <= most);
            prop_assert!(*cut == text || text.starts_with(cut.strip_suffix(MARK).unwrap()));
            let cut = end_to_bytes(&*text, most);
            prop_assert!(cut.len() <= most);
            prop_assert!(*cut == text || text.ends_with(cut.strip_prefix(MARK).unwrap()));
        }
    }
}
