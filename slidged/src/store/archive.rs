//! Archive of rooms (XEP-0313): the messages of a room that a user may read later.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::json;

use super::engine::{Conn, Row, Value};
use super::export::List;
use super::journal::{Script, Storable, Table, plain};
use super::reader::Reader;
use super::sql::Many;
use super::{StoreError, UserId};

/// Most results that are counted (XEP-0059 leaves it to us): beyond it an archive has no number.
const COUNTED: i64 = 10_000;

/// Message in the archive of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archived {
    /// User.
    pub user: UserId,
    /// Room: the network's id.
    pub room: Arc<str>,
    /// Archive id, which is the stanza id that the room gave (XEP-0359). A second message of the
    /// same id is not kept.
    pub id: Arc<str>,
    /// Place of the message, milliseconds since 1970: the time at which it came here, so that it is
    /// behind all that clients have read; for one that is filled in later, its own time.
    pub at: i64,
    /// Time of the message, milliseconds since 1970.
    pub stamp: i64,
    /// Resource of the occupant; empty for the room itself.
    pub sender: Arc<str>,
    /// Key of the occupant: `u` for the user, `c` and the id of a contact, `o` and the id of an
    /// occupant without a contact; empty for the room itself.
    pub author: Arc<str>,
    /// `id` of the message; empty for none.
    pub xmpp_id: Arc<str>,
    /// Content of the message, as XML.
    pub payload: Arc<str>,
}

impl Storable for Archived {
    fn weight(&self) -> usize {
        self.payload.len()
    }

    fn is_storable(&self) -> bool {
        [&self.room, &self.id, &self.sender, &self.author, &self.xmpp_id, &self.payload]
            .into_iter()
            .all(|text| plain(text))
    }
}

/// Part of an archive that is asked for; the default is all of it, from its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveQuery {
    /// Earliest time, milliseconds since 1970.
    pub start: Option<i64>,
    /// Latest time, milliseconds since 1970.
    pub end: Option<i64>,
    /// Ids of messages that must come before it.
    pub after: Vec<String>,
    /// Ids of messages that must come behind it.
    pub before: Vec<String>,
    /// The only ids that are wanted, if not empty.
    pub ids: Vec<String>,
    /// The only resource of occupants that is wanted.
    pub sender: Option<String>,
    /// The only author that is wanted.
    pub author: Option<String>,
    /// Whether the page is the last one instead of the first.
    pub backward: bool,
    /// Most messages of the page; 0 only counts.
    pub limit: u32,
}

/// Page of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchivePage {
    /// Messages of the page, oldest first.
    pub messages: Vec<Archived>,
    /// Whether nothing is left in the direction of the query.
    pub complete: bool,
    /// Number of messages in the whole result, unless there are too many to be counted.
    pub count: Option<u64>,
    /// Place of the first message in the whole result, if that is counted.
    pub index: Option<u64>,
}

/// Read access to the archives of a user.
#[derive(Debug)]
pub struct Archive<'a>(pub(super) &'a Reader, pub(super) UserId);

/// Condition of a query, with its values.
struct Filter {
    sql: String,
    values: Vec<Value>,
}

impl Filter {
    fn new(user: UserId, room: &str) -> Filter {
        let mut filter = Filter { sql: String::new(), values: Vec::new() };
        filter.and("user_id = ", Value::Int(user.0));
        filter.and("room = ", Value::text(room));
        filter
    }

    /// Adds `condition`, which ends where its value belongs.
    fn and(&mut self, condition: &str, value: Value) {
        self.values.push(value);
        let and = if self.sql.is_empty() { "" } else { " AND " };
        self.sql = format!("{}{and}{condition}${}", self.sql, self.values.len());
    }

    /// Adds a bound of the place: behind or before (`>`, `<`) a message.
    fn bound(&mut self, than: &str, (at, seq): (i64, i64)) {
        self.values.extend([Value::Int(at), Value::Int(seq)]);
        let last = self.values.len();
        self.sql = format!("{} AND (at, seq) {than} (${}, ${last})", self.sql, last - 1);
    }

    fn any_of(&mut self, ids: &[String]) {
        let first = self.values.len() + 1;
        self.values.extend(ids.iter().map(|id| Value::text(id)));
        let places: Vec<_> = (first..=self.values.len()).map(|n| format!("${n}")).collect();
        self.sql = format!("{} AND id IN ({})", self.sql, places.join(", "));
    }
}

