//! From the entries of one transaction to rows of the outbox, one for each lane.

use super::feed::Batch;
use super::{Entry, Lane, Outgoing};
use crate::store::clock::Noted;
use crate::store::engine::{Statement, Value};
use crate::store::outbox::lengths;
use crate::store::sql::{Many, Texts, chunks};

static OUTBOX: Many = Many {
    head: "INSERT INTO outbox (seq, lane, created_at, count, size, lengths, stanzas) VALUES ",
    columns: 7,
    tail: "",
};

/// The stanzas of entries, by lane. `behind` tells of which lanes the answers go apart.
pub(super) fn batches<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    noted: Noted,
    behind: impl Fn(Lane) -> bool,
) -> Vec<Batch> {
    let mut batches = Batches { all: Vec::new(), found: Vec::new(), noted };
    for Entry { lane, stanzas, .. } in entries {
        if stanzas.iter().any(|stanza| stanza.answer) && behind(*lane) {
            let lane_of = |answer| if answer { lane.answers() } else { *lane };
            stanzas.iter().for_each(|stanza| batches.of(lane_of(stanza.answer)).push(stanza.clone()));
        } else if !stanzas.is_empty() {
            batches.of(*lane).extend(stanzas.iter().cloned());
        }
    }
    batches.all
}

struct Batches {
    all: Vec<Batch>,
    /// Where each lane is. Mostly there is one.
    found: Vec<(Lane, usize)>,
    noted: Noted,
}

impl Batches {
    fn of(&mut self, lane: Lane) -> &mut Vec<Outgoing> {
        let index = match self.found.binary_search_by_key(&lane, |(lane, _)| *lane) {
            Ok(place) => self.found[place].1,
            Err(place) => {
                self.found.insert(place, (lane, self.all.len()));
                self.all.push(Batch { lane, seq: None, noted: self.noted, stanzas: Vec::new() });
                self.all.len() - 1
            }
        };
        &mut self.all[index].stanzas
    }
}

/// The statements that write the rows of those that need one, numbered from behind `last`; `last` is the last of them then.
pub(super) fn insert(batches: &mut [Batch], last: &mut i64, texts: &mut Texts) -> Vec<Statement> {
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for batch in batches {
        let durable = || batch.stanzas.iter().filter(|stanza| stanza.durable);
        let (count, size) = (durable().count(), durable().map(|stanza| stanza.bytes.len()).sum());
        if count == 0 {
            continue;
        }
        let mut blob = Vec::with_capacity(size);
        durable().for_each(|stanza| blob.extend_from_slice(&stanza.bytes));
        *last += 1;
        batch.seq = Some(*last);
        rows.push(vec![
            Value::Int(*last),
            Value::Int(batch.lane.get()),
            Value::Int(batch.noted.at),
            Value::Int(i64::try_from(count).unwrap_or(i64::MAX)),
            Value::Int(i64::try_from(size).unwrap_or(i64::MAX)),
            Value::Blob(lengths(durable())),
            Value::Blob(blob),
        ]);
    }
    let mut rows = rows.into_iter();
    let chunks = chunks(rows.len());
    chunks.map(|count| (texts.many(&OUTBOX, count), rows.by_ref().take(count).flatten().collect())).collect()
}
