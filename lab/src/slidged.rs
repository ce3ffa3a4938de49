//! The daemon itself.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use crate::binaries;
use crate::process::{Process, Program, Signal};
use crate::site::Site;
use crate::temp_dir::TempDir;
use crate::wait::until;

/// Options of a scenario's slidged.
#[derive(Debug, Default)]
pub struct SlidgedOptions {
    /// Lives below this directory instead of one of its own.
    pub root: Option<PathBuf>,
    /// Connects here instead of to the server itself: a [`Proxy`](crate::Proxy)'s address.
    pub server: Option<SocketAddr>,
    /// Keeps its state here instead of in SQLite in its directory.
    pub database: Option<String>,
    /// Keeps its state in this directory instead of in one of its own.
    pub state: Option<PathBuf>,
    /// Uses the key in this file instead of one that it makes in its state.
    pub key: Option<PathBuf>,
    /// Gets an error, rather than a signal, for a write behind the size that
    /// [`limit_files`](Slidged::limit_files) allows.
    pub limited_files: bool,
    /// TOML for `[plugin.options]`.
    pub plugin_options: String,
    /// TOML for the end of the configuration: further sections.
    pub more: String,
    /// Environment variables.
    pub env: Vec<(String, String)>,
}

/// A `slidged` of our own.
#[derive(Debug)]
pub struct Slidged {
    process: Option<Process>,
    plugin: PathBuf,
    env: Vec<(String, String)>,
    limited_files: bool,
    /// Umask that it is started with instead of our own, in octal.
    pub umask: Option<String>,
    state: PathBuf,
    config: PathBuf,
    notify: UnixDatagram,
    scratch: TempDir,
}

