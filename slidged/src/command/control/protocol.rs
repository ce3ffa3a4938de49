//! Messages of the control socket.

use serde::{Deserialize, Serialize};

/// Command to run, with the words typed after it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Word of the command, and answers to its questions: in order, or as `name=value`.
    pub words: Vec<String>,
    /// Whether questions for confirmation are answered with yes.
    #[serde(default)]
    pub yes: bool,
    /// Language of the administrator (BCP 47).
    #[serde(default)]
    pub language: Option<String>,
}

/// Result of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Result of a command that was run.
    Done {
        /// Text, maybe empty.
        text: String,
        /// Table, if the result has one.
        table: Option<Table>,
    },
    /// Reason why nothing was done.
    Error(String),
}

/// Table of results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Description of the content.
    pub description: String,
    /// Columns of the table.
    pub columns: Vec<Column>,
    /// Rows, each with a cell for each column.
    pub rows: Vec<Vec<String>>,
}

/// Column of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Name for programs.
    pub name: String,
    /// Heading for people.
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
