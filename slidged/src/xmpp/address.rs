//! XEP-0106 and more: legacy ids as local parts of addresses, reversible for any id.
//!
//! Lower-case ASCII letters, digits and punctuation that an address allows stay. Every other byte
//! of UTF-8 becomes `\xx` in lower-case hexadecimal, which is what XEP-0106 says for the ten
//! characters it knows; the backslash itself is always `\5c`. So upper case, which servers fold,
//! becomes `\41`…`\5a` and two ids never share an address. Letters beyond ASCII stay when the
//! result is one that nodeprep (RFC 3920 appendix A) leaves alone, so that names stay readable.
//! What would be longer than 1,023 bytes, or begin or end with `\20`, which XEP-0106 forbids, is
//! written as `MARKER` and base32hex: no escape sequence looks like that.

use data_encoding::{BASE32HEX_NOPAD, Specification};
use jid::NodePart;

/// The longest id that fits into an address in every case: base32 makes 820 bytes of it.
pub const MAX_ID: usize = 512;

/// The longest local part (RFC 7622 section 3.3).
pub const MAX_LOCAL: usize = 1023;

/// Prefix of a local part that is base32hex of the id. `\z` is never an escape sequence.
const MARKER: &str = "\\z";

/// A local part that is valid and no id's.
pub const NOBODY: &str = "\\z";

/// Reasons why an id cannot be written as a local part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EscapeError {
    /// The id is empty, and there is no empty local part.
    #[error("the id is empty")]
    Empty,
    /// Longer than [`MAX_ID`] bytes.
    #[error("the id is longer than 512 bytes")]
    TooLong,
    /// The id contains U+0000, which no text of PostgreSQL can hold.
    #[error("the id holds the character U+0000")]
    Null,
}

/// The local part for a legacy id. Two ids never get the same, and it is the same after nodeprep.
///
/// ```
/// # use slidged::xmpp::address::{escape, unescape};
/// assert_eq!(escape("+49 30 1234").as_deref(), Ok("+49\\2030\\201234"));
/// assert_eq!(escape("AbC@x").as_deref(), Ok("\\41b\\43\\40x"));
/// assert_eq!(unescape("\\41b\\43\\40x").as_deref(), Some("AbC@x"));
/// assert_eq!(unescape("Ab"), None);
/// ```
///
/// # Errors
/// When the id is empty, longer than [`MAX_ID`] or holds U+0000.
pub fn escape(id: &str) -> Result<String, EscapeError> {
    if id.is_empty() {
        return Err(EscapeError::Empty);
    }
    if id.len() > MAX_ID {
        return Err(EscapeError::TooLong);
    }
    if id.contains('\0') {
        return Err(EscapeError::Null);
    }
    if id.bytes().all(stays) {
        return Ok(id.to_owned());
    }
    if id.starts_with(' ') || id.ends_with(' ') {
        return Ok(base32(id));
    }
    let mut local = hex(id, char::is_alphanumeric);
    if !local.is_ascii() && !is_prepared(&local) {
        local = hex(id, |_| false);
    }
    if local.len() > MAX_LOCAL { Ok(base32(id)) } else { Ok(local) }
}

/// The legacy id of a local part; `None` when [`escape`] does not make it of any id.
#[must_use]
pub fn unescape(local: &str) -> Option<String> {
    if local.len() > MAX_LOCAL {
        return None;
    }
    if !local.is_empty() && local.len() <= MAX_ID && local.bytes().all(stays) {
        return Some(local.to_owned());
    }
    let bytes = match local.strip_prefix(MARKER) {
        Some(rest) => lower_base32().decode(rest.as_bytes()).ok()?,
        None => unhex(local)?,
    };
    let id = String::from_utf8(bytes).ok()?;
    // There may be several ways to write a thing, only one of which is ours.
    (escape(&id).as_deref() == Ok(local)).then_some(id)
}

/// ASCII that stands for itself.
fn stays(b: u8) -> bool {
    b.is_ascii_graphic()
        && !b.is_ascii_uppercase()
        && !matches!(b, b'"' | b'&' | b'\'' | b'/' | b':' | b'<' | b'>' | b'@' | b'\\')
}

fn hex(id: &str, keep: impl Fn(char) -> bool) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(id.len() + 32);
    let mut utf8 = [0; 4];
    for c in id.chars() {
        if if c.is_ascii() { stays(c as u8) } else { keep(c) } {
            out.push(c);
        } else {
            for b in c.encode_utf8(&mut utf8).bytes() {
                out.push('\\');
                out.push(char::from(DIGITS[usize::from(b >> 4)]));
                out.push(char::from(DIGITS[usize::from(b & 15)]));
            }
        }
    }
    out
}

