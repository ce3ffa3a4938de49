//! Bans, invitations, applicants: what an administrator decides about who may register.

use std::{slice::from_ref, time::Duration};

use jid::{BareJid, Jid};
use secrecy::ExposeSecret as _;
use slidged::store::{
    Applicant, ApplicantState, Ban, Entry, Invitation, MOST_WAITING, Page, Scope, Store, StoreError,
    TokenHash, UserId, Write, new_token,
};

use crate::support::{Database, TestClock, ids, register, user, write};

fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

fn ban(subject: &str, reason: &str, at: i64) -> Ban {
    Ban { subject: jid(subject), reason: reason.into(), by: jid("juliet@example.org"), at }
}

async fn commit(store: &Store, one: Write) -> Result<(), StoreError> {
    store.journal().commit(write(one)).await.map(drop)
}

async fn a_ban_is_found_by_address_and_by_domain_until_it_is_lifted(db: Database) {
    let store = db.open().await;
    let whole = ban("evil.example", "spam ’; DROP TABLE bans; --", 1);
    let one = ban("tybalt@evil.example", "", 2);
    let other = ban("tybalt@example.org", "brawling", 3);
    for ban in [&whole, &one, &other] {
        commit(&store, Write::BanAdd(ban.clone())).await.unwrap();
    }
    store.close().await.unwrap();

    let store = db.open().await;
    let mut found = store.bans().of(&jid("Tybalt@evil.example")).await.unwrap();
    found.sort_by_key(|ban| ban.at);
    assert_eq!(found, [whole.clone(), one.clone()]);
    assert_eq!(store.bans().of(&jid("nurse@evil.example")).await.unwrap(), from_ref(&whole));
    assert_eq!(store.bans().of(&jid("nurse@sub.evil.example")).await.unwrap(), []);
    assert_eq!(store.bans().page(Page::first(2)).await.unwrap(), [other.clone(), one]);
    assert_eq!(store.bans().page(Page { skip: 2, limit: 2 }).await.unwrap(), [whole]);
    // Again with another reason, then never mind.
    let again = Ban { reason: "still brawling".into(), at: 4, ..other };
    commit(&store, Write::BanAdd(again.clone())).await.unwrap();
    assert_eq!(store.bans().of(&again.subject).await.unwrap(), from_ref(&again));
    commit(&store, Write::BanRemove(again.subject.clone())).await.unwrap();
    assert_eq!(store.bans().of(&again.subject).await.unwrap(), []);
    let nul = commit(&store, Write::BanAdd(ban("x@y", "\0", 5))).await;
    assert!(matches!(nul, Err(StoreError::Invalid(_))), "{nul:?}");
}

/// Invitation with so many uses, made at 1,000 and expiring at 2,000.
fn invitation(uses_left: u32) -> Invitation {
    Invitation {
        token: new_token().unwrap().1,
        made_by: jid("juliet@example.org"),
        made_at: 1_000,
        expires_at: 2_000,
        uses_left,
        note: "the Capulets".into(),
    }
}

/// Registers with an invitation.
fn redeem(store: &Store, name: &str, token: &TokenHash, at: i64) -> Entry {
    let user = user(store.new_user_id(), &format!("{name}@example.org"));
    let writes = vec![Write::UserAdd(user), Write::InvitationRedeem { token: token.clone(), at }];
    Entry { writes, ..Entry::default() }
}

async fn registered(store: &Store) -> Vec<String> {
    store.users().all().await.unwrap().iter().map(|user| user.jid.to_string()).collect()
}

async fn an_invitation_lets_in_as_many_as_it_says_and_not_for_ever(db: Database) {
    let store = db.open().await;
    let journal = store.journal();
    let one = invitation(2);
    commit(&store, Write::InvitationAdd(one.clone())).await.unwrap();
    assert_eq!(store.invitations().get(&one.token).await.unwrap().as_ref(), Some(&one));
    assert!(one.is_redeemable(1_999) && !one.is_redeemable(2_000));

    journal.commit(redeem(&store, "a", &one.token, 1_999)).await.unwrap();
    let late = journal.commit(redeem(&store, "b", &one.token, 2_000)).await;
    assert!(matches!(late, Err(StoreError::NotRedeemable)), "{late:?}");
    let guessed = journal.commit(redeem(&store, "c", &TokenHash::of("guess"), 1_500)).await;
    assert!(matches!(guessed, Err(StoreError::NotRedeemable)), "{guessed:?}");
    // Whoever is registered already takes no use.
    let again = journal.commit(redeem(&store, "a", &one.token, 1_500)).await;
    assert!(matches!(again, Err(StoreError::AlreadyThere(_))), "{again:?}");
    assert_eq!(store.invitations().get(&one.token).await.unwrap().unwrap().uses_left, 1);
    journal.commit(redeem(&store, "d", &one.token, 1_500)).await.unwrap();
    let spent = journal.commit(redeem(&store, "e", &one.token, 1_500)).await;
    assert!(matches!(spent, Err(StoreError::NotRedeemable)), "{spent:?}");
    // Nothing was done of the entries that were refused.
    assert_eq!(registered(&store).await, ["a@example.org", "d@example.org"]);

    // The next one clears away what is worth nothing any more; one that is withdrawn goes at once.
    let next = invitation(1);
    commit(&store, Write::InvitationAdd(next.clone())).await.unwrap();
    assert_eq!(store.invitations().page(Page::first(10)).await.unwrap(), from_ref(&next));
    commit(&store, Write::InvitationRemove(next.token.clone())).await.unwrap();
    let withdrawn = journal.commit(redeem(&store, "f", &next.token, 1_500)).await;
    assert!(matches!(withdrawn, Err(StoreError::NotRedeemable)), "{withdrawn:?}");
}

