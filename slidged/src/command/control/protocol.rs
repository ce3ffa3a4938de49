//! What goes over the control socket.

use serde::{Deserialize, Serialize};

/// A command and what is typed behind it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The command's word, and answers to its questions: in order, or as `name=value`.
    pub words: Vec<String>,
    /// Whether questions for confirmation are answered with yes.
    #[serde(default)]
    pub yes: bool,
    /// What the administrator reads (BCP 47).
    #[serde(default)]
    pub language: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is done.
    Done {
        /// A text, maybe empty.
        text: String,
        /// A table, if it is one.
        table: Option<Table>,
    },
    /// It was not done, and why.
    Error(String),
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What it is.
    pub description: String,
    /// The columns: name and heading.
    pub columns: Vec<Column>,
    /// The rows, each with a cell for each column.
    pub rows: Vec<Vec<String>>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// For programs.
    pub name: String,
    /// For people.
    pub label: String,
}

impl From<plugin_api::Table> for Table {
    fn from(table: plugin_api::Table) -> Self {
        let row = |item: &plugin_api::Form| {
            table.fields.iter().map(|field| item.get(&field.var).cloned().unwrap_or_default()).collect()
        };
        Table {
            rows: table.items.iter().map(row).collect(),
            columns: table
                .fields
                .iter()
                .map(|field| Column { name: field.var.clone(), label: field.label.clone() })
                .collect(),
            description: table.description,
        }
    }
}
