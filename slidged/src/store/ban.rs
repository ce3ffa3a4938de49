//! Bans from the gateway.

use std::sync::Arc;

use jid::BareJid;
use serde_json::{Value as Json, json};

use super::engine::{Row, Value};
use super::journal::{ConditionalWrite, Storable, plain};
use super::reader::Reader;
use super::{Page, StoreError};
use crate::model::access::Ban;

/// Read access to the bans.
#[derive(Debug)]
pub struct Bans<'a>(pub(super) &'a Reader);

const COLUMNS: &str = "SELECT subject, reason, made_by, at FROM bans";

impl Bans<'_> {
    /// Returns the bans of this address and of its domain: at most two.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(&self, user: &BareJid) -> Result<Vec<Ban>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} WHERE subject IN ($1, $2)").into();
        let values = vec![Value::text(user.as_str()), Value::text(user.domain().as_str())];
        self.0.read(sql, values).await?.iter().map(read).collect()
    }

    /// Returns a page of the bans, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(&self, page: Page) -> Result<Vec<Ban>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} ORDER BY at DESC, subject LIMIT $1 OFFSET $2").into();
        self.0.read(sql, page.values()).await?.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<Ban, StoreError> {
    Ok(Ban { subject: row.bare_jid(0)?, reason: row.text(1)?, by: row.bare_jid(2)?, at: row.int(3)? })
}

impl Storable for Ban {
    fn weight(&self) -> usize {
        self.reason.len()
    }

    fn is_storable(&self) -> bool {
        plain(&self.reason)
    }
}

/// Adds or replaces a ban.
pub(super) fn add(ban: &Ban) -> ConditionalWrite {
    let sql = "INSERT INTO bans (subject, reason, made_by, at) VALUES ($1, $2, $3, $4) ON CONFLICT (subject) \
               DO UPDATE SET reason = excluded.reason, made_by = excluded.made_by, at = excluded.at";
    let values = vec![
        Value::text(ban.subject.as_str()),
        Value::text(&ban.reason),
        Value::text(ban.by.as_str()),
        Value::Int(ban.at),
    ];
    ConditionalWrite::new(sql, values)
}

/// Lifts a ban.
pub(super) fn remove(subject: &BareJid) -> ConditionalWrite {
    ConditionalWrite::new("DELETE FROM bans WHERE subject = $1", vec![Value::text(subject.as_str())])
}

/// Exports a ban.
pub(super) fn exported(ban: &Ban) -> Json {
    json!({ "subject": ban.subject.as_str(), "reason": ban.reason, "at": ban.at })
}
