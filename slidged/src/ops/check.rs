//! Check of whether the gateway would run; changes nothing.

use crate::config::DatabaseUrl;
use crate::config::root::Config;
use crate::config::secret;
use crate::model::finding::Finding;
use crate::store::Store;
use sqlx::Connection;
use sqlx::PgConnection;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// A database that takes longer to answer than this is as good as absent for someone who waits for
/// the check.
const DATABASE_PATIENCE: Duration = Duration::from_secs(5);
/// The first bytes of every SQLite database (its file format, section 1.3).
const SQLITE_MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The component's secret, the state directory and the key in it.
pub fn files(config: &Config) -> Vec<Finding> {
    vec![
        Finding::of("secret", component_secret(config)),
        Finding::of("state", state(&config.state.directory)),
        Finding::of("key", key(config)),
    ]
}

/// The database: that it can be reached and written.
pub async fn database(config: &Config) -> Finding {
    let outcome = match config.database.resolve() {
        Ok(url) => match url.sqlite_path() {
            Some(path) => sqlite(&path, &url).await,
            None if url.expose().starts_with("sqlite:") => {
                Err("it is in memory only: everything would be lost at every stop".to_owned())
            }
            None => postgres(&url).await,
        },
        Err(error) => Err(error.to_string()),
    };
    Finding::of("database", outcome)
}

fn component_secret(config: &Config) -> Result<String, secret::SecretError> {
    config.component.secret()?;
    let path = config.component.secret_file.as_deref().unwrap_or(Path::new(""));
    Ok(format!("read from {}", path.display()))
}

fn key(config: &Config) -> Result<String, secret::SecretError> {
    let path = config.state.key_path();
    if config.state.key_file.is_none() && !path.exists() {
        return Ok(format!("{} will be made at the first start", path.display()));
    }
    secret::read_key(&path)?;
    Ok(format!("read from {}", path.display()))
}

/// The directory, and how another is named if this is not the one that was meant.
fn state(path: &Path) -> Result<String, String> {
    let found = directory(path)?;
    if path.exists() {
        return Ok(found);
    }
    Ok(format!("{found}; if it runs with another: --set state.directory=DIRECTORY"))
}

/// Whether files can be made in a directory, or the directory itself can.
fn directory(path: &Path) -> Result<String, String> {
    match fs::metadata(path) {
        Ok(meta) if !meta.is_dir() => Err(format!("{} is not a directory", path.display())),
        Ok(_) => writable(path).map(|()| format!("{} can be written", path.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let above = path.ancestors().skip(1).find(|above| above.exists()).unwrap_or(Path::new("/"));
            writable(above).map(|()| format!("{} will be made at the first start", path.display()))
        }
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

/// Opens a file without a name, which is gone when it is closed (open(2), O_TMPFILE).
fn writable(directory: &Path) -> Result<(), String> {
    const O_TMPFILE: i32 = 0o20_000_000;
    const O_DIRECTORY: i32 =
        if cfg!(any(target_arch = "aarch64", target_arch = "arm")) { 0o40_000 } else { 0o200_000 };
    match File::options().write(true).custom_flags(O_TMPFILE | O_DIRECTORY).mode(0o600).open(directory) {
        Ok(_) => Ok(()),
        // Some file systems know no such files; then only the first start can tell.
        Err(error) if matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::IsADirectory) => {
            Ok(())
        }
        Err(error) => Err(format!(
            "cannot write to {}: {error}: chown it to the user that runs slidged, or set directory in [state]",
            directory.display()
        )),
    }
}

async fn sqlite(path: &Path, url: &DatabaseUrl) -> Result<String, String> {
    let shown = path.display();
    let mut magic = Vec::new();
    match File::options().read(true).write(true).open(path) {
        Ok(file) => file.take(16).read_to_end(&mut magic).map_err(|error| format!("{shown}: {error}"))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent =
                path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            return directory(parent).map(|_| format!("{shown} will be made at the first start"));
        }
        Err(error) => return Err(format!("cannot open {shown} for writing: {error}")),
    };
    // A new one may still be empty.
    if !magic.is_empty() && magic != SQLITE_MAGIC {
        return Err(format!("{shown} is no SQLite database: move it away, or set url in [database]"));
    }
    let schema = Store::look(url.expose()).await.map_err(|error| error.to_string())?;
    Ok(format!("{shown} can be opened, {schema}"))
}

async fn postgres(url: &DatabaseUrl) -> Result<String, String> {
    let look = async {
        let mut connection = PgConnection::connect(url.expose()).await?;
        let sql = "SELECT current_setting('server_version'), \
                   COALESCE(has_schema_privilege(current_schema()::text, 'CREATE'), false)";
        let (version, may_create): (String, bool) = sqlx::query_as(sql).fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok::<_, sqlx::Error>((version, may_create))
    };
    match tokio::time::timeout(DATABASE_PATIENCE, look).await {
        Ok(Ok((version, true))) => match Store::look(url.expose()).await {
            Ok(schema) => Ok(format!("{url}: PostgreSQL {version}, {schema}")),
            Err(error) => Err(format!("{url}: {error}")),
        },
        Ok(Ok(_)) => {
            Err(format!("{url}: its user may not make tables: GRANT CREATE ON SCHEMA public TO that user"))
        }
        Ok(Err(error)) => Err(format!("{url}: {error}")),
        Err(_) => Err(format!("{url}: no answer within {} seconds", DATABASE_PATIENCE.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_looked_at_without_leaving_anything() {
        let root = tempfile::tempdir().unwrap();
        let missing = root.path().join("a/b");
        assert!(directory(root.path()).unwrap().ends_with("can be written"));
        assert!(directory(&missing).unwrap().ends_with("will be made at the first start"));
        assert!(!missing.exists());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(directory(&file).unwrap_err().ends_with("is not a directory"));
        assert!(directory(&file.join("below")).unwrap_err().contains("Not a directory"));
    }

    #[tokio::test]
    async fn a_file_that_is_no_database_is_told_apart() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("x.sqlite");
        let url = DatabaseUrl::parse(&format!("sqlite://{}", path.display())).unwrap();
        assert!(sqlite(&path, &url).await.unwrap().ends_with("will be made at the first start"));
        assert!(!path.exists());
        fs::write(&path, "").unwrap();
        assert!(sqlite(&path, &url).await.unwrap().ends_with("still empty"));
        fs::write(&path, [&SQLITE_MAGIC[..], b"more"].concat()).unwrap();
        assert!(sqlite(&path, &url).await.unwrap_err().contains("damaged"));
        fs::write(&path, "a shopping list, not a database").unwrap();
        assert!(sqlite(&path, &url).await.unwrap_err().contains("is no SQLite database"));
    }

    #[tokio::test]
    async fn a_database_that_is_away_is_told_without_its_password() {
        let url = DatabaseUrl::parse("postgres://slidged:hunter2@127.0.0.1:1/gw").unwrap();
        let error = postgres(&url).await.unwrap_err();
        assert!(error.starts_with("postgres://slidged:…@127.0.0.1:1/gw: "), "{error}");
        assert!(!error.contains("hunter2"));
    }
}
