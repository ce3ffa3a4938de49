//! Opening: databases that are refused, each with one clear sentence, and those that are not.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use slidged::store::{Durability, Keyring, Store, StoreConfig, StoreError, UserId};

use crate::support::{Database, KEY, register, spooled, stanza};

async fn refused(config: StoreConfig) -> StoreError {
    match Store::open(config).await {
        Ok(_) => panic!("it opened"),
        Err(error) => error,
    }
}

async fn a_newer_schema_is_refused_by_name(db: Database) {
    db.open().await.close().await.unwrap();
    db.raw("INSERT INTO schema_migrations (version, name, applied_at) VALUES (99, 'flying cars', 0)").await;
    let error = refused(db.config()).await;
    assert!(matches!(error, StoreError::NewerSchema { found: 99, .. }), "{error:?}");
    assert!(error.to_string().contains("schema 99 (\"flying cars\")"), "{error}");
}

async fn a_look_tells_the_schema_and_leaves_no_trace(db: Database) {
    let look = async || Store::look(&db.config().url).await;
    let store = db.open().await;
    // Also while somebody works on it.
    let busy = look().await.unwrap();
    assert!(busy.found == busy.known && busy.found > 0, "{busy}");
    store.close().await.unwrap();
    let before = db.files();
    assert_eq!(look().await.unwrap(), busy);
    assert_eq!(db.files(), before);
    db.raw("INSERT INTO schema_migrations (version, name, applied_at) VALUES (99, 'flying cars', 0)").await;
    let error = look().await.unwrap_err();
    assert!(matches!(error, StoreError::NewerSchema { found: 99, .. }), "{error:?}");
}

async fn a_wrong_key_is_noticed_before_anything_is_written(db: Database) {
    db.open().await.close().await.unwrap();
    let mut config = db.config();
    config.keys = Keyring::new(&[1; 32]);
    assert!(matches!(refused(config).await, StoreError::WrongKey));
    // The right one still opens it, also as the older key of a ring; from then on the newer one is
    // enough.
    let rotated = Keyring::new(&KEY).rotated(2, &[2; 32]);
    let mut config = db.config();
    config.keys = rotated.clone();
    Store::open(config).await.unwrap().close().await.unwrap();
    assert!(matches!(refused(db.config()).await, StoreError::WrongKey));
    let mut config = db.config();
    config.keys = rotated;
    Store::open(config).await.unwrap().close().await.unwrap();
}

async fn a_second_process_is_kept_out(db: Database) {
    let store = db.open().await;
    let error = refused(db.config()).await;
    assert!(matches!(error, StoreError::InUse(_)), "{error:?}");
    // And the first goes on as if nothing had happened.
    store.journal().commit(stanza("<m/>")).await.unwrap();
    store.close().await.unwrap();
    assert_eq!(spooled(&db.open().await).await, ["<m/>"]);
}

async fn a_store_that_is_only_dropped_keeps_what_was_submitted_and_frees_the_database(db: Database) {
    let store = db.open().await;
    let answer = store.journal().submit(stanza("<m/>"));
    drop(store);
    answer.await.unwrap();
    let store = open_when_free(&db).await.unwrap();
    assert_eq!(spooled(&store).await, ["<m/>"]);
}

async fn power_cut_durability_works_as_well(db: Database) {
    let mut config = db.config();
    config.durability = Durability::Full;
    let store = Store::open(config).await.unwrap();
    store.journal().commit(stanza("<m/>")).await.unwrap();
    assert_eq!(spooled(&store).await, ["<m/>"]);
}

on_both_engines!(
    a_newer_schema_is_refused_by_name,
    a_look_tells_the_schema_and_leaves_no_trace,
    a_wrong_key_is_noticed_before_anything_is_written,
    a_second_process_is_kept_out,
    a_store_that_is_only_dropped_keeps_what_was_submitted_and_frees_the_database,
    power_cut_durability_works_as_well,
);

fn config(url: &str) -> StoreConfig {
    StoreConfig::new(url, Keyring::new(&KEY))
}