async fn of_many_at_the_same_time_only_as_many_get_in_as_there_are_uses(db: Database) {
    let store = db.open().await;
    let one = invitation(3);
    commit(&store, Write::InvitationAdd(one.clone())).await.unwrap();
    // All in one group, with others who have nothing to do with it.
    let mut answers = Vec::new();
    for n in 0..10 {
        let stranger = user(store.new_user_id(), &format!("bystander{n}@example.org"));
        let bystander = store.journal().submit(write(Write::UserAdd(stranger)));
        let invited = store.journal().submit(redeem(&store, &format!("guest{n}"), &one.token, 1_500));
        answers.push((bystander, invited));
    }
    for (n, (bystander, invited)) in answers.into_iter().enumerate() {
        bystander.await.unwrap();
        match invited.await {
            Ok(_) => assert!(n < 3, "guest {n} got in"),
            Err(error) => assert!(n >= 3 && matches!(error, StoreError::NotRedeemable), "guest {n}: {error}"),
        }
    }
    assert_eq!(store.invitations().get(&one.token).await.unwrap().unwrap().uses_left, 0);
    let guests = registered(&store).await.into_iter().filter(|jid| jid.starts_with("guest"));
    assert_eq!(guests.collect::<Vec<_>>(), [0, 1, 2].map(|n| format!("guest{n}@example.org")));
}

async fn what_is_withdrawn_first_cannot_be_redeemed_behind_it(db: Database) {
    let store = db.open().await;
    let (kept, gone) = (invitation(1), invitation(1));
    for one in [&kept, &gone] {
        commit(&store, Write::InvitationAdd(one.clone())).await.unwrap();
    }
    let first = store.journal().submit(redeem(&store, "a", &kept.token, 1_500));
    let then = store.journal().submit(write(Write::InvitationRemove(kept.token.clone())));
    let removed = store.journal().submit(write(Write::InvitationRemove(gone.token.clone())));
    let late = store.journal().submit(redeem(&store, "b", &gone.token, 1_500));
    first.await.unwrap();
    then.await.unwrap();
    removed.await.unwrap();
    assert!(matches!(late.await, Err(StoreError::NotRedeemable)));
    assert_eq!(registered(&store).await, ["a@example.org"]);
}

fn asks(name: &str, client: &str, at: i64) -> Write {
    let jid = jid(&format!("{name}@example.org"));
    Write::ApplicantAdd { full: Jid::new(&format!("{jid}/{client}")).unwrap(), jid, at }
}

