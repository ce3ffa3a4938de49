//! Tables of results (XEP-0055, XEP-0050).

use super::{Field, FieldType, Form, messages};

messages! {
    /// A table: `Session::on_search` and commands answer with it.
    pub struct Table {
        /// What it is.
        description: String,
        /// Its columns. Those of kind [`FieldType::JidSingle`] hold ids of the network, contacts' or rooms':
        /// the daemon makes addresses of them.
        fields: Vec<Field>,
        /// Its rows, by [`Field::var`].
        items: Vec<Form>,
        /// The ids in it are those of rooms.
        jids_are_rooms: bool,
    }
}

impl Table {
    /// An empty table with these columns.
    pub fn new(description: impl Into<String>, fields: Vec<Field>) -> Self {
        Table { description: description.into(), fields, ..Table::default() }
    }

    /// The same with one more row, whose cells are those of the columns in their order.
    pub fn row<T: Into<String>>(mut self, cells: impl IntoIterator<Item = T>) -> Self {
        let vars = self.fields.iter().map(|field| field.var.clone());
        self.items.push(vars.zip(cells.into_iter().map(Into::into)).collect());
        self
    }
}

impl Field {
    /// A column of addresses, for [`Table::fields`]: its cells are ids of the network.
    pub fn addresses(var: impl Into<String>, label: impl Into<String>) -> Self {
        Field { kind: FieldType::JidSingle, ..Field::text(var, label) }
    }
}

/// What a search found: at least one column of [addresses](Field::addresses).
pub type SearchResult = Table;