fn unhex(local: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(local.len());
    let mut bytes = local.bytes();
    while let Some(b) = bytes.next() {
        out.push(match b {
            b'\\' => nibble(bytes.next()?)? << 4 | nibble(bytes.next()?)?,
            b => b,
        });
    }
    Some(out)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Whether nodeprep leaves a local part as it is. Servers that know only Unicode 3.2 (all that use
/// stringprep) then do, too.
fn is_prepared(local: &str) -> bool {
    local.len() > MAX_LOCAL || NodePart::new(local).is_ok_and(|prepared| prepared.as_str() == local)
}

fn base32(id: &str) -> String {
    format!("{MARKER}{}", lower_base32().encode(id.as_bytes()))
}

fn lower_base32() -> &'static data_encoding::Encoding {
    use std::sync::LazyLock;
    static LOWER: LazyLock<data_encoding::Encoding> = LazyLock::new(|| {
        let mut specification: Specification = BASE32HEX_NOPAD.specification();
        specification.symbols.make_ascii_lowercase();
        specification.encoding().unwrap_or(BASE32HEX_NOPAD)
    });
    &LOWER
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn check(id: &str, local: &str) {
        assert_eq!(escape(id).as_deref(), Ok(local), "escape {id:?}");
        assert_eq!(unescape(local).as_deref(), Some(id), "unescape {local:?}");
    }

    #[test]
    fn ids_are_written_like_this() {
        check("alice", "alice");
        check("a.b-c_d+1!#$%()*,;=?[]^`{|}~", "a.b-c_d+1!#$%()*,;=?[]^`{|}~");
        check("a \"&'/:<>@\\b", "a\\20\\22\\26\\27\\2f\\3a\\3c\\3e\\40\\5cb");
        check("AbC", "\\41b\\43");
        check("c:\\5commas", "c\\3a\\5c5commas");
        check("zoë", "zoë");
        check("Zoë ♥", "\\5aoë\\20\\e2\\99\\a5");
        check("straße", "stra\\c3\\9fe");
        check("ÉCOLE", "\\c3\\89\\43\\4f\\4c\\45");
        check("привет", "привет");
        check("Привет", "\\d0\\9f\\d1\\80\\d0\\b8\\d0\\b2\\d0\\b5\\d1\\82");
        check("🦀", "\\f0\\9f\\a6\\80");
        check("\u{1}\n\u{7f}", "\\01\\0a\\7f");
        check(" a", "\\z41gg");
        check(&"A".repeat(512), &format!("\\z{}", lower_base32().encode("A".repeat(512).as_bytes())));
    }

    #[test]
    fn what_escape_never_makes_is_not_an_id() {
        for local in [
            "", "A", "foo\\", "foo\\4", "foo\\4g", "\\4A", "\\61", "\\20a", "a\\20", "\\z", "\\zA", "\\z!",
            "\\z64", "\\c3", "\\c3\\a9", "É", "ß", "a b", "🦀", "\\z41gg=", "\\00", "a\\00b",
        ] {
            assert_eq!(unescape(local), None, "{local:?}");
        }
        assert_eq!(unescape(&"a".repeat(1024)), None);
    }

    #[test]
    fn ids_beyond_the_bounds_are_refused() {
        assert_eq!(escape(""), Err(EscapeError::Empty));
        assert_eq!(escape(&"a".repeat(513)), Err(EscapeError::TooLong));
        assert_eq!(escape("a\0b"), Err(EscapeError::Null));
        check(&"é".repeat(256), &"é".repeat(256));
    }

    /// An id, and what would be confused with it by anything that folds case, width, composition or
    /// escapes.
    fn check_id(id: &str) -> Result<(), TestCaseError> {
        let Ok(local) = escape(id) else { return Ok(()) };
        prop_assert!(local.len() <= MAX_LOCAL);
        prop_assert_eq!(unescape(&local), Some(id.to_owned()));
        let node = NodePart::new(&local);
        prop_assert_eq!(node.map(|n| n.as_str().to_owned()).ok(), Some(local), "not stable: {:?}", id);
        Ok(())
    }

    #[test]
    fn r17_every_character_there_is_has_its_own_address_and_round_trips() {
        let mut seen = HashMap::new();
        for c in '\u{1}'..=char::MAX {
            let id = c.to_string();
            check_id(&id).unwrap();
            if let Some(other) = seen.insert(escape(&id).unwrap(), c) {
                panic!("{c:?} and {other:?} share an address");
            }
            // All scripts, and in company.
            if c < '\u{20000}' {
                check_id(&format!("a{c}z")).unwrap();
            }
        }
    }

    fn odd_char() -> impl Strategy<Value = char> {
        prop_oneof![
            4 => any::<char>(),
            4 => proptest::char::range(' ', '~'),
            3 => proptest::char::range('\u{a0}', '\u{24f}'),
            1 => proptest::char::range('\u{370}', '\u{5ff}'),
            1 => proptest::char::range('\u{600}', '\u{6ff}'),
            1 => proptest::char::range('\u{300}', '\u{36f}'),
            1 => proptest::sample::select(vec!['\\', ' ', 'ß', 'ẞ', 'ς', 'İ', 'ı', 'K', 'ﬁ', '２', '\u{200d}', '\u{ad}', '\u{feff}', '٣']),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

        #[test]
        fn r17_any_id_round_trips(id in proptest::collection::vec(odd_char(), 1..24)) {
            let id: String = id.into_iter().filter(|c| *c != '\0').collect();
            check_id(&id)?;
            for other in [id.to_uppercase(), id.to_lowercase(), format!("{id}\u{301}"), id.replace('\\', "\\5c")] {
                check_id(&other)?;
                if other != id {
                    prop_assert_ne!(escape(&id), escape(&other));
                }
            }
        }

        #[test]
        fn any_local_part_is_survived(local in "([a-c\\\\zA]|[0-9a-f]|\\\\[0-9a-f]{2}|\\PC){0,40}") {
            if let Some(id) = unescape(&local) {
                prop_assert_eq!(escape(&id), Ok(local));
            }
        }
    }
    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        #[test]
        fn r17_long_ids_round_trip(id in proptest::collection::vec(odd_char(), 100..200)) {
            check_id(&id.into_iter().collect::<String>())?;
        }
    }
}