async fn an_applicant_waits_is_approved_and_registers_once(db: Database) {
    use ApplicantState::{Approved, Refused, Waiting};
    let store = db.open().await;
    for (name, at) in [("romeo", 2), ("nurse", 1), ("tybalt", 3)] {
        commit(&store, asks(name, "phone", at)).await.unwrap();
    }
    // Asking again keeps one's place; an answer goes to the client that asked last.
    commit(&store, asks("nurse", "desk", 9)).await.unwrap();
    let waiting = store.applicants().page(Waiting, Page::first(2)).await.unwrap();
    let nurse = Applicant {
        jid: jid("nurse@example.org"),
        asked_at: 1,
        full: Jid::new("nurse@example.org/desk").unwrap(),
        state: Waiting,
    };
    assert_eq!(waiting[0], nurse);
    assert_eq!(waiting[1].jid, jid("romeo@example.org"));
    assert_eq!(store.applicants().count(Waiting).await.unwrap(), 3);

    let register_approved = |name: &str| {
        let jid = jid(&format!("{name}@example.org"));
        let writes =
            vec![Write::UserAdd(user(store.new_user_id(), jid.as_str())), Write::ApplicantConsume(jid)];
        store.journal().commit(Entry { writes, ..Entry::default() })
    };
    let decide = |name: &str, state| Write::ApplicantDecide(jid(&format!("{name}@example.org")), state);
    commit(&store, decide("romeo", Approved)).await.unwrap();
    commit(&store, decide("tybalt", Refused)).await.unwrap();
    let nobody = commit(&store, decide("paris", Approved)).await;
    assert!(matches!(nobody, Err(StoreError::NoSuchApplicant)), "{nobody:?}");
    for name in ["nurse", "tybalt", "paris"] {
        let refused = register_approved(name).await;
        assert!(matches!(refused, Err(StoreError::NotApproved)), "{name}: {refused:?}");
    }
    register_approved("romeo").await.unwrap();
    assert_eq!(registered(&store).await, ["romeo@example.org"]);
    assert_eq!(store.applicants().get(&jid("romeo@example.org")).await.unwrap(), None);

    // A refusal stands when they ask again, until somebody forgets it.
    commit(&store, asks("tybalt", "phone", 10)).await.unwrap();
    let tybalt = jid("tybalt@example.org");
    assert_eq!(store.applicants().get(&tybalt).await.unwrap().unwrap().state, Refused);
    commit(&store, Write::ApplicantRemove(tybalt.clone())).await.unwrap();
    commit(&store, asks("tybalt", "phone", 11)).await.unwrap();
    assert_eq!(store.applicants().get(&tybalt).await.unwrap().unwrap().state, Waiting);
}

async fn the_list_of_those_who_wait_is_bounded(db: Database) {
    let store = db.open().await;
    let answers: Vec<_> = (0..MOST_WAITING)
        .map(|n| store.journal().submit(write(asks(&format!("user{n}"), "phone", n.into()))))
        .collect();
    for answer in answers {
        answer.await.unwrap();
    }
    let full = commit(&store, asks("late", "phone", 5_000)).await;
    assert!(matches!(full, Err(StoreError::TooManyApplicants)), "{full:?}");
    // Whoever waits already may ask from another client, and a decision makes room.
    commit(&store, asks("user0", "desk", 5_000)).await.unwrap();
    let decided = Write::ApplicantDecide(jid("user1@example.org"), ApplicantState::Refused);
    commit(&store, decided).await.unwrap();
    commit(&store, asks("late", "phone", 5_000)).await.unwrap();
    assert_eq!(store.applicants().count(ApplicantState::Waiting).await.unwrap(), u64::from(MOST_WAITING));
}

async fn an_application_is_forgotten_after_two_weeks_and_an_approval_is_not(db: Database) {
    use ApplicantState::{Approved, Refused, Waiting};
    const DAY: i64 = 86_400_000;
    let mut config = db.config();
    config.clock = TestClock::at(15 * DAY).clock();
    config.prune_after_start = Duration::ZERO;
    let store = db.open().await;
    for (name, day) in [("nurse", 0), ("romeo", 0), ("tybalt", 0), ("paris", 2)] {
        commit(&store, asks(name, "phone", day * DAY)).await.unwrap();
    }
    for (name, state) in [("romeo@example.org", Approved), ("tybalt@example.org", Refused)] {
        commit(&store, Write::ApplicantDecide(jid(name), state)).await.unwrap();
    }
    store.close().await.unwrap();

    let store = Store::open(config).await.unwrap();
    while store.applicants().get(&jid("nurse@example.org")).await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let state =
        async |name: &str| store.applicants().get(&jid(name)).await.unwrap().map(|applicant| applicant.state);
    assert_eq!(state("tybalt@example.org").await, None);
    assert_eq!(state("romeo@example.org").await, Some(Approved));
    assert_eq!(state("paris@example.org").await, Some(Waiting));
}

async fn whoever_leaves_takes_their_application_along_but_not_their_ban(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let jid = jid("romeo@example.org");
    commit(&store, asks("romeo", "phone", 1)).await.unwrap();
    commit(&store, asks("nurse", "phone", 1)).await.unwrap();
    commit(&store, Write::BanAdd(ban("romeo@example.org", "banished", 2))).await.unwrap();
    commit(&store, Write::UserRemove(romeo)).await.unwrap();
    assert_eq!(store.applicants().get(&jid).await.unwrap(), None);
    assert_eq!(store.applicants().count(ApplicantState::Waiting).await.unwrap(), 1);
    assert_eq!(store.bans().of(&jid).await.unwrap()[0].reason, "banished");
}

