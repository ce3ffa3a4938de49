//! Runs of outbox rows that are to be deleted. In fair weather there is one.

use std::collections::BTreeMap;

use crate::store::engine::{Statement, Value};
use crate::store::sql::{Many, Texts, chunks};

/// Most runs deleted in one transaction; the rest waits for the next.
const MOST: usize = 64;

const ONE: &str = "DELETE FROM outbox WHERE seq >= $1 AND seq <= $2";

static MANY: Many = Many {
    head: "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox JOIN (VALUES ",
    columns: 2,
    tail: ") AS given ON seq >= column1 AND seq <= column2)",
};

/// Numbers of rows, as runs without gaps: the first and the last of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Runs(BTreeMap<i64, i64>);

impl Runs {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a row, which is in none of them.
    pub(super) fn insert(&mut self, row: i64) {
        let mut run = (row, row);
        if let Some(last) = self.0.remove(&(row + 1)) {
            run.1 = last;
        }
        if let Some((first, last)) = self.0.range(..row).next_back()
            && last + 1 == row
        {
            run.0 = *first;
        }
        self.0.insert(run.0, run.1);
    }

    /// Returns as many runs as go into one transaction.
    pub(super) fn some(&self) -> Runs {
        Runs(self.0.iter().take(MOST).map(|(first, last)| (*first, *last)).collect())
    }

    /// Removes all rows of `others`, whose runs are parts of these.
    pub(super) fn remove(&mut self, others: &Runs) {
        for (first, last) in &others.0 {
            let Some((begin, end)) = self.0.range(..=*first).next_back().map(|(begin, end)| (*begin, *end))
            else {
                continue;
            };
            self.0.remove(&begin);
            if begin < *first {
                self.0.insert(begin, first - 1);
            }
            if end > *last {
                self.0.insert(last + 1, end);
            }
        }
    }

    /// Returns the statements that delete the rows; for a single run always the same.
    pub(super) fn statements(&self, texts: &mut Texts) -> Vec<Statement> {
        let mut runs = self.0.iter().map(|(first, last)| [Value::Int(*first), Value::Int(*last)]);
        if self.0.len() == 1 {
            return runs.map(|values| (texts.fixed(ONE), values.into())).collect();
        }
        let chunks = chunks(self.0.len());
        chunks.map(|rows| (texts.many(&MANY, rows), runs.by_ref().take(rows).flatten().collect())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn rows(runs: &Runs) -> BTreeSet<i64> {
        runs.0.iter().flat_map(|(first, last)| *first..=*last).collect()
    }

    proptest! {
        #[test]
        fn runs_hold_exactly_the_rows_that_were_added_and_not_removed(
            mut order in Just((1..60).collect::<Vec<i64>>()).prop_shuffle(),
            kept in 0..60usize,
            early in 0..60usize,
        ) {
            order.truncate(kept);
            let (mut runs, mut asked) = (Runs::default(), Runs::default());
            for (index, row) in order.iter().enumerate() {
                if index == early {
                    asked = runs.some();
                }
                runs.insert(*row);
            }
            prop_assert_eq!(rows(&runs), order.iter().copied().collect::<BTreeSet<_>>());
            for pair in runs.0.iter().collect::<Vec<_>>().windows(2) {
                prop_assert!(pair[0].1 + 1 < *pair[1].0, "they could be one: {:?}", runs);
            }
            let rest: BTreeSet<i64> = rows(&runs).difference(&rows(&asked)).copied().collect();
            runs.remove(&asked);
            prop_assert_eq!(rows(&runs), rest);
        }
    }
}
