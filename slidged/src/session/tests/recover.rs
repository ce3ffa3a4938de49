//! Recovery of a session: it exists only when its state has been read.

use super::{World, gate};
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::time::Duration;

impl World {
    /// Opens another connection to the same database.
    pub(super) async fn raw(&self) -> SqliteConnection {
        let path = self.folder.path().join("state.db");
        SqliteConnectOptions::new().filename(path).connect().await.unwrap()
    }

    /// Makes a defect that starts the session again.
    pub(super) async fn restart_session(&mut self) {
        self.act(|_| panic!("as asked"));
        self.until(&["<status>me</status>"]).await;
    }
}

async fn run(conn: &mut SqliteConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(conn).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_cannot_read_its_state_waits_until_it_can() {
    let mut world = World::new().await;
    world.log_in().await;
    world.say("m1", "wait for ever");
    world.store.journal().commit(crate::store::Entry::default()).await.unwrap();
    let mut raw = world.raw().await;
    run(&mut raw, "ALTER TABLE pending RENAME TO pending_away").await;
    world.act(|_| panic!("as asked"));
    world.until(&["Something went wrong in the gateway"]).await;
    world.say("m2", "meanwhile");
    let early = tokio::time::timeout(Duration::from_millis(700), world.until(&["<status>"])).await;
    assert!(early.is_err(), "a session without its state: {}", early.unwrap());
    run(&mut raw, "ALTER TABLE pending_away RENAME TO pending").await;
    raw.close().await.unwrap();
    let error = world.until(&["id='m1'", "type='error'"]).await;
    assert!(error.contains("may not have been sent"), "{error}");
    world.until(&["<body>re: meanwhile</body>"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_read_their_state_one_after_the_other_and_wait_for_that_without_a_limit() {
    let mut world = World::new().await;
    let component = world.component.clone();
    let all = component.services.readings.acquire_many(2).await.unwrap();
    world.register("me").await;
    let early = tokio::time::timeout(Duration::from_millis(300), world.until(&["<status>me</status>"])).await;
    assert!(early.is_err(), "it has read all the same");
    drop(all);
    world.until(&["<status>me</status>"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_after_a_panic_knows_what_the_one_before_it_has_written() {
    let mut world = World::with(|settings| settings.retry.first = Duration::from_millis(1)).await;
    world.log_in().await;
    world.say("m1", "wait delivered");
    world.store.journal().commit(crate::store::Entry::default()).await.unwrap();
    gate("delivered").add_permits(1);
    world.until(&["id='m1'", "urn:xmpp:receipts"]).await;
    world.act(|session| {
        use crate::store::{Entry, Pending, Scope, Write};
        let pending = Pending {
            id: session.services.store.new_pending_id(),
            user: session.user.id,
            chat: "friend".into(),
            sender: "u@example.org/r".into(),
            xmpp_id: Some("m2".into()),
            kind: "chat".into(),
            created_at: 0,
            operation: b"{}".to_vec().into(),
        };
        let id = pending.id;
        session.write(Write::PendingAdd(pending));
        // This is so much that it is still being written when the next session begins.
        for n in 0..20_000 {
            let writes =
                vec![Write::Kv(Scope::user(session.user.id, "x"), n.to_string().into(), vec![0; 500].into())];
            session.journal.note(Entry { writes, ..Entry::default() });
        }
        session.write(Write::PendingDone(id));
        panic!("as asked");
    });
    let said = world.all_until(&["<status>me</status>"]).await;
    world.say("m3", "after it");
    let after = world.all_until(&["<body>re: after it</body>"]).await;
    let error = said.iter().chain(&after).find(|stanza| stanza.contains("type='error'"));
    assert!(error.is_none(), "{error:?}");
}
