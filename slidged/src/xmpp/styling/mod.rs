//! XEP-0393: Message Styling, from and to a plain text with spans.

mod read;
mod write;

pub use read::read;
pub use write::{Styled, write};

use super::{ns, stanza::Stanza, xml::Xml};
use plugin_api::Style;

/// Inline styles and the character on both sides of them (section 6.2).
const DIRECTIVES: [(char, Style); 4] =
    [('*', Style::Bold), ('_', Style::Italic), ('~', Style::Strikethrough), ('`', Style::Code)];

/// Fence of preformatted lines, on a line of its own above and below them (section 6.1.2).
const FENCE: &str = "```";

/// Whether the sender says that nothing in the body is meant as styling (section 7).
#[must_use]
pub fn is_unstyled(message: &Stanza) -> bool {
    message.has("unstyled", ns::STYLING)
}

/// Says that nothing in the body is meant as styling.
pub fn write_unstyled(xml: &mut Xml) {
    xml.leaf("unstyled", ns::STYLING);
}

/// Whether a client could take something in a text for styling.
#[must_use]
pub fn looks_styled(body: &str) -> bool {
    body.contains(['*', '_', '~', '`', '>']) && !read(body).1.is_empty()
}
