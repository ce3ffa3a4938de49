//! Requests of people who are not registered: they take nothing from anybody else, and are bounded.

use super::World;
use crate::config;

/// Makes a request for the registration form, or one that fills it in.
fn registration(from: &str, id: &str, username: Option<&str>) -> String {
    let (kind, fields) = match username {
        Some(name) => ("set", format!("<username>{name}</username><password>p</password>")),
        None => ("get", String::new()),
    };
    format!(
        "<iq xmlns='jabber:client' from='{from}' to='gw.example.org' id='{id}' type='{kind}'><query xmlns='jabber:iq:register'>{fields}</query></iq>"
    )
}

// This runs on one thread, as the daemon does: nothing is done before all of it has come.
#[tokio::test]
async fn a_burst_of_requests_for_the_form_costs_so_much_and_no_more_and_each_is_answered() {
    const MANY: usize = 20_000;
    let mut world = World::new().await;
    let before = world.component.services.tasks.len();
    for n in 0..MANY {
        world.send(&registration(&format!("s{}@example.org/r", n % 1000), &format!("f{n}"), None));
    }
    let tasks = world.component.services.tasks.len() - before;
    assert!((100..=512).contains(&tasks), "{tasks} at once");
    let (mut forms, mut refused) = (0, 0);
    for _ in 0..MANY {
        let answer = world.next().await;
        if answer.contains("type='result'") {
            forms += 1;
        } else {
            assert!(answer.contains("<error type='wait'><resource-constraint"), "{answer}");
            refused += 1;
        }
    }
    assert_eq!((forms, refused), (tasks, MANY - tasks));
    world.send(&registration("s1@example.org/r", "again", None));
    assert!(world.until(&["id='again'"]).await.contains("type='result'"));
}

#[tokio::test]
async fn while_strangers_ask_for_forms_users_and_administrators_get_theirs() {
    let mut world = World::new().await;
    world.log_in().await;
    for n in 0..5000 {
        world.send(&registration(&format!("s{n}@example.org/r"), &format!("f{n}"), None));
    }
    world.send(&registration("u@example.org/r", "user", None));
    world.send(&registration("admin@example.org/r", "admin", None));
    let mut waiting = vec!["id='user'", "id='admin'"];
    while !waiting.is_empty() {
        let answer = world.next().await;
        if let Some(found) = waiting.iter().position(|id| answer.contains(id)) {
            assert!(answer.contains("type='result'"), "{answer}");
            waiting.remove(found);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_of_strangers_lock_out_nobody_else() {
    let domains = ["example.org", "evil.example"];
    let mut world = World::made(|_| {}, &domains, &config::Media::default()).await;
    world.log_in().await;
    let (mut wrong, mut paused) = (0, 0);
    for n in 0..60 {
        for _ in 0..5 {
            world.send(&registration(&format!("s{n}@evil.example/r"), &format!("w{n}"), Some("refused")));
            let answer = world.until(&[&format!("id='w{n}'")]).await;
            match answer.contains("Wrong password.") {
                true => wrong += 1,
                false => paused += usize::from(answer.contains("Too many attempts.")),
            }
        }
    }
    assert!(wrong >= 60 && wrong + paused == 300, "{wrong} wrong, {paused} paused");
    for from in ["u@example.org", "admin@example.org", "new@example.org", "new@evil.example"] {
        world.send(&registration(&format!("{from}/r"), from, Some("me")));
        let answer = world.until(&[&format!("id='{from}'")]).await;
        assert!(answer.contains("type='result'"), "{answer}");
    }
}

#[tokio::test]
async fn forms_that_strangers_leave_open_keep_nobody_else_from_opening_one() {
    let domains = ["example.org", "evil.example"];
    let mut world = World::made(|_| {}, &domains, &config::Media::default()).await;
    world.log_in().await;
    let open = |from: &str, id: &str| {
        format!(
            "<iq xmlns='jabber:client' from='{from}/r' to='gw.example.org' id='{id}' type='set'><command xmlns='http://jabber.org/protocol/commands' node='jabber:iq:register'/></iq>"
        )
    };
    let mut refused = 0;
    for n in 0..12_000 {
        world.send(&open(&format!("s{n}@evil.example"), "s"));
        refused += usize::from(world.until(&["id='s'"]).await.contains("resource-constraint"));
    }
    assert!(refused >= 2000, "{refused}: what strangers leave open is bounded");
    for from in ["new@example.org", "admin@example.org"] {
        world.send(&open(from, from));
        let answer = world.until(&[&format!("id='{from}'")]).await;
        assert!(answer.contains("type='result'") && answer.contains("status='executing'"), "{answer}");
    }
}
