//! From the entries of one transaction to rows of the outbox, one for each lane.

use super::feed::Batch;
use super::{Entry, Lane};
use crate::store::clock::Noted;
use crate::store::engine::{Statement, Value};
use crate::store::outbox::lengths;
use crate::store::sql::{Many, Texts, chunks};

static OUTBOX: Many = Many {
    head: "INSERT INTO outbox (seq, lane, created_at, count, size, lengths, stanzas) VALUES ",
    columns: 7,
    tail: "",
};

/// The stanzas of entries, by lane.
pub(super) fn batches<'a>(entries: impl Iterator<Item = &'a Entry>, noted: Noted) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    // Where each lane is. Mostly there is one.
    let mut found: Vec<(Lane, usize)> = Vec::new();
    for entry in entries {
        if entry.stanzas.is_empty() {
            continue;
        }
        let index = match found.binary_search_by_key(&entry.lane, |(lane, _)| *lane) {
            Ok(place) => found[place].1,
            Err(place) => {
                found.insert(place, (entry.lane, batches.len()));
                batches.push(Batch { lane: entry.lane, seq: None, noted, stanzas: Vec::new() });
                batches.len() - 1
            }
        };
        batches[index].stanzas.extend(entry.stanzas.iter().cloned());
    }
    batches
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
