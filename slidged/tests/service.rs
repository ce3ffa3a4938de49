//! The daemon as a service manager and a shell see it: messages, signals, exit codes, output.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::{fs::PermissionsExt, net::UnixDatagram},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// Longer than any machine takes for what is waited for; reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A service that is nothing but its signals and messages.
#[test]
#[ignore = "it is the child process of the tests below"]
fn child() {
    use slidged::ops::{notify, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stopped = runtime.block_on(async {
        let stop = signal::listen(|| notify::status("read again")).unwrap();
        let mut watchdog = notify::Watchdog::new();
        notify::ready("at work");
        loop {
            tokio::select! {
                () = watchdog.beat() => {}
                () = stop.asked.cancelled() => {
                    notify::stopping();
                    if std::env::var_os("SLIDGED_TEST_STUBBORN").is_some() {
                        stop.insisted.cancelled().await;
                        notify::status("told twice");
                    }
                    return true;
                }
            }
        }
    });
    notify::flush();
    assert!(stopped);
}

struct Service {
    child: Child,
    manager: UnixDatagram,
    directory: tempfile::TempDir,
}

impl Service {
    fn start(variables: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("notify");
        let manager = UnixDatagram::bind(&socket).unwrap();
        manager.set_read_timeout(Some(PATIENCE)).unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--ignored"])
            .env("NOTIFY_SOCKET", &socket)
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, manager, directory }
    }

    fn message(&self) -> String {
        let mut buffer = [0; 4096];
        let length = self.manager.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    /// Sends to its own socket until that holds no more.
    fn fill(&self) {
        let other = UnixDatagram::unbound().unwrap();
        other.set_nonblocking(true).unwrap();
        let socket = self.directory.path().join("notify");
        while other.send_to(b"noise", &socket).is_ok() {}
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_service_tells_that_it_is_ready_and_that_it_stops() {
    for signal in ["TERM", "INT"] {
        let mut service = Service::start(&[]);
        assert_eq!(service.message(), "READY=1\nSTATUS=at work\n");
        service.signal(signal);
        assert_eq!(service.message(), "STOPPING=1\nSTATUS=stopping\n");
        assert!(service.child.wait().unwrap().success());
    }
}

#[test]
fn a_hang_up_reloads_and_does_not_stop() {
    let mut service = Service::start(&[]);
    service.message();
    service.signal("HUP");
    assert_eq!(service.message(), "STATUS=read again\n");
    service.signal("TERM");
    assert_eq!(service.message(), "STOPPING=1\nSTATUS=stopping\n");
    assert!(service.child.wait().unwrap().success());
}

#[test]
fn a_second_signal_is_told_apart() {
    let mut service = Service::start(&[("SLIDGED_TEST_STUBBORN", "1")]);
    service.message();
    service.signal("TERM");
    assert_eq!(service.message(), "STOPPING=1\nSTATUS=stopping\n");
    service.signal("INT");
    assert_eq!(service.message(), "STATUS=told twice\n");
    assert!(service.child.wait().unwrap().success());
}

#[test]
fn a_service_manager_that_does_not_read_stops_nothing() {
    let mut service = Service::start(&[("WATCHDOG_USEC", "2000")]);
    assert_eq!(service.message(), "READY=1\nSTATUS=at work\n");
    service.fill();
    service.signal("HUP");
    service.signal("TERM");
    let (ended, end) = mpsc::sync_channel(1);
    let pid = service.child.id();
    thread::scope(|scope| {
        scope.spawn(|| ended.send(service.child.wait().unwrap().success()));
        let success = end.recv_timeout(PATIENCE);
        if success.is_err() {
            let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        }
        assert_eq!(success, Ok(true), "it waits for somebody who does not listen");
    });
}

#[test]
fn the_watchdog_hears_from_the_main_loop_twice_per_deadline() {
    let service = Service::start(&[("WATCHDOG_USEC", "20000")]);
    let messages: Vec<_> = (0..6).map(|_| service.message()).collect();
    assert!(messages.iter().filter(|message| *message == "WATCHDOG=1\n").count() >= 5, "{messages:?}");
}

/// Runs the program in a directory, in an environment of nothing but what is given.
fn slidged(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slidged"))
        .current_dir(directory)
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A directory with a configuration whose paths are all in it.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let file = "[component]\njid = \"gw.example.org\"\nsecret_file = \"secret\"\n\
                [plugin]\npath = \"libnone.so\"\n[state]\ndirectory = \"state\"\n";
    fs::write(place.path().join("slidge.toml"), file).unwrap();
    fs::write(place.path().join("secret"), "planted-secret\n").unwrap();
    fs::set_permissions(place.path().join("secret"), fs::Permissions::from_mode(0o600)).unwrap();
    place
}

#[test]
fn wrong_usage_and_wrong_configuration_end_with_2() {
    let place = place();
    let run = |arguments: &[&str]| slidged(place.path(), arguments, &[]);
    for arguments in [&[][..], &["fly"], &["run", "--sever"], &["run", "--set", "x"], &["run", "--config"]] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("--help"), "{arguments:?}: {}", text(&output.stderr));
    }
    for arguments in [&["run"][..], &["--plugin", "p.so"]] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).starts_with("slidged: no configuration file is given"), "{arguments:?}");
    }
    let output = run(&["--config", "slidge.toml", "--set", "log.levl=debug"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stderr),
        "slidged: --set log.levl: unknown key \"levl\" in [log], did you mean \"level\"?\n"
    );
}

