//! Privacy of the daemon from other users of the machine: they get none of its files, whatever it
//! was started with, and no core.

use std::{
    fs,
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use lab::{Client, Server as _, Slidged, StanzaExt, World, WorldOptions};

/// Lists everything below a directory, itself included.
fn all_of(path: &Path) -> Vec<PathBuf> {
    let mut found = vec![path.to_owned()];
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a directory of our own") {
            found.extend(all_of(&entry.expect("an entry").path()));
        }
    }
    found
}

/// Directories are 0700, and files and sockets 0600.
fn is_private(state: &Path, when: &str) {
    let found = all_of(state);
    for name in ["spool", "plugin", "files", "secret.key", "control.sock"] {
        assert!(found.contains(&state.join(name)), "no {name} {when}");
    }
    for kind in ["-wal", "-shm", ".lock"] {
        assert!(found.iter().any(|path| path.to_string_lossy().ends_with(kind)), "no {kind} {when}");
    }
    assert!(found.iter().any(|path| path.parent() == Some(&state.join("files"))), "no file is kept {when}");
    for path in found {
        let meta = fs::symlink_metadata(&path).expect("it is there");
        let expected = if meta.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(meta.mode() & 0o7777, expected, "{} {when}", path.display());
    }
}

/// Has a file kept by the gateway's own media server.
async fn keep_a_file(world: &World, romeo: &Client) {
    romeo.say(&world.contact("echo"), "attach 1 100").await;
    romeo.expect("a file", |s| s.is_message() && s.has("x", "jabber:x:oob")).await;
}

fn of_status(slidged: &Slidged, file: &str, what: &str) -> String {
    let status = fs::read_to_string(format!("/proc/{}/{file}", slidged.process().pid())).expect("it runs");
    let line = status.lines().find(|line| line.starts_with(what)).unwrap_or_default();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn files_are_for_the_daemons_own_user_whatever_the_umask_and_no_core_is_dumped() {
    let listen = lab::free_port();
    let slidged = format!("[media]\nlisten = \"{listen}\"\nurl = \"http://{listen}\"\nfirst = true\n");
    let options = WorldOptions { plugin: Some("stress"), slidged, ..WorldOptions::default() };
    let mut world = World::with(options).await;
    let romeo = world.prosody.client("romeo").await;
    romeo.register(world.gateway(), &[("connect", "")]).await.expect("everybody");
    world.connected(&romeo).await;
    let state = world.slidged.state().to_owned();
    for umask in ["0", "0777", "022", "077"] {
        world.slidged.stop().await;
        fs::remove_dir_all(state.join("files")).expect("our own directory");
        fs::remove_dir_all(state.join("plugin")).expect("our own directory");
        fs::remove_dir_all(state.join("spool")).expect("our own directory");
        world.slidged.umask = Some(umask.to_owned());
        world.slidged.resume().await;
        world.connected(&romeo).await;
        keep_a_file(&world, &romeo).await;
        is_private(&state, &format!("with umask {umask}"));
    }
    assert_eq!(of_status(&world.slidged, "limits", "Max core"), "Max core file size 0 0 bytes");

    // What an earlier version left open is closed, and told.
    world.slidged.stop().await;
    for path in all_of(&state) {
        let meta = fs::symlink_metadata(&path).expect("it is there");
        let open = if meta.is_dir() { 0o777 } else { 0o666 };
        // Whoever has read the key keeps it: such a key is refused.
        if !meta.file_type().is_socket() && !path.ends_with("secret.key") {
            fs::set_permissions(&path, fs::Permissions::from_mode(open)).expect("our own file");
        }
    }
    let before = world.slidged.log().len();
    world.slidged.resume().await;
    world.connected(&romeo).await;
    is_private(&state, "after it was open to everybody");
    let told = world.slidged.log().split_off(before);
    assert!(told.contains("it was open to others") && told.contains("0777"), "{told}");
    assert!(told.contains("files were open to others"), "{told}");
}
