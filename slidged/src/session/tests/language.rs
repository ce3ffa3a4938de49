//! Language of the texts that the user reads.

use super::World;
use crate::language::Language;
use crate::services::Account;
use crate::store::Entry;
use jid::BareJid;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_user_reads_is_kept_and_what_says_nothing_of_it_changes_nothing() {
    let mut world = World::new().await;
    world.log_in().await;
    let say = |lang: &str| {
        format!(
            "<message xmlns='jabber:client' from='u@example.org/r' to='gw.example.org' type='chat'><body{lang}>help</body></message>"
        )
    };
    world.send(&say(" xml:lang='de-AT'"));
    world.until(&["Schreib"]).await;
    world.send(&say(""));
    world.until(&["Schreib"]).await;
    world.component.stop().await;
    // This entry is behind everything that was to be written.
    world.store.journal().commit(Entry::default()).await.unwrap();
    let account = Account::of(&world.store, &BareJid::new("u@example.org").unwrap()).await.unwrap().unwrap();
    assert_eq!(account.language, Language::German);
}