#[test]
fn help_and_version_end_with_0() {
    let place = place();
    for arguments in [&["--help"][..], &["--version"], &["check", "--help"], &["help", "run"]] {
        let output = slidged(place.path(), arguments, &[]);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(text(&output.stdout).contains("slidged"), "{arguments:?}");
    }
}

/// One line per check, in the order they are made: the word, what was checked, and the text.
fn report(output: &Output) -> Vec<(String, String, String)> {
    let line = |line: &str| {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (what, text) = rest.trim_start().split_once(' ').unwrap_or((rest, ""));
        (word.to_owned(), what.to_owned(), text.trim_start().to_owned())
    };
    text(&output.stdout).lines().map(line).collect()
}

fn outcome(report: &[(String, String, String)], what: &str) -> (String, String) {
    let found = report.iter().find(|(_, name, _)| name == what);
    found.map(|(word, _, text)| (word.clone(), text.clone())).unwrap_or_else(|| panic!("{what}: {report:?}"))
}

#[test]
fn check_tells_line_by_line_and_changes_nothing() {
    let place = place();
    let output = slidged(place.path(), &["check", "--config", "slidge.toml"], &[]);
    let lines = report(&output);
    assert_eq!(outcome(&lines, "configuration").0, "ok", "{lines:?}");
    assert_eq!(outcome(&lines, "secret").0, "ok", "{lines:?}");
    assert_eq!(outcome(&lines, "state").0, "ok", "{lines:?}");
    assert_eq!(outcome(&lines, "database").0, "ok", "{lines:?}");
    assert_eq!(outcome(&lines, "plugin").0, "FAIL", "{lines:?}");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2, "something was made");
    assert!(!text(&output.stdout).contains("planted-secret"));
}

#[test]
fn check_tells_the_mend_of_each_failure() {
    let place = place();
    fs::set_permissions(place.path().join("secret"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::create_dir(place.path().join("state")).unwrap();
    fs::write(place.path().join("state/slidged.sqlite"), "no database at all").unwrap();
    fs::write(place.path().join("state/secret.key"), "short").unwrap();
    let output = slidged(place.path(), &["check", "--config", "slidge.toml"], &[]);
    let lines = report(&output);
    assert_eq!(output.status.code(), Some(2));
    for (what, mend) in [
        ("secret", "/secret"),
        ("key", "/state/secret.key"),
        ("database", "/state/slidged.sqlite is no SQLite database: move it away, or set url in [database]"),
    ] {
        let (word, text) = outcome(&lines, what);
        assert_eq!(word, "FAIL", "{lines:?}");
        assert!(text.ends_with(mend), "{text}");
        assert!(
            what == "database"
                || text.contains("open to every user of this machine (mode 0644): chmod o-rwx /")
        );
    }
    fs::write(place.path().join("slidge.toml"), "[compnent]\n").unwrap();
    let lines = report(&slidged(place.path(), &["check", "--config", "slidge.toml"], &[]));
    let mistake = "slidge.toml:1: unknown section [compnent], did you mean [component]?";
    assert_eq!(lines, [("FAIL".into(), "configuration".into(), mistake.into())]);
}

#[test]
fn run_without_a_secret_ends_with_2_and_says_so() {
    let place = place();
    fs::remove_file(place.path().join("secret")).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_slidged"))
        .current_dir(place.path())
        .args(["run", "--config", "slidge.toml"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<_> = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok).collect();
    assert_eq!(child.wait().unwrap().code(), Some(2), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("/secret: No such file")), "{lines:?}");
}
