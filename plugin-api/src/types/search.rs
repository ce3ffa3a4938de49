//! Tables of results (XEP-0055, XEP-0050).

use super::{Field, Form, messages};

messages! {
    /// A table: the answer of [`Session::on_search`](crate::Session::on_search), and of commands.
    pub struct Table {
        /// Heading.
        description: String,
        /// Columns. Those of kind [`FieldType::JidSingle`](super::FieldType::JidSingle) hold ids of
        /// contacts or rooms: the daemon makes addresses of them.
        fields: Vec<Field>,
        /// Rows, by [`Field::var`].
        items: Vec<Form>,
        /// The ids in it are those of rooms; default: of contacts.
        jids_are_rooms: bool,
    }
}

impl Table {
    /// An empty table with these columns.
    pub fn new(description: impl Into<String>, fields: Vec<Field>) -> Self {
        Table { description: description.into(), fields, ..Table::default() }
    }

    /// Adds a row, whose cells are those of the columns in their order.
    pub fn row<T: Into<String>>(mut self, cells: impl IntoIterator<Item = T>) -> Self {
        let vars = self.fields.iter().map(|field| field.var.clone());
        self.items.push(vars.zip(cells.into_iter().map(Into::into)).collect());
        self
    }
}

/// Result of a search: at least one column of [addresses](Field::addresses).
pub type SearchResult = Table;
