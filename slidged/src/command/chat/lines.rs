//! Results of commands as lines that people can read.

use crate::{command::reply::Done, xmpp::uri};
use plugin_api::{Field, FieldType, Form, Table};

/// Longest message, in bytes: longer results become several, as some clients fold long messages.
const MESSAGE: usize = 4000;
/// Most messages of one result; a longer table ends with an ellipsis.
const MESSAGES: usize = 10;

/// Turns a result into messages.
pub(super) fn done(done: &Done) -> Vec<String> {
    let mut messages = Vec::new();
    if !done.text.is_empty() {
        messages.push(done.text.clone());
    }
    if let Some(table) = &done.table {
        messages.extend(of_table(table));
    }
    messages
}

/// Turns a result into a single text, for clients that do not show tables; a longer one ends with
/// an ellipsis.
pub(in crate::command) fn note(result: &Done) -> String {
    let mut messages = done(result).into_iter();
    let mut text = messages.next().unwrap_or_default();
    if messages.next().is_some() {
        text.push_str("\n…");
    }
    text
}

fn of_table(table: &Table) -> Vec<String> {
    let mut messages = vec![table.description.clone()];
    for item in &table.items {
        let row = row(table, item);
        let full = messages.len() == MESSAGES;
        match messages.last_mut() {
            Some(last) if last.len() + row.len() < MESSAGE => {
                if !last.is_empty() {
                    last.push('\n');
                }
                last.push_str(&row);
            }
            _ if full => {
                messages.push("…".to_owned());
                break;
            }
            _ => messages.push(row),
        }
    }
    messages.retain(|message| !message.is_empty());
    messages
}

/// Formats a row: the first column stands alone, the others have their label before the value.
fn row(table: &Table, item: &Form) -> String {
    let cell = |(index, field): (usize, &Field)| {
        let value = item.get(&field.var).filter(|value| !value.is_empty())?;
        let value = match field.kind {
            FieldType::JidSingle if table.jids_are_rooms => uri::to_join(value),
            FieldType::JidSingle => uri::of(value),
            _ => value.clone(),
        };
        Some(if index == 0 || field.label.is_empty() { value } else { format!("{}: {value}", field.label) })
    };
    table.fields.iter().enumerate().filter_map(cell).collect::<Vec<_>>().join(" – ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k25_a_table_becomes_lines() {
        let fields = vec![
            Field::text("name", "Name"),
            Field { kind: FieldType::JidSingle, ..Field::text("jid", "Address") },
        ];
        let item = |name: &str| Form::from([("name".into(), name.into()), ("jid".into(), "a@b".into())]);
        let table = Table {
            description: "Contacts".into(),
            fields,
            items: vec![item("Ann"), item("")],
            jids_are_rooms: false,
        };
        let shown = done(&Done { text: String::new(), table: Some(table) });
        assert_eq!(shown, ["Contacts\nAnn – Address: xmpp:a@b\nAddress: xmpp:a@b"]);
    }

    #[test]
    fn a_long_table_is_cut_and_says_so() {
        let items = (0..2000).map(|_| Form::from([("x".into(), "y".repeat(100))])).collect();
        let table = Table { fields: vec![Field::text("x", "X")], items, ..Table::default() };
        let shown = done(&Done { text: String::new(), table: Some(table) });
        assert_eq!(shown.len(), MESSAGES + 1);
        let table = Table { fields: vec![Field::text("x", "X")], items: Vec::new(), ..Table::default() };
        assert_eq!(note(&Done { text: "Nobody.".into(), table: Some(table) }), "Nobody.");
        assert!(shown.iter().all(|message| message.len() <= MESSAGE));
    }
}
