//! Passwords in the daemon's memory: none stays behind. What the plugin keeps is the plugin's: this
//! one keeps none.

use std::{fs::File, io, os::unix::fs::FileExt};

use lab::{Client, Server as _, StanzaExt, World, WorldOptions, wait::until};

/// Counts a text in the memory that a process can write to.
fn copies(pid: u32, text: &str) -> io::Result<usize> {
    let memory = File::open(format!("/proc/{pid}/mem"))?;
    let mut found = 0;
    for line in std::fs::read_to_string(format!("/proc/{pid}/maps"))?.lines() {
        let mut parts = line.split_whitespace();
        let (range, rights) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let Some((start, end)) = range.split_once('-').filter(|_| rights.starts_with("rw")) else { continue };
        let parse = |hex: &str| u64::from_str_radix(hex, 16).expect("an address");
        let (start, end) = (parse(start), parse(end));
        let mut bytes = vec![0; usize::try_from(end - start).expect("it fits")];
        // It may be gone, or be nothing that can be read.
        if memory.read_exact_at(&mut bytes, start).is_ok() {
            let text = text.as_bytes();
            let begins = bytes.iter().enumerate().filter(|(_, byte)| **byte == text[0]);
            found += begins.filter(|(at, _)| bytes[*at..].starts_with(text)).count();
        }
    }
    Ok(found)
}

async fn forgotten(world: &World, password: &str, when: &str) {
    let pid = world.slidged.process().pid();
    let known = copies(pid, "romeo@example.org").expect("NOT TESTED: memory can be read by root only");
    assert!(known > 0, "nothing is found in that memory");
    until(&format!("that no password is left in memory {when}"), || {
        let left = copies(pid, password).expect("a process that runs");
        (left == 0).then_some(()).or_else(|| {
            eprintln!("{left} copies {when}");
            None
        })
    })
    .await;
}

#[tokio::test]
async fn after_a_registration_no_password_is_left_in_memory() {
    let slidged = "[log]\nlevel = \"debug\"\n".to_owned();
    let world =
        World::with(WorldOptions { plugin: Some("stress"), slidged, ..WorldOptions::default() }).await;
    let gateway = world.gateway();
    let romeo = world.prosody.client("romeo").await;
    let secret = |what: &str| format!("password {what} {}", romeo.new_id());

    let form = secret("of a form, which is not short");
    romeo.register(gateway, &[("connect", &form)]).await.expect("everybody");
    world.connected(&romeo).await;
    forgotten(&world, &form, "after a form").await;

    let again = secret("of another form");
    romeo.register(gateway, &[("connect", &again)]).await.expect("who is registered may change it");
    forgotten(&world, &again, "after another form").await;

    let juliet = world.prosody.client("juliet").await;
    let line = secret("of a chat");
    answer(&juliet, gateway, "register").await;
    for text in [line.as_str(), ".", "."] {
        answer(&juliet, gateway, text).await;
    }
    world.connected(&juliet).await;
    forgotten(&world, &line, "after a chat").await;

    let nurse = world.prosody.client("nurse").await;
    let quoted = secret("of one line");
    answer(&nurse, gateway, &format!("register \"{quoted}\" . .")).await;
    world.connected(&nurse).await;
    // What was typed with the command is there until its last question is answered.
    answer(&nurse, gateway, "cancel").await;
    forgotten(&world, &quoted, "after one line").await;
    for secret in [form, again, line, quoted] {
        assert!(!world.slidged.log().contains(&secret), "it is in the log");
    }
}

/// Says something to the gateway, and waits until it says something.
async fn answer(client: &Client, gateway: &str, text: &str) {
    drop(client.take(StanzaExt::is_message));
    client.say(gateway, text).await;
    client.expect("an answer", |s| s.is_message() && s.sender() == gateway && s.body().is_some()).await;
}
