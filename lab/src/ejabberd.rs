//! ejabberd with the configuration that we give to administrators.

use std::fs;
use std::path::PathBuf;

use crate::port;
use crate::process::{Process, Program, Signal};
use crate::prosody::config_dir;
use crate::raw;
use crate::server::{PASSWORD, Server};
use crate::site::Site;
use crate::temp_dir::TempDir;
use crate::tree::Tree;

/// An ejabberd of our own: `config/ejabberd.yml` with other ports, and without TLS.
#[derive(Debug)]
pub struct Ejabberd {
    process: Option<Process>,
    site: Site,
    tree: Option<Tree>,
    /// Removed after the process has ended: fields are dropped in order.
    scratch: TempDir,
}

/// Users make their accounts themselves, on loopback and as fast as they like.
const OVERLAY: &str = "
  mod_register:
    ip_access: trusted_network
registration_timeout: infinity
";

/// Privileges that the committed file grants.
const PRIVILEGES: &str = "  mod_privilege:
    roster:
      both: gateway
    message:
      outgoing: gateway
";

/// Lines that the committed file has beside it for later versions.
const NEWER: &str = "    # From ejabberd 24.10 on (Debian 13 has 24.12), also in users' names:
    #iq:
    #  \"http://jabber.org/protocol/pubsub\":
    #    both: gateway
    #  \"http://jabber.org/protocol/pubsub#owner\":
    #    set: gateway
    #  \"urn:xmpp:http:upload:0\":
    #    get: gateway
";

impl Ejabberd {
    /// Starts one in a directory of its own. It has no node name, so it needs no epmd and disturbs
    /// no other ejabberd.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Self {
        Self::granting(PRIVILEGES).await
    }

    /// Starts one that grants the gateway other privileges: what is below `mod_privilege` then.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn granting(privileges: &str) -> Self {
        Self::begin(None, TempDir::new("ejabberd"), privileges).await
    }

    /// Starts the one of another Debian, which knows the privileges of newer versions too if
    /// `newer`.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_in(tree: &Tree, newer: bool) -> Self {
        let scratch = TempDir::inside(tree, "ejabberd");
        let more = if newer { NEWER.replace("\n    #", "\n    ") } else { NEWER.to_owned() };
        Self::begin(Some(tree.clone()), scratch, &format!("{PRIVILEGES}{more}")).await
    }

    async fn begin(tree: Option<Tree>, scratch: TempDir, privileges: &str) -> Self {
        let site = Site {
            domain: "example.org",
            gateway: "gw.example.org",
            secret: "the-secret-of-the-lab",
            c2s: port::free(),
            component: port::free(),
        };
        scratch.write("ejabberd.yml", &config(&site, privileges));
        let mut ejabberd = Ejabberd { process: None, site, tree, scratch };
        ejabberd.resume().await;
        ejabberd
    }

    /// Starts it again after [`stop`](Self::stop), on the same ports and data.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn resume(&mut self) {
        let tree = self.tree.as_ref();
        let dir = self.scratch.seen_by(tree);
        let mut process = Program::of(tree, "erl")
            // With stacks of the usual size, some 3,000 nested elements make ejabberd 23.01 itself
            // crash.
            .args(["+S", "2", "+sss", "8192", "+sbwt", "none", "-noinput", "-mnesia", "dir"])
            .args([format!("\"{}\"", dir.join("mnesia").display()), "-s".into(), "ejabberd".into()])
            .env("EJABBERD_CONFIG_PATH", dir.join("ejabberd.yml"))
            .env("EJABBERD_LOG_PATH", dir.join("ejabberd.log"))
            .env("ERL_CRASH_DUMP_BYTES", "0")
            .env("ERL_LIBS", libraries(tree))
            .env("HOME", &dir)
            .dir(self.scratch.path())
            .start(&self.scratch.path().join("console.log"));
        process.last_signal = Signal::KILL;
        process.listens_on(self.site.c2s).await;
        process.listens_on(self.site.component).await;
        self.process = Some(process);
    }

    /// Ends it in order.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal(Signal::TERM);
            process.wait().await;
        }
    }

    /// The running server.
    ///
    /// # Panics
    /// While it is stopped.
    #[must_use]
    pub fn process(&self) -> &Process {
        self.process.as_ref().expect("ejabberd runs")
    }
}

impl Server for Ejabberd {
    fn site(&self) -> &Site {
        &self.site
    }

    /// Registers in band (XEP-0077); an account that exists is left alone.
    async fn account(&self, name: &str) {
        raw::Raw::register(&self.site, name, PASSWORD).await;
    }
}

/// The committed file with what a lab needs in place of what a server in the field needs. Each is
/// there once, or the file has changed.
fn config(site: &Site, privileges: &str) -> String {
    let path = config_dir().join("ejabberd.yml");
    let mut text =
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("cannot read {}: {e}", path.display()));
    let (http, s2s) = (port::free(), port::free());
    for (field, lab) in [
        ("port: 5222\n    ip: \"::\"", format!("port: {}\n    ip: \"127.0.0.1\"", site.c2s.port())),
        ("port: 5269\n    ip: \"::\"", format!("port: {}\n    ip: \"127.0.0.1\"", s2s.port())),
        ("port: 5443\n    ip: \"::\"", format!("port: {}\n    ip: \"127.0.0.1\"", http.port())),
        ("port: 5347\n", format!("port: {}\n", site.component.port())),
        ("password: \"change-me\"", format!("password: \"{}\"", site.secret)),
        ("starttls_required: true", "starttls: false".into()),
        ("    tls: true\n", String::new()),
        ("https://@HOST@:5443/upload", format!("http://127.0.0.1:{}/upload", http.port())),
        ("certfiles:\n  - \"/etc/ejabberd/ejabberd.pem\"\n", String::new()),
        ("s2s_use_starttls: required", "s2s_use_starttls: optional".into()),
        ("auth_password_format: scram", "auth_password_format: plain".into()),
        ("c2s_shaper:\n    normal: all", "c2s_shaper:\n    none: all".into()),
        (&format!("{PRIVILEGES}{NEWER}"), privileges.to_owned()),
    ] {
        assert_eq!(text.matches(field).count(), 1, "{} has {field:?} not once", path.display());
        text = text.replace(field, &lab);
    }
    text + OVERLAY
}

/// Debian puts ejabberd's code where Erlang does not look by itself.
fn libraries(tree: Option<&Tree>) -> PathBuf {
    let usual = tree.map_or_else(|| PathBuf::from("/usr/lib"), |tree| tree.root().join("usr/lib"));
    let multiarch = fs::read_dir(&usual).into_iter().flatten().flatten().map(|e| e.path());
    let has_ejabberd = |dir: &PathBuf| {
        fs::read_dir(dir)
            .into_iter()
            .flatten()
            .flatten()
            .any(|e| e.file_name().to_string_lossy().starts_with("ejabberd-"))
    };
    let found = multiarch.filter(|d| d.is_dir()).find(has_ejabberd).unwrap_or(usual);
    tree.map_or_else(|| found.clone(), |tree| tree.inside(&found))
}