async fn what_comes_late_for_somebody_who_left_is_not_found_by_the_next(db: Database) {
    let store = db.open().await;
    let value = |user: UserId| Write::Kv(Scope::user(user, "plugin"), "session-key".into(), "secret".into());
    let romeo = register(&store, "romeo@example.org").await;
    commit(&store, value(romeo)).await.unwrap();
    // Behind it in the same group, and later.
    let writes = vec![Write::UserRemove(romeo), value(romeo)];
    store.journal().commit(Entry { writes, ..Entry::default() }).await.unwrap();
    commit(&store, value(romeo)).await.unwrap();
    assert!(matches!(
        commit(&store, Write::Message(ids(romeo, "c", "1"))).await,
        Err(StoreError::NoSuchUser)
    ));
    let gateways = Write::Kv(Scope::gateway("plugin"), "k".into(), "v".into());
    commit(&store, gateways).await.unwrap();
    store.close().await.unwrap();

    let store = db.open().await;
    let juliet = register(&store, "juliet@example.org").await;
    assert_eq!(juliet, romeo, "the number is given again");
    assert_eq!(store.kv(Scope::user(juliet, "plugin")).all().await.unwrap(), []);
    assert_eq!(store.kv(Scope::gateway("plugin")).all().await.unwrap().len(), 1);
}

async fn an_older_database_gains_the_tables_and_loses_what_nobody_owns(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    commit(&store, Write::Kv(Scope::user(romeo, "plugin"), "k".into(), "v".into())).await.unwrap();
    store.close().await.unwrap();
    for sql in [
        "DROP TABLE bans",
        "DROP TABLE invitations",
        "DROP TABLE applicants",
        "DROP TABLE message_parts",
        "DROP TABLE threads",
        "DROP INDEX contacts_by_avatar",
        "ALTER TABLE contacts DROP COLUMN avatar",
        "ALTER TABLE contacts DROP COLUMN avatar_version",
        "DROP TABLE avatars",
        "DROP TABLE cards",
        "DROP TABLE files",
        "DROP TABLE rooms",
        "DROP TABLE archive",
        "ALTER TABLE outbox DROP COLUMN lane",
        "DELETE FROM schema_migrations WHERE version >= 2",
        "INSERT INTO kv (user_id, scope, key, value) SELECT 77, scope, key, value FROM kv",
    ] {
        db.raw(sql).await;
    }
    let store = db.open().await;
    assert_eq!(store.bans().page(Page::first(1)).await.unwrap(), []);
    assert_eq!(store.kv(Scope::user(romeo, "plugin")).all().await.unwrap().len(), 1);
    store.close().await.unwrap();
    db.raw("INSERT INTO users (id, jid, registered_at, preferences, state) VALUES (77, 'n@example.org', 0, '{}', '{}')")
        .await;
    let store = db.open().await;
    let next = store.users().by_jid("n@example.org").await.unwrap().unwrap().id;
    assert_eq!(store.kv(Scope::user(next, "plugin")).all().await.unwrap(), []);
}

async fn no_token_lies_in_the_database(db: Database) {
    let store = db.open().await;
    let (token, hash) = new_token().unwrap();
    commit(&store, Write::InvitationAdd(Invitation { token: hash.clone(), ..invitation(1) })).await.unwrap();
    let typed = token.expose_secret().to_uppercase();
    let found = store.invitations().get(&TokenHash::of(&typed)).await.unwrap().expect("it is found");
    assert_eq!(found.token, hash);
    assert!(!format!("{found:?}").contains(token.expose_secret()));
    store.close().await.unwrap();
    if db.folder.is_some() {
        let file = std::fs::read(db.file()).unwrap();
        let has = |text: &[u8]| file.windows(text.len()).any(|window| window == text);
        assert!(has(b"the Capulets") && !has(token.expose_secret().as_bytes()) && !has(typed.as_bytes()));
    }
}

on_both_engines!(
    a_ban_is_found_by_address_and_by_domain_until_it_is_lifted,
    an_invitation_lets_in_as_many_as_it_says_and_not_for_ever,
    of_many_at_the_same_time_only_as_many_get_in_as_there_are_uses,
    what_is_withdrawn_first_cannot_be_redeemed_behind_it,
    an_applicant_waits_is_approved_and_registers_once,
    the_list_of_those_who_wait_is_bounded,
    an_application_is_forgotten_after_two_weeks_and_an_approval_is_not,
    whoever_leaves_takes_their_application_along_but_not_their_ban,
    what_comes_late_for_somebody_who_left_is_not_found_by_the_next,
    an_older_database_gains_the_tables_and_loses_what_nobody_owns,
    no_token_lies_in_the_database,
);
