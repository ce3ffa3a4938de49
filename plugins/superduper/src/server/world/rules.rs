//! Checks that every request goes through before anything is touched.

use super::outcome::refuse;
use crate::protocol::{Kind, Refusal, limits};

/// Checks an id that somebody chose: it is neither empty nor too long; anything else goes.
pub(super) fn id(id: &str) -> Result<(), Refusal> {
    match id.len() {
        0 => refuse(Kind::BadRequest, "an id is missing"),
        1..=limits::ID => Ok(()),
        _ => refuse(Kind::TooLarge, "this id is too long"),
    }
}

/// Checks that a text has at most `limit` bytes.
pub(super) fn text(text: &str, limit: usize) -> Result<(), Refusal> {
    if text.len() <= limit { Ok(()) } else { refuse(Kind::TooLarge, "this text is too long") }
}

/// Checks that an optional text has at most `limit` bytes.
pub(super) fn optional(value: Option<&String>, limit: usize) -> Result<(), Refusal> {
    value.map_or(Ok(()), |value| text(value, limit))
}

/// Checks that there are at most `limit` things.
pub(super) fn count(count: usize, limit: usize) -> Result<(), Refusal> {
    if count <= limit { Ok(()) } else { refuse(Kind::TooLarge, "these are too many") }
}

/// Cuts a page out of sized entries: at most `limit` entries and about [`limits::PAGE_BYTES`]. The
/// flag tells that more follow.
pub(super) fn page<T: serde::Serialize>(entries: impl Iterator<Item = T>, limit: usize) -> (Vec<T>, bool) {
    let (mut page, mut bytes) = (Vec::new(), 0);
    for entry in entries {
        if page.len() >= limit || bytes >= limits::PAGE_BYTES {
            return (page, true);
        }
        bytes += crate::protocol::wire::json(&entry).len();
        page.push(entry);
    }
    (page, false)
}
