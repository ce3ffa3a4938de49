//! Table `outbox`: a row for each lane with durable stanzas in a transaction.

use bytes::Bytes;

use super::batch::Batch;
use super::{Lane, OutboxRow, Outgoing, Stored};
use crate::store::StoreError;
use crate::store::clock::Age;
use crate::store::engine::{Conn, Row, Statement, Value};
use crate::store::sql::{Many, Texts, chunks};

/// Rows counted at once when the store opens.
const SCAN: i64 = 1000;

static INSERT: Many = Many {
    head: "INSERT INTO outbox (seq, lane, created_at, count, size, lengths, stanzas) VALUES ",
    columns: 7,
    tail: "",
};

/// Returns the statements that insert a row for each batch with durable stanzas, and gives it the
/// number after `last`.
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
    chunks.map(|count| (texts.many(&INSERT, count), rows.by_ref().take(count).flatten().collect())).collect()
}

/// Reads the state of all rows after `after`, in order, without their stanzas.
///
/// # Errors
/// When the database fails.
pub(super) async fn scan(
    conn: &mut Conn,
    mut after: i64,
    age: &Age,
) -> Result<Vec<(Lane, OutboxRow)>, StoreError> {
    let sql = "SELECT seq, lane, created_at, count, size FROM outbox WHERE seq > $1 ORDER BY seq LIMIT $2";
    let mut found = Vec::new();
    loop {
        let rows = conn.fetch(sql, vec![Value::Int(after), Value::Int(SCAN)]).await?;
        if rows.is_empty() {
            return Ok(found);
        }
        for row in rows {
            after = row.int(0)?;
            let noted = age.noted_before(row.int(2)?);
            found.push((
                Lane::stored(row.int(1)?),
                OutboxRow::new(after, noted, size(&row, 3)?, size(&row, 4)?),
            ));
        }
    }
}

/// Reads a number of stanzas or bytes.
pub(in crate::store) fn size(row: &Row, index: usize) -> Result<u64, StoreError> {
    Ok(u64::try_from(row.int(index)?).unwrap_or(0))
}

/// Encodes the lengths of stanzas.
fn lengths<'a>(stanzas: impl Iterator<Item = &'a Outgoing>) -> Vec<u8> {
    // A stanza is far below 4 GiB: the server takes 512 KiB at most.
    stanzas.flat_map(|stanza| u32::try_from(stanza.bytes.len()).unwrap_or(u32::MAX).to_le_bytes()).collect()
}

/// Reads the columns `seq`, `lengths` and `stanzas`.
///
/// # Errors
/// [`StoreError::Damaged`] when the lengths do not add up.
pub(in crate::store) fn read(row: &Row) -> Result<Stored, StoreError> {
    let (seq, lengths) = (row.int(0)?, row.blob(1)?);
    let mut rest = Bytes::from(row.blob(2)?);
    let mut stanzas = Vec::with_capacity(lengths.len() / 4);
    for length in lengths.as_chunks::<4>().0 {
        let length = u32::from_le_bytes(*length) as usize;
        if length > rest.len() {
            break;
        }
        stanzas.push(Outgoing::durable(rest.split_to(length)));
    }
    if !rest.is_empty() {
        return Err(StoreError::Damaged {
            name: format!("row {seq} of the outbox"),
            why: "its lengths do not add up".to_owned(),
        });
    }
    Ok(Stored { seq, stanzas })
}
