//! XEP-0449: Stickers: the mark of a file that is one. Not done: packs.

use super::{ns, stanza::Stanza};

/// Tells whether the file of a message is a sticker.
#[must_use]
pub fn is_sticker(message: &Stanza) -> bool {
    message.has("sticker", ns::STICKERS)
}