impl Archive<'_> {
    /// Reads a page of a room's archive; `None` when a message that bounds it is not there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(&self, room: &str, query: &ArchiveQuery) -> Result<Option<ArchivePage>, StoreError> {
        let mut filter = Filter::new(self.1, room);
        if let Some(start) = query.start {
            filter.and("at >= ", Value::Int(start));
        }
        if let Some(end) = query.end {
            filter.and("at <= ", Value::Int(end));
        }
        if let Some(sender) = &query.sender {
            filter.and("sender = ", Value::text(sender));
        }
        if let Some(author) = &query.author {
            filter.and("author = ", Value::text(author));
        }
        if !query.ids.is_empty() {
            filter.any_of(&query.ids);
        }
        let whole = Filter { sql: filter.sql.clone(), values: filter.values.clone() };
        for (than, ids) in [(">", &query.after), ("<", &query.before)] {
            for id in ids {
                let Some(place) = self.place(room, id).await? else { return Ok(None) };
                filter.bound(than, place);
            }
        }
        let (messages, complete, first) = self.read(&filter, query).await?;
        let count = self.count(&whole, None).await?;
        let index = match (count, first) {
            (Some(_), Some(place)) => self.count(&whole, Some(place)).await?,
            _ => None,
        };
        Ok(Some(ArchivePage { messages, complete, count, index }))
    }

    /// Reads the messages of a page; whether it is the last one; and the place of the first.
    async fn read(
        &self,
        filter: &Filter,
        query: &ArchiveQuery,
    ) -> Result<(Vec<Archived>, bool, Option<(i64, i64)>), StoreError> {
        let order = if query.backward { "at DESC, seq DESC" } else { "at, seq" };
        let limit = i64::from(query.limit) + 1;
        let mut values = filter.values.clone();
        values.push(Value::Int(limit));
        let sql: Arc<str> = format!(
            "SELECT seq, room, id, at, stamp, sender, author, xmpp_id, payload FROM archive WHERE {} ORDER BY {order} LIMIT ${}",
            filter.sql,
            values.len()
        )
        .into();
        let rows = self.0.read(sql, values).await?;
        let complete = rows.len() < usize::try_from(limit).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        for row in rows.iter().take(query.limit as usize) {
            found.push((row.int(0)?, read(row, self.1)?));
        }
        if query.backward {
            found.reverse();
        }
        let first = found.first().map(|(seq, message)| (message.at, *seq));
        Ok((found.into_iter().map(|(_, message)| message).collect(), complete, first))
    }

    /// Counts the messages of a filter, or those of them before a place.
    async fn count(&self, filter: &Filter, before: Option<(i64, i64)>) -> Result<Option<u64>, StoreError> {
        let mut counted = Filter { sql: filter.sql.clone(), values: filter.values.clone() };
        if let Some(place) = before {
            counted.bound("<", place);
        }
        counted.values.push(Value::Int(COUNTED + 1));
        let sql: Arc<str> = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM archive WHERE {} LIMIT ${}) AS counted",
            counted.sql,
            counted.values.len()
        )
        .into();
        let rows = self.0.read(sql, counted.values).await?;
        let count = rows.first().map(|row| row.int(0)).transpose()?.unwrap_or(0);
        Ok(u64::try_from(count).ok().filter(|_| count <= COUNTED))
    }

    async fn place(&self, room: &str, id: &str) -> Result<Option<(i64, i64)>, StoreError> {
        let sql = "SELECT at, seq FROM archive WHERE user_id = $1 AND room = $2 AND id = $3";
        let values = vec![Value::Int(self.1.0), Value::text(room), Value::text(id)];
        let rows = self.0.read(sql, values).await?;
        rows.first().map(|row| Ok((row.int(0)?, row.int(1)?))).transpose()
    }

    /// Whether all of these ids are in a room's archive.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_all(&self, room: &str, ids: &[String]) -> Result<bool, StoreError> {
        let wanted: HashSet<&String> = ids.iter().collect();
        let mut filter = Filter::new(self.1, room);
        filter.any_of(ids);
        Ok(self.count(&filter, None).await? == u64::try_from(wanted.len()).ok())
    }

    /// Reads the last messages of a room since a time, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last(
        &self,
        room: &str,
        since: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Archived>, StoreError> {
        let mut filter = Filter::new(self.1, room);
        if let Some(since) = since {
            filter.and("at >= ", Value::Int(since));
        }
        let query = ArchiveQuery { limit, backward: true, ..ArchiveQuery::default() };
        Ok(self.read(&filter, &query).await?.0)
    }

    /// Reads the oldest and the newest message of a room's archive, which may be the same; `None`
    /// when it is empty.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ends(&self, room: &str) -> Result<Option<(Archived, Archived)>, StoreError> {
        let one = |backward| ArchiveQuery { limit: 1, backward, ..ArchiveQuery::default() };
        let filter = Filter::new(self.1, room);
        let first = self.read(&filter, &one(false)).await?.0.pop();
        let last = self.read(&filter, &one(true)).await?.0.pop();
        Ok(first.zip(last))
    }
}

