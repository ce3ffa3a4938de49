//! The component stream as bytes in, items out. No socket in here: [`Decoder`] is fed from a
//! buffer.
//!
//! Three steps, each cheap enough for what it lets through: `scan` cuts the stream into stanzas
//! by looking at single bytes, and counts; only what is within the [`Limits`] reaches the XML
//! parser, whose namespace look-up is quadratic in depth; the trees are built without recursion, so
//! that no nesting can overflow a stack.

mod decoder;
#[cfg(test)]
mod fuzz;
mod header;
pub(crate) mod item;
#[cfg(test)]
mod regression;
mod scan;
mod top;

pub use crate::xmpp::stream::item::Broken;
pub use crate::xmpp::stream::item::Item;
pub use decoder::Decoder;
pub use header::{Invalid, RawHeader};
pub use scan::Limits;
