//! Prosody with the configuration that we give to administrators.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::client::Client;
use crate::port;
use crate::process::{Process, Program, Signal};
use crate::server::{PASSWORD, Server};
use crate::site::Site;
use crate::temp_dir::TempDir;
use crate::tree::Tree;

/// The repository's own file, whose very text is loaded.
#[must_use]
pub(crate) fn config_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../config")
        .canonicalize()
        .expect("the repository's config directory")
}

/// A Prosody of our own: `config/prosody.cfg.lua`, and on top of it what a throw-away server on
/// loopback needs.
#[derive(Debug)]
pub struct Prosody {
    process: Option<Process>,
    site: Site,
    http: SocketAddr,
    tree: Option<Tree>,
    scratch: TempDir,
}

impl Prosody {
    /// Starts one in a directory of its own.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Self {
        Self::start_with(None, "").await
    }

    /// Starts one below `root` and with `extra` at the end of its configuration.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_with(root: Option<&Path>, extra: &str) -> Self {
        Self::begin(None, TempDir::below(root, "prosody"), extra).await
    }

    /// Starts the one of another Debian.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_in(tree: &Tree) -> Self {
        Self::begin(Some(tree.clone()), TempDir::inside(tree, "prosody"), "").await
    }

    /// Starts one whose data are in memory: for what measures others. Its archive does not share a
    /// disk with them then, where each message costs several flushes.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_in_memory() -> Self {
        Self::begin(None, TempDir::in_memory("prosody"), "").await
    }

    async fn begin(tree: Option<Tree>, scratch: TempDir, extra: &str) -> Self {
        let site = Site {
            domain: "example.org",
            gateway: "gw.example.org",
            secret: "the-secret-of-the-lab",
            c2s: port::free(),
            component: port::free(),
        };
        let mut prosody = Prosody { process: None, site, http: port::free(), tree, scratch };
        let ours =
            fs::read_to_string(config_dir().join("prosody.cfg.lua")).expect("the repository's own file");
        prosody.scratch.write("ours.cfg.lua", &ours);
        let overlay = prosody.overlay(extra);
        prosody.scratch.write("prosody.cfg.lua", &overlay);
        prosody.resume().await;
        prosody
    }

    fn overlay(&self, extra: &str) -> String {
        let Site { domain, gateway, secret, c2s, component } = &self.site;
        let (c2s, component, http) = (c2s.port(), component.port(), self.http.port());
        let data = self.scratch.seen_by(self.tree.as_ref());
        let data = data.display();
        format!(
            r#"
Include "{data}/ours.cfg.lua"

-- The lab's: everything on loopback, in one directory, without TLS, passwords as they are, as whoever runs the tests.
data_path = "{data}"
pidfile = "{data}/prosody.pid"
log = {{ {level} = "*console" }}
run_as_root = true
modules_disabled = {{ "s2s"; "s2s_bidi"; "dialback"; "limits"; "tls" }}
interfaces = {{ "127.0.0.1" }}
local_interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {c2s} }}
c2s_direct_tls_ports = {{ }}
component_ports = {{ {component} }}
http_ports = {{ {http} }}
http_interfaces = {{ "127.0.0.1" }}
https_ports = {{ }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
disable_sasl_mechanisms = {{ "SCRAM-SHA-1"; "SCRAM-SHA-256"; "SCRAM-SHA-1-PLUS"; "SCRAM-SHA-256-PLUS" }}

VirtualHost "{domain}"
	http_host = "127.0.0.1"

Component "upload.{domain}" "http_file_share"
	http_host = "127.0.0.1"
	http_external_url = "http://127.0.0.1:{http}/"

Component "{gateway}"
	component_secret = "{secret}"
{extra}
"#,
            level = std::env::var("LAB_PROSODY_LOG").unwrap_or_else(|_| "info".into()),
        )
    }

    /// A client on another host of this server, one that `extra` has told of.
    ///
    /// # Panics
    /// When it is not online in time, or the names are none.
    pub async fn client_of(&self, name: &str, domain: &str) -> Client {
        self.account_of(name, domain);
        let jid = format!("{name}@{domain}").parse().expect("an address");
        Client::connect(jid, PASSWORD, self.site.c2s).await
    }

    /// Writes the account's file: Prosody reads it when the user logs in, and a thousand of them
    /// cost nothing.
    fn account_of(&self, name: &str, domain: &str) {
        let path = format!("{}/accounts/{name}.dat", domain.replace('.', "%2e"));
        if !self.scratch.path().join(&path).exists() {
            self.scratch.write(&path, &format!("return {{ [\"password\"] = \"{PASSWORD}\"; }};\n"));
        }
    }

    /// Starts it again after [`stop`](Self::stop) or [`kill`](Self::kill), on the same ports and
    /// data.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn resume(&mut self) {
        let config = self.scratch.seen_by(self.tree.as_ref()).join("prosody.cfg.lua");
        let program = Program::of(self.tree.as_ref(), "prosody").args(["-F", "--config"]).args([&config]);
        let program = program.dir(self.scratch.path());
        let mut process = program.start(&self.scratch.path().join("prosody.log"));
        process.listens_on(self.site.c2s).await;
        process.listens_on(self.site.component).await;
        self.process = Some(process);
    }

    /// Ends it in order: it tells its clients and components.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal(Signal::TERM);
            process.wait().await;
        }
    }

    /// Ends it as a power cut would.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal(Signal::KILL);
            process.wait().await;
        }
    }

    /// Stops it in order and starts it again.
    ///
    /// # Panics
    /// When it does not end or start.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.resume().await;
    }

    /// The running server.
    ///
    /// # Panics
    /// While it is stopped.
    #[must_use]
    pub fn process(&self) -> &Process {
        self.process.as_ref().expect("Prosody runs")
    }
}

impl Server for Prosody {
    fn site(&self) -> &Site {
        &self.site
    }

    async fn account(&self, name: &str) {
        self.account_of(name, self.site.domain);
    }
}
