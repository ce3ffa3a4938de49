//! Who has asked to register and waits for an administrator.

use std::sync::Arc;

use jid::{BareJid, Jid};

use super::engine::{Conn, Row, Value};
use super::reader::Reader;
use super::{Page, StoreError};

/// Most that wait at the same time: more than an administrator goes through, and nothing to a database. The next ones are
/// told to come back later.
pub const MOST_WAITING: u32 = 1_000;

/// What became of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicantState {
    /// Nobody has decided.
    Waiting,
    /// They may register, once.
    Approved,
    /// They may not.
    Refused,
}

impl ApplicantState {
    pub(super) fn word(self) -> &'static str {
        match self {
            ApplicantState::Waiting => "waiting",
            ApplicantState::Approved => "approved",
            ApplicantState::Refused => "refused",
        }
    }
}

/// Somebody who has asked to register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applicant {
    /// Who.
    pub jid: BareJid,
    /// When they asked first, milliseconds since 1970.
    pub asked_at: i64,
    /// The client that asked last: where an answer is seen.
    pub full: Jid,
    /// What became of it.
    pub state: ApplicantState,
}

/// The applicants in the database.
#[derive(Debug)]
pub struct Applicants<'a>(pub(super) &'a Reader);

const COLUMNS: &str = "SELECT jid, asked_at, asked_from, state FROM applicants";

impl Applicants<'_> {
    /// The one of this address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get(&self, jid: &BareJid) -> Result<Option<Applicant>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} WHERE jid = $1").into();
        self.0.read(sql, vec![Value::text(jid.as_str())]).await?.first().map(read).transpose()
    }

    /// Those in this state, in the order of their asking.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(&self, state: ApplicantState, page: Page) -> Result<Vec<Applicant>, StoreError> {
        let sql: Arc<str> =
            format!("{COLUMNS} WHERE state = $1 ORDER BY asked_at, jid LIMIT $2 OFFSET $3").into();
        let mut values = vec![Value::text(state.word())];
        values.extend(page.values());
        self.0.read(sql, values).await?.iter().map(read).collect()
    }

    /// How many are in this state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count(&self, state: ApplicantState) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM applicants WHERE state = $1";
        let rows = self.0.read(sql, vec![Value::text(state.word())]).await?;
        rows.first().map_or(Ok(0), |row| Ok(u64::try_from(row.int(0)?).unwrap_or(0)))
    }
}

/// Deletes applications and refusals that are older than `oldest`. Approvals stay: they were promised.
///
/// # Errors
/// When the database fails.
pub(super) async fn prune(conn: &mut Conn, oldest: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM applicants WHERE state IN ('waiting', 'refused') AND asked_at < $1";
    conn.execute(sql, vec![Value::Int(oldest)]).await.map(drop)
}

fn read(row: &Row) -> Result<Applicant, StoreError> {
    Ok(Applicant {
        jid: row.bare_jid(0)?,
        asked_at: row.int(1)?,
        full: row.jid(2)?,
        state: match row.text(3)?.as_str() {
            "waiting" => ApplicantState::Waiting,
            "approved" => ApplicantState::Approved,
            // Whatever a hand has written there lets nobody in.
            _ => ApplicantState::Refused,
        },
    })
}
