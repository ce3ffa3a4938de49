//! Migrations: embedded, forward only, each in a transaction of its own, refused by name when the database is ahead of us.

use super::StoreError;
use super::engine::{Conn, Engine, Value};

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
];

/// Brings the database to our schema.
///
/// # Errors
/// [`StoreError::NewerSchema`] when a newer version was here, [`StoreError::Damaged`] when this is no database.
pub(super) async fn migrate(engine: &Engine, conn: &mut Conn, now: i64) -> Result<(), StoreError> {
    conn.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations \
         (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)",
        vec![],
    )
    .await
    .map_err(|error| named(error, engine))?;
    let rows = conn
        .fetch("SELECT version, name FROM schema_migrations ORDER BY version DESC LIMIT 1", vec![])
        .await?;
    let (found, found_name) = match rows.first() {
        Some(row) => (row.int(0)?, row.text(1)?),
        None => (0, String::new()),
    };
    if let Some(newest) = MIGRATIONS.last().filter(|newest| newest.version < found) {
        return Err(StoreError::NewerSchema {
            found,
            found_name,
            known: newest.version,
            known_name: newest.name,
        });
    }
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

/// Says which database is damaged.
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
