//! Values that are bound to statements, and rows that come back.

use std::sync::Arc;

use jid::{BareJid, Jid};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, Row as _};

use crate::store::StoreError;

/// Value to bind.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Int(i64),
    Text(Arc<str>),
    Blob(Vec<u8>),
    NoText,
    NoBlob,
}

impl Value {
    pub(crate) fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    pub(crate) fn flag(flag: bool) -> Value {
        Value::Int(flag.into())
    }

    pub(crate) fn opt_text(text: Option<&Arc<str>>) -> Value {
        text.map_or(Value::NoText, |text| Value::Text(Arc::clone(text)))
    }
}

/// Row of a result, read by column number.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// Reads column `$index` of `$row` as `$type`; unchecked, because SQLite has no column types worth
/// checking.
macro_rules! column {
    ($row:expr, $index:expr, $type:ty) => {
        match $row {
            Row::Sqlite(row) => row.try_get_unchecked::<$type, _>($index),
            Row::Postgres(row) => row.try_get_unchecked::<$type, _>($index),
        }
        .map_err(StoreError::from)
    };
}

/// Error for an address that only a hand can have written.
const NO_JID: StoreError = StoreError::Invalid("an address in the database is none");

impl Row {
    pub(crate) fn int(&self, index: usize) -> Result<i64, StoreError> {
        column!(self, index, i64)
    }

    pub(crate) fn flag(&self, index: usize) -> Result<bool, StoreError> {
        Ok(self.int(index)? != 0)
    }

    pub(crate) fn text(&self, index: usize) -> Result<String, StoreError> {
        column!(self, index, String)
    }

    pub(crate) fn opt_text(&self, index: usize) -> Result<Option<String>, StoreError> {
        column!(self, index, Option<String>)
    }

    pub(crate) fn bare_jid(&self, index: usize) -> Result<BareJid, StoreError> {
        BareJid::new(&self.text(index)?).map_err(|_| NO_JID)
    }

    pub(crate) fn jid(&self, index: usize) -> Result<Jid, StoreError> {
        Jid::new(&self.text(index)?).map_err(|_| NO_JID)
    }

    pub(crate) fn blob(&self, index: usize) -> Result<Vec<u8>, StoreError> {
        column!(self, index, Vec<u8>)
    }

    pub(crate) fn opt_blob(&self, index: usize) -> Result<Option<Vec<u8>>, StoreError> {
        column!(self, index, Option<Vec<u8>>)
    }
}

pub(super) fn sqlite_arguments(values: Vec<Value>) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::Int(int) => arguments.add(int),
            Value::Text(text) => arguments.add(text),
            Value::Blob(blob) => arguments.add(blob),
            Value::NoText => arguments.add(None::<&str>),
            Value::NoBlob => arguments.add(None::<&[u8]>),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

pub(super) fn postgres_arguments(values: Vec<Value>) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::Int(int) => arguments.add(int),
            Value::Text(text) => arguments.add(&*text),
            Value::Blob(blob) => arguments.add(blob),
            Value::NoText => arguments.add(None::<&str>),
            Value::NoBlob => arguments.add(None::<&[u8]>),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}
