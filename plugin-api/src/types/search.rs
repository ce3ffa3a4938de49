//! Tables of results (XEP-0055, XEP-0050).

use super::{Field, Form, messages};

messages! {
    /// A table: `Session::on_search` and commands answer with it.
    pub struct Table {
        /// What it is.
        description: String,
        /// Its columns; `jid` has addresses.
        fields: Vec<Field>,
        /// Its rows, by [`Field::var`].
        items: Vec<Form>,
        /// The addresses are rooms.
        jids_are_rooms: bool,
    }
}

/// What a search found.
pub type SearchResult = Table;