impl Slidged {
    /// Starts one with a plugin of this workspace, as the gateway of `site`, and waits until it
    /// says that it is ready.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(site: &Site, plugin: &str, options: SlidgedOptions) -> Self {
        let mut slidged = Self::prepare(site, plugin, options);
        slidged.resume().await;
        slidged
    }

    /// One that could be started: its directory and its configuration.
    ///
    /// # Panics
    /// When they cannot be made.
    #[must_use]
    pub fn prepare(site: &Site, plugin: &str, options: SlidgedOptions) -> Self {
        let scratch = TempDir::below(options.root.as_deref(), "slidged");
        let secret = scratch.write("secret", site.secret);
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("our own file");
        let state = options.state.clone().unwrap_or_else(|| scratch.path().join("state"));
        let text = config(site, &options, &state, &secret);
        let config = scratch.write("slidge.toml", &text);
        let notify = UnixDatagram::bind(scratch.path().join("notify")).expect("a socket for readiness");
        notify.set_nonblocking(true).expect("a socket that does not block");
        Slidged {
            process: None,
            plugin: binaries::plugin(plugin),
            env: options.env,
            limited_files: options.limited_files,
            umask: None,
            state,
            config,
            notify,
            scratch,
        }
    }

    /// Starts it again with the same configuration and state.
    ///
    /// # Panics
    /// When it does not become ready.
    pub async fn resume(&mut self) {
        self.launch();
        self.ready().await;
    }

    /// Starts it and does not wait: while the server is down it never becomes ready.
    pub fn launch(&mut self) {
        let slidged = binaries::program("slidged");
        let program = if let Some(umask) = &self.umask {
            let script = format!("umask {umask}; exec \"$@\"");
            Program::new("sh").args(["-c".as_ref(), script.as_ref(), "sh".as_ref(), slidged.as_path()])
        } else if self.limited_files {
            Program::new("env").args(["--ignore-signal=XFSZ".as_ref(), slidged.as_path()])
        } else {
            Program::new(slidged)
        };
        let mut program = program
            .args([Path::new("--plugin"), &self.plugin, Path::new("--config"), &self.config])
            .env("NOTIFY_SOCKET", self.scratch.path().join("notify"))
            .dir(self.scratch.path());
        for (key, value) in &self.env {
            program = program.env(key, value);
        }
        while self.notified().is_some() {}
        self.process = Some(program.start(&self.scratch.path().join("slidged.log")));
    }

    /// Waits for `READY=1` (sd_notify), which it says after the handshake.
    ///
    /// # Panics
    /// When it ends first, or does not become ready in time.
    pub async fn ready(&mut self) {
        until("slidged to say that it is ready", || {
            let said = self.notified();
            self.process_mut().must_run();
            said.filter(|s| s.lines().any(|l| l == "READY=1"))
        })
        .await;
    }

    /// Waits until it is ready, or has ended: then its status comes back.
    ///
    /// # Errors
    /// How it ended.
    ///
    /// # Panics
    /// When neither happens in time.
    pub async fn ready_or_ended(&mut self) -> Result<(), ExitStatus> {
        until("slidged to be ready or to end", || {
            let ready = self.notified().is_some_and(|s| s.lines().any(|l| l == "READY=1"));
            if ready { Some(Ok(())) } else { self.process_mut().exited().map(Err) }
        })
        .await
    }

    /// Limits files that the running daemon writes to this size in bytes; `None` ends that.
    ///
    /// # Panics
    /// When `prlimit` (of util-linux) is missing or refuses.
    pub async fn limit_files(&self, size: Option<u64>) {
        let size = size.map_or_else(|| "unlimited".to_owned(), |size| size.to_string());
        let mut prlimit = tokio::process::Command::new("prlimit");
        prlimit.args(["--pid", &self.process().pid().to_string(), &format!("--fsize={size}:unlimited")]);
        let done = prlimit.status().await.expect("prlimit starts");
        assert!(done.success(), "prlimit: {done}");
    }

    /// Last notification to the service manager, if it is new.
    fn notified(&self) -> Option<String> {
        let mut buffer = [0; 4096];
        let read = self.notify.recv(&mut buffer).ok()?;
        Some(String::from_utf8_lossy(&buffer[..read]).into_owned())
    }

    /// Ends it in order.
    ///
    /// # Panics
    /// When it does not end with success.
    pub async fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal(Signal::TERM);
            let status = process.wait().await;
            assert!(status.success(), "slidged ended with {status}");
        }
    }

    /// `kill -9`.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal(Signal::KILL);
            process.wait().await;
        }
    }

    /// The running daemon.
    ///
    /// # Panics
    /// While it is stopped.
    #[must_use]
    pub fn process(&self) -> &Process {
        self.process.as_ref().expect("slidged runs")
    }

    /// The running daemon.
    ///
    /// # Panics
    /// While it is stopped.
    pub fn process_mut(&mut self) -> &mut Process {
        self.process.as_mut().expect("slidged runs")
    }

    /// Runs `slidged ctl`: whether it succeeded, and what it printed.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn ctl(&self, words: &[&str]) -> (bool, String) {
        let mut ctl = tokio::process::Command::new(binaries::program("slidged"));
        ctl.arg("ctl").arg("--plugin").arg(&self.plugin).arg("--config").arg(&self.config).args(words);
        ctl.env("LC_ALL", "C").current_dir(self.scratch.path());
        let output = ctl.output().await.expect("slidged starts");
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    /// Runs `slidged doctor`: whether all was well, and what it printed.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn doctor(&self, arguments: &[&str]) -> (bool, String) {
        self.says("doctor", arguments).await
    }

    /// Runs another verb with its configuration and environment: whether all was well, and what it
    /// printed.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn says(&self, verb: &str, arguments: &[&str]) -> (bool, String) {
        // Away from the terminal that the tests may run at.
        let mut program = tokio::process::Command::new("setsid");
        program
            .arg("--wait")
            .arg(binaries::program("slidged"))
            .arg(verb)
            .arg("--plugin")
            .arg(&self.plugin)
            .arg("--config")
            .arg(&self.config);
        program.args(arguments).env("LC_ALL", "C").envs(self.env.iter().map(|(name, value)| (name, value)));
        let output = program.current_dir(self.scratch.path()).output().await.expect("slidged starts");
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    /// A file beside its configuration that only its user can read.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn secret_file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.scratch.write(name, text);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("our own file");
        path
    }

    /// State directory.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// Returns the log, over all starts.
    #[must_use]
    pub fn log(&self) -> String {
        let log = fs::read(self.scratch.path().join("slidged.log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Path of the configuration file.
    #[must_use]
    pub fn config(&self) -> &Path {
        &self.config
    }
}

fn config(site: &Site, options: &SlidgedOptions, state: &Path, secret: &Path) -> String {
    let server = options.server.unwrap_or(site.component);
    let database =
        options.database.as_ref().map(|url| format!("[database]\nurl = \"{url}\"\n")).unwrap_or_default();
    let key =
        options.key.as_ref().map(|key| format!("key_file = \"{}\"\n", key.display())).unwrap_or_default();
    format!(
        r#"[component]
jid = "{gateway}"
server = "{server}"
secret_file = "{secret}"

[state]
directory = "{state}"
{key}
[plugin.options]
{plugin_options}

{database}
{more}
"#,
        gateway = site.gateway,
        secret = secret.display(),
        state = state.display(),
        plugin_options = options.plugin_options,
        more = options.more,
    )
}
