//! Who may not use the gateway.

use std::sync::Arc;

use jid::BareJid;

use super::engine::{Row, Value};
use super::reader::Reader;
use super::{Page, StoreError};
use crate::model::access::Ban;

/// The bans in the database.
#[derive(Debug)]
pub struct Bans<'a>(pub(super) &'a Reader);

const COLUMNS: &str = "SELECT subject, reason, made_by, at FROM bans";

impl Bans<'_> {
    /// Those of this address and of its domain: at most two.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(&self, user: &BareJid) -> Result<Vec<Ban>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} WHERE subject IN ($1, $2)").into();
        let values = vec![Value::text(user.as_str()), Value::text(user.domain().as_str())];
        self.0.read(sql, values).await?.iter().map(read).collect()
    }

    /// The newest first.
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
