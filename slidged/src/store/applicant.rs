//! Applicants: people who have asked to register and wait for an administrator.

use std::sync::Arc;

use jid::{BareJid, Jid};
use serde_json::{Value as Json, json};

use super::engine::{Conn, Row, Value};
use super::journal::{ConditionalWrite, Storable};
use super::reader::Reader;
use super::sql::Many;
use super::{Page, StoreError};

/// Most applicants that wait at the same time: more than an administrator goes through, and nothing
/// to a database. The next ones are told to come back later.
pub const MOST_WAITING: u32 = 1_000;

/// Decision about an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicantState {
    /// The application is not decided.
    Waiting,
    /// Approved: they may register, once.
    Approved,
    /// Refused.
    Refused,
}

impl ApplicantState {
    /// Returns its word in the database.
    fn word(self) -> &'static str {
        match self {
            ApplicantState::Waiting => "waiting",
            ApplicantState::Approved => "approved",
            ApplicantState::Refused => "refused",
        }
    }
}

/// Applicant for a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applicant {
    /// Address.
    pub jid: BareJid,
    /// Time of the first request, milliseconds since 1970.
    pub asked_at: i64,
    /// Client that asked last, where an answer is seen.
    pub full: Jid,
    /// Decision.
    pub state: ApplicantState,
}

/// Read access to the applicants.
#[derive(Debug)]
pub struct Applicants<'a>(pub(super) &'a Reader);

const COLUMNS: &str = "SELECT jid, asked_at, asked_from, state FROM applicants";

impl Applicants<'_> {
    /// Returns the applicant with this address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get(&self, jid: &BareJid) -> Result<Option<Applicant>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} WHERE jid = $1").into();
        self.0.read(sql, vec![Value::text(jid.as_str())]).await?.first().map(read).transpose()
    }

    /// Returns a page of those in this state, in the order of their requests.
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

    /// Counts those in this state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count(&self, state: ApplicantState) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM applicants WHERE state = $1";
        let rows = self.0.read(sql, vec![Value::text(state.word())]).await?;
        rows.first().map_or(Ok(0), |row| Ok(u64::try_from(row.int(0)?).unwrap_or(0)))
    }
}

/// Deletes applications and refusals that are older than `oldest`. Approvals stay: they were
/// promised.
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

/// Deletes the applications of users by number, before the users are deleted.
pub(super) static DELETE_OF_USERS: Many = Many {
    head: "DELETE FROM applicants WHERE jid IN (SELECT jid FROM users WHERE id IN (",
    columns: 1,
    tail: "))",
};

impl Storable for ApplicantState {}

/// Adds an applicant. A repeated request keeps its place and decision.
pub(super) fn add(jid: &BareJid, full: &Jid, at: i64) -> ConditionalWrite {
    let sql = "INSERT INTO applicants (jid, asked_at, asked_from, state) SELECT $1, $2, $3, 'waiting' \
               WHERE EXISTS (SELECT 1 FROM applicants WHERE jid = $4) \
               OR (SELECT COUNT(*) FROM applicants WHERE state = 'waiting') < $5 \
               ON CONFLICT (jid) DO UPDATE SET asked_from = excluded.asked_from";
    let own = || Value::text(jid.as_str());
    let values =
        vec![own(), Value::Int(at), Value::text(full.as_str()), own(), Value::Int(MOST_WAITING.into())];
    ConditionalWrite::new(sql, values).or(StoreError::TooManyApplicants)
}

/// Decides about an applicant.
pub(super) fn decide(jid: &BareJid, state: ApplicantState) -> ConditionalWrite {
    let values = vec![Value::text(state.word()), Value::text(jid.as_str())];
    ConditionalWrite::new("UPDATE applicants SET state = $1 WHERE jid = $2", values)
        .or(StoreError::NoSuchApplicant)
}

/// Uses an approval.
pub(super) fn consume(jid: &BareJid) -> ConditionalWrite {
    let values = vec![Value::text(jid.as_str()), Value::text(ApplicantState::Approved.word())];
    ConditionalWrite::new("DELETE FROM applicants WHERE jid = $1 AND state = $2", values)
        .or(StoreError::NotApproved)
}

/// Forgets an applicant.
pub(super) fn remove(jid: &BareJid) -> ConditionalWrite {
    ConditionalWrite::new("DELETE FROM applicants WHERE jid = $1", vec![Value::text(jid.as_str())])
}

/// Exports an application.
pub(super) fn exported(applicant: &Applicant) -> Json {
    json!({
        "asked_at": applicant.asked_at,
        "asked_from": applicant.full.as_str(),
        "state": applicant.state.word(),
    })
}
