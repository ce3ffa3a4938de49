//! Texts of statements over many rows. Rows go in chunks of powers of two, so that a few prepared
//! statements serve every number of rows.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// Most rows in one statement: beyond this the text grows and nothing gets faster; 64 rows of 9
/// columns are far from the limits of both engines (32,766 and 65,535 values).
const MOST: usize = 64;

/// Kind of statement over many rows.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Many {
    /// Text before the rows.
    pub(crate) head: &'static str,
    /// Number of values per row.
    pub(crate) columns: usize,
    /// Text after the rows.
    pub(crate) tail: &'static str,
}

/// Cache of texts, for one engine.
#[derive(Debug)]
pub(crate) struct Texts {
    placeholders: Placeholders,
    many: HashMap<(&'static Many, usize), Arc<str>>,
    fixed: HashMap<&'static str, Arc<str>>,
}

/// Placeholder style of an engine. The texts are the same otherwise, and name their values in
/// order, each once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placeholders {
    /// `$1, $2`: PostgreSQL knows no other.
    Numbered,
    /// `?, ?`: SQLite looks a name up in a list, which is quadratic for many rows (a third of all
    /// time, measured), and statements without numbers can be sent together.
    Anonymous,
}

impl Texts {
    pub(crate) fn new(placeholders: Placeholders) -> Texts {
        Texts { placeholders, many: HashMap::new(), fixed: HashMap::new() }
    }

    /// Returns the statement for `rows` rows.
    pub(crate) fn many(&mut self, kind: &'static Many, rows: usize) -> Arc<str> {
        let numbered = self.many.entry((kind, rows));
        Arc::clone(numbered.or_insert_with(|| marked(text(kind, rows), self.placeholders)))
    }

    /// Returns a literal statement, with `$1, $2…` in order.
    pub(crate) fn fixed(&mut self, text: &'static str) -> Arc<str> {
        let entry = self.fixed.entry(text);
        Arc::clone(entry.or_insert_with(|| marked(text.to_owned(), self.placeholders)))
    }
}

fn marked(text: String, placeholders: Placeholders) -> Arc<str> {
    if placeholders == Placeholders::Numbered {
        return text.into();
    }
    let mut parts = text.split('$');
    let first = parts.next().unwrap_or_default().to_owned();
    let anonymous = parts
        .fold(first, |text, part| text + "?" + part.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    anonymous.into()
}

fn text(kind: &Many, rows: usize) -> String {
    let mut text = String::with_capacity(kind.head.len() + kind.tail.len() + rows * kind.columns * 5);
    text.push_str(kind.head);
    let mut value = 0;
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..kind.columns {
            value += 1;
            let comma = if column == 0 { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(text, "{comma}${value}");
        }
        text.push(')');
    }
    text.push_str(kind.tail);
    text
}

/// Cuts `count` rows into chunks of powers of two, the largest first.
pub(crate) fn chunks(mut count: usize) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let chunk = match count {
            0 => return None,
            MOST.. => MOST,
            few => 1 << few.ilog2(),
        };
        count -= chunk;
        Some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_through_the_rows() {
        static KIND: Many =
            Many { head: "INSERT INTO t VALUES ", columns: 2, tail: " ON CONFLICT DO NOTHING" };
        let mut texts = Texts::new(Placeholders::Numbered);
        assert_eq!(&*texts.many(&KIND, 2), "INSERT INTO t VALUES ($1, $2), ($3, $4) ON CONFLICT DO NOTHING");
        assert!(Arc::ptr_eq(&texts.many(&KIND, 2), &texts.many(&KIND, 2)));
        let mut texts = Texts::new(Placeholders::Anonymous);
        assert_eq!(&*texts.many(&KIND, 2), "INSERT INTO t VALUES (?, ?), (?, ?) ON CONFLICT DO NOTHING");
        assert_eq!(&*texts.fixed("UPDATE t SET a = $1 WHERE b = $2"), "UPDATE t SET a = ? WHERE b = ?");
        assert_eq!(&*texts.fixed("COMMIT"), "COMMIT");
    }

    #[test]
    fn any_count_is_cut_into_powers_of_two() {
        assert_eq!(chunks(0).count(), 0);
        assert_eq!(chunks(63).collect::<Vec<_>>(), [32, 16, 8, 4, 2, 1]);
        assert_eq!(chunks(130).collect::<Vec<_>>(), [64, 64, 2]);
        for count in 0..300 {
            assert_eq!(chunks(count).sum::<usize>(), count);
            assert!(chunks(count).all(|chunk| chunk.is_power_of_two() && chunk <= MOST));
        }
    }
}