fn read(row: &Row, user: UserId) -> Result<Archived, StoreError> {
    Ok(Archived {
        user,
        room: row.text(1)?.into(),
        id: row.text(2)?.into(),
        at: row.int(3)?,
        stamp: row.int(4)?,
        sender: row.text(5)?.into(),
        author: row.text(6)?.into(),
        xmpp_id: row.text(7)?.into(),
        payload: row.text(8)?.into(),
    })
}

/// Deletes at most so many messages, among those that have been here longest: what is older than
/// `oldest`, and what is beyond `most` messages. Returns how many.
///
/// # Errors
/// When the database fails.
pub(super) async fn prune(conn: &mut Conn, oldest: i64, most: i64, rows: i64) -> Result<u64, StoreError> {
    // Numbers have holes, so that fewer than `most` may be kept.
    let last = conn.fetch_int("SELECT COALESCE(MAX(seq), 0) FROM archive").await?;
    let sql = "DELETE FROM archive WHERE (at < $1 OR seq <= $2) \
               AND seq IN (SELECT seq FROM archive ORDER BY seq LIMIT $3)";
    let values = vec![Value::Int(oldest), Value::Int(last.saturating_sub(most)), Value::Int(rows)];
    conn.execute(sql, values).await
}

static INSERT: Many = Many {
    head: "INSERT INTO archive (user_id, room, id, at, stamp, sender, author, xmpp_id, payload) \
           SELECT column1, column2, column3, column4, column5, column6, column7, column8, column9 FROM (VALUES ",
    columns: 10,
    // In order, so that seq is.
    tail: ") AS given WHERE EXISTS (SELECT 1 FROM users WHERE id = column1) ORDER BY column10 \
           ON CONFLICT (user_id, room, id) DO NOTHING",
};

/// New messages of the archive in one transaction, in order: those of the same time are read in it.
#[derive(Debug, Default)]
pub(super) struct ArchiveTable(Vec<Archived>);

impl ArchiveTable {
    pub(super) fn add(&mut self, message: &Archived) {
        self.0.push(message.clone());
    }
}

impl Table for ArchiveTable {
    fn remove_user(&mut self, user: UserId) {
        self.0.retain(|message| message.user != user);
    }

    fn statements(&self, script: &mut Script<'_>) {
        script.many(&INSERT, (0..).zip(&self.0).map(values).collect());
    }
}

fn values((place, message): (i64, &Archived)) -> Vec<Value> {
    vec![
        Value::Int(message.user.0),
        Value::Text(Arc::clone(&message.room)),
        Value::Text(Arc::clone(&message.id)),
        Value::Int(message.at),
        Value::Int(message.stamp),
        Value::Text(Arc::clone(&message.sender)),
        Value::Text(Arc::clone(&message.author)),
        Value::Text(Arc::clone(&message.xmpp_id)),
        Value::Text(Arc::clone(&message.payload)),
        Value::Int(place),
    ]
}

/// Archived messages in an export, the newest first.
pub(super) const EXPORT: List = List {
    count: "SELECT COUNT(*) FROM archive WHERE user_id = $1",
    rows: "SELECT room, id, stamp, sender, payload FROM archive WHERE user_id = $1 \
           ORDER BY at DESC, seq DESC LIMIT $2 OFFSET $3",
    page: 50,
    item: |row| {
        Ok(json!({
            "room": row.text(0)?,
            "id": row.text(1)?,
            "at": row.int(2)?,
            "sender": row.text(3)?,
            "xml": row.text(4)?,
        }))
    },
};