#[tokio::test]
async fn a_url_of_no_engine_is_refused() {
    for url in [
        "",
        "mysql://x/y",
        "/var/lib/x.db",
        "sqlite::memory:",
        "sqlite://?mode=memory",
        "sqlite://x?cache=odd",
    ] {
        let error = refused(config(url)).await;
        assert!(matches!(error, StoreError::Url(_)), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_its_password() {
    let error = refused(config("postgres://slidged:hunter2@127.0.0.1:1/state")).await;
    assert!(matches!(error, StoreError::Unreachable(_)), "{error:?}");
    let text = format!("{error} {error:?}");
    assert!(text.contains("state at 127.0.0.1:1") && !text.contains("hunter2"), "{text}");
    let error = refused(config("postgres://slidged:hunter2@127.0.0.1:notaport/state")).await;
    assert!(matches!(error, StoreError::Url(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let db = Database::sqlite();
    let text = "This is a letter, not a database. ".repeat(1000);
    std::fs::write(db.file(), &text).unwrap();
    let error = refused(db.config()).await;
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("state.db"), "{error}");
    assert_eq!(std::fs::read_to_string(db.file()).unwrap(), text);
}

/// Opens as soon as the writer of a dropped store has ended.
async fn open_when_free(db: &Database) -> Result<Store, StoreError> {
    loop {
        match Store::open(db.config()).await {
            Err(StoreError::InUse(_)) => tokio::task::yield_now().await,
            result => return result,
        }
    }
}

async fn use_everything(store: &Store, user: UserId) -> Result<(), StoreError> {
    store.users().all().await?;
    store.messages(user).by_legacy_id("c", "1").await?;
    let mut after = 0;
    while let Some(last) = store.outbox().page(after).await?.last() {
        after = last.seq;
    }
    store.journal().commit(stanza("<m/>")).await.map(drop)
}

#[tokio::test]
async fn a_damaged_database_gives_errors_and_never_ends_the_process() {
    let db = Database::sqlite();
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    for n in 0..200 {
        store.journal().commit(stanza(&format!("<m n='{n}' t='{}'/>", "x".repeat(1000)))).await.unwrap();
    }
    store.close().await.unwrap();
    let good = std::fs::read(db.file()).unwrap();
    let mut noticed = 0;
    for page in 1..good.len() / 4096 {
        let mut bad = good.clone();
        bad[page * 4096..page * 4096 + 512].fill(0xa5);
        std::fs::write(db.file(), &bad).unwrap();
        let result = match open_when_free(&db).await {
            Ok(store) => {
                let result = use_everything(&store, romeo).await;
                let closed = store.close().await;
                result.and(closed)
            }
            Err(error) => Err(error),
        };
        match result {
            Ok(()) => {}
            Err(StoreError::Damaged { .. }) => noticed += 1,
            Err(other) => panic!("page {page}: {other:?}"),
        }
    }
    assert!(noticed > 10, "only {noticed} damages were noticed");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(config(&format!("sqlite://{}/no/such/state.db", folder.path().display()))).await;
    assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
    assert!(error.to_string().contains("/no/such/state.db"), "{error}");
}

#[tokio::test]
async fn only_its_owner_may_read_the_file() {
    let db = Database::sqlite();
    let store = db.open().await;
    store.journal().commit(stanza("<m/>")).await.unwrap();
    for file in std::fs::read_dir(db.file().parent().unwrap()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.file_name());
    }
}

#[tokio::test]
async fn a_read_only_folder_or_file_is_named() {
    let db = Database::sqlite();
    let folder = db.file().parent().unwrap().to_owned();
    db.open().await.close().await.unwrap();
    // Root may write everywhere, so somebody else has to try.
    let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let open_as_nobody = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "open::child_opens", "--ignored", "--nocapture"])
            .env("SLIDGED_TEST_URL", &db.url);
        if root {
            command.uid(65534).gid(65534);
        }
        let output = command.output().expect("the test binary runs as another user");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let mode = |path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(db.file(), 0o444);
    mode(folder.clone(), 0o555);
    let said = open_as_nobody();
    assert!(said.contains("cannot be written: it or its folder is read-only"), "{said}");
    // The lock can be had, the database not.
    mode(folder.join("state.db.lock"), 0o666);
    let said = open_as_nobody();
    assert!(said.contains("cannot be written: it or its folder is read-only"), "{said}");
    mode(folder, 0o755);
}

#[tokio::test]
#[ignore = "the child of the test above"]
async fn child_opens() {
    let Ok(url) = std::env::var("SLIDGED_TEST_URL") else { return };
    println!("{}", refused(config(&url)).await);
}
