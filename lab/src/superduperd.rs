//! The example network's chat server.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::binaries;
use crate::port;
use crate::process::{Process, Program, Signal};
use crate::temp_dir::TempDir;

/// A `superduperd` of our own.
#[derive(Debug)]
pub struct Superduperd {
    process: Option<Process>,
    address: SocketAddr,
    http: SocketAddr,
    more: Vec<String>,
    scratch: TempDir,
}

impl Superduperd {
    /// Starts one in a directory of its own.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Self {
        Self::start_with(None, &[]).await
    }

    /// Starts one below `root`.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_below(root: Option<&Path>) -> Self {
        Self::start_with(root, &[]).await
    }

    /// Starts one with further arguments.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_with(root: Option<&Path>, more: &[&str]) -> Self {
        let scratch = TempDir::below(root, "superduperd");
        let more = more.iter().map(|&arg| arg.to_owned()).collect();
        let mut server =
            Superduperd { process: None, address: port::free(), http: port::free(), more, scratch };
        server.resume().await;
        server
    }

    /// Address for clients, who speak newline-delimited JSON: see its PROTOCOL.md.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// TOML for the `[plugin.options]` of a gateway to it.
    #[must_use]
    pub fn plugin_options(&self) -> String {
        format!("server = \"{}\"\n", self.address)
    }

    /// Environment of a gateway to this network, which lets it fetch files from loopback.
    #[must_use]
    pub fn gateway_env(&self) -> Vec<(String, String)> {
        self.gateway_env_trusting(&[])
    }

    /// Environment of a gateway that trusts other servers as well.
    #[must_use]
    pub fn gateway_env_trusting(&self, others: &[String]) -> Vec<(String, String)> {
        let own = format!("http://{}", self.http);
        let all: Vec<_> = others.iter().chain([&own]).map(|origin| format!("\"{origin}\"")).collect();
        vec![("SLIDGED_MEDIA_TRUSTED".to_owned(), format!("[{}]", all.join(", ")))]
    }

    fn state(&self) -> PathBuf {
        self.scratch.path().join("state")
    }

    /// Makes the request that contains `text` older by `ms` milliseconds. To be used while it is
    /// stopped.
    ///
    /// # Panics
    /// When there is not exactly one, or the server still runs.
    pub fn age(&self, text: &str, ms: u64) {
        assert!(self.process.is_none(), "a running server does not read its journal");
        let path = self.state().join("journal.jsonl");
        let journal = fs::read_to_string(&path).expect("the server's journal");
        assert_eq!(journal.lines().filter(|l| l.contains(text)).count(), 1, "one request about {text:?}");
        let line = |line: &str| {
            if !line.contains(text) {
                return line.to_owned();
            }
            let mut record: serde_json::Value = serde_json::from_str(line).expect("a line of the journal");
            let at = record["at"].as_u64().expect("a change has its time");
            record["at"] = (at - ms).into();
            record.to_string()
        };
        let aged: Vec<_> = journal.lines().map(line).collect();
        fs::write(&path, aged.join("\n") + "\n").expect("the server's journal");
    }

    /// Starts it again on the same ports and with the same state.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn resume(&mut self) {
        let mut process = Program::new(binaries::program("superduperd"))
            .args(["--listen", &self.address.to_string(), "--http", &self.http.to_string()])
            .args(["--faults".as_ref(), "--state".as_ref(), self.state().as_path()])
            .args(&self.more)
            .dir(self.scratch.path())
            .start(&self.scratch.path().join("superduperd.log"));
        process.listens_on(self.address).await;
        self.process = Some(process);
    }

    /// Kills it.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal(Signal::KILL);
            process.wait().await;
        }
    }
}
