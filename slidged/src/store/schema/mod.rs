//! Migrations: embedded, forward only, each in a transaction of its own. A database that is ahead
//! is refused by name.

use super::StoreError;
use super::engine::{Conn, Engine, Value};
use std::fmt;

/// Schema version of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Version of the database; 0 when it has none of our tables.
    pub found: i64,
    /// Version of this build.
    pub known: i64,
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Schema { found: 0, .. } => f.write_str("still empty"),
            Schema { found, known } if found < known => {
                write!(f, "schema {found}, to become {known} at the next start")
            }
            Schema { found, .. } => write!(f, "schema {found}"),
        }
    }
}

struct Migration {
    version: i64,
    name: &'static str,
    /// Definitions in our dialect, see [`Engine::ddl`].
    text: &'static str,
}

/// Never edit one that was released: add the next.
const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "users, conversations, outbox", text: include_str!("0001_initial.sql") },
    Migration { version: 2, name: "bans, invitations, applicants", text: include_str!("0002_access.sql") },
    Migration { version: 3, name: "message parts, threads", text: include_str!("0003_conversations.sql") },
    Migration { version: 4, name: "files", text: include_str!("0004_files.sql") },
    Migration { version: 5, name: "pictures and cards of contacts", text: include_str!("0005_avatars.sql") },
    Migration { version: 6, name: "rooms", text: include_str!("0006_rooms.sql") },
    Migration { version: 7, name: "lanes of the outbox", text: include_str!("0007_lanes.sql") },
    Migration { version: 8, name: "archive of rooms", text: include_str!("0008_archive.sql") },
];

/// Migrates the database to our schema.
///
/// # Errors
/// [`StoreError::NewerSchema`] when a newer version was here, [`StoreError::Damaged`] when this is
/// no database.
pub(super) async fn migrate(engine: &Engine, conn: &mut Conn, now: i64) -> Result<(), StoreError> {
    conn.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations \
         (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)",
        vec![],
    )
    .await
    .map_err(|error| named(error, engine))?;
    let found = version(conn).await?;
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > found) {
        tracing::info!(version = migration.version, name = migration.name, "migrating the database");
        conn.execute("BEGIN", vec![]).await?;
        let applied = async {
            conn.script(engine.ddl(migration.text)).await?;
            conn.execute(
                "INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)",
                vec![Value::Int(migration.version), Value::text(migration.name), Value::Int(now)],
            )
            .await?;
            conn.execute("COMMIT", vec![]).await
        }
        .await;
        if let Err(error) = applied {
            // The first error is the one to tell.
            conn.execute("ROLLBACK", vec![]).await.ok();
            return Err(error);
        }
    }
    Ok(())
}

/// Looks up the schema version without changing anything.
///
/// # Errors
/// [`StoreError::NewerSchema`] when a newer version was here.
pub(super) async fn look(engine: &Engine, conn: &mut Conn) -> Result<Schema, StoreError> {
    let known = MIGRATIONS.last().map_or(0, |newest| newest.version);
    let sql = match engine {
        Engine::Sqlite(_) => "SELECT name FROM sqlite_master WHERE name = 'schema_migrations'",
        Engine::Postgres(_) => {
            "SELECT 'schema_migrations' WHERE to_regclass('schema_migrations') IS NOT NULL"
        }
    };
    let started = !conn.fetch(sql, vec![]).await.map_err(|error| named(error, engine))?.is_empty();
    Ok(Schema { found: if started { version(conn).await? } else { 0 }, known })
}

/// Reads the version of the last migration; 0 for none.
async fn version(conn: &mut Conn) -> Result<i64, StoreError> {
    let rows = conn
        .fetch("SELECT version, name FROM schema_migrations ORDER BY version DESC LIMIT 1", vec![])
        .await?;
    let Some(row) = rows.first() else { return Ok(0) };
    let found = row.int(0)?;
    match MIGRATIONS.last().filter(|newest| newest.version < found) {
        Some(newest) => Err(StoreError::NewerSchema {
            found,
            found_name: row.text(1)?,
            known: newest.version,
            known_name: newest.name,
        }),
        None => Ok(found),
    }
}

/// Adds the name of the database to an error.
fn named(error: StoreError, engine: &Engine) -> StoreError {
    match (error, engine) {
        (StoreError::Damaged { why, .. }, _) => StoreError::Damaged { name: engine.name(), why },
        (StoreError::Engine(error), Engine::Sqlite(options)) if is_read_only(&error) => {
            StoreError::ReadOnly { path: options.get_filename().to_owned() }
        }
        (other, _) => other,
    }
}

fn is_read_only(error: &sqlx::Error) -> bool {
    // SQLITE_READONLY is the primary code 8.
    matches!(error, sqlx::Error::Database(db)
        if db.code().and_then(|code| code.parse::<i32>().ok()).is_some_and(|code| code & 0xff == 8))
}

#[cfg(test)]
mod tests {
    use super::MIGRATIONS;

    #[test]
    fn migrations_are_numbered_from_one_without_gaps() {
        for (index, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.version, index as i64 + 1, "{}", migration.name);
            assert!(!migration.name.is_empty());
        }
    }
}
