//! A throw-away PostgreSQL cluster.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::port;
use crate::process::{Process, Program, Signal};
use crate::temp_dir::TempDir;
use crate::wait::{PATIENCE, until};

/// A PostgreSQL server with an empty database, trusted on loopback. It forgets everything when it
/// is dropped.
#[derive(Debug)]
pub struct Postgres {
    /// Ended before its directory is removed: fields are dropped in order.
    process: Option<Process>,
    scratch: TempDir,
    user: Option<(u32, u32)>,
    settings: Vec<String>,
    address: SocketAddr,
    certificate: PathBuf,
    url: String,
}

impl Postgres {
    /// Makes a cluster and starts it, as the user `postgres` when we are root (it refuses to run as
    /// root).
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start.
    pub async fn start() -> Self {
        Self::with(false).await
    }

    /// Starts a server that takes TLS only, with a certificate that it made itself.
    ///
    /// # Panics
    /// When PostgreSQL or openssl is not installed or does not start.
    pub async fn start_tls() -> Self {
        Self::with(true).await
    }

    async fn with(tls: bool) -> Self {
        let scratch = TempDir::new("postgres");
        let user = if rustix::process::geteuid().is_root() { Some(account("postgres")) } else { None };
        if let Some((uid, gid)) = user {
            let open = fs::Permissions::from_mode(0o755);
            fs::set_permissions(scratch.path(), open)
                .and_then(|()| chown(scratch.path(), Some(uid), Some(gid)))
                .expect("a directory for postgres");
        }
        let data = scratch.path().join("data");
        let mut initdb = Program::as_user(bin("initdb"), user)
            .args(["--auth=trust", "--username=slidged", "--no-sync", "--encoding=UTF8", "--locale=C", "-D"])
            .args([&data])
            .dir(scratch.path())
            .start(&scratch.path().join("postgres.log"));
        let status = initdb.wait().await;
        assert!(status.success(), "initdb: {status}\n{}", initdb.log());

        let certificate = scratch.path().join("server.crt");
        if tls {
            make_certificate(&scratch, user).await;
            fs::write(data.join("pg_hba.conf"), "hostssl all all 127.0.0.1/32 trust\n")
                .expect("our own file");
        }
        let address = port::free();
        let settings = vec![
            format!("ssl={}", if tls { "on" } else { "off" }),
            format!("ssl_cert_file={}", certificate.display()),
            format!("ssl_key_file={}", certificate.with_extension("key").display()),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", address.port()),
            format!("unix_socket_directories={}", scratch.path().display()),
            "fsync=off".into(),
            "max_connections=50".into(),
        ];
        let url = format!("postgres://slidged@{address}/postgres");
        let mut postgres = Postgres { process: None, scratch, user, settings, address, certificate, url };
        postgres.resume().await;
        postgres
    }

    /// Starts it again after [`stop`](Self::stop) or [`kill`](Self::kill), with the same data and
    /// on the same port.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn resume(&mut self) {
        let log = self.scratch.path().join("postgres.log");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut process = Program::as_user(bin("postgres"), self.user)
                .args(["-D".as_ref(), self.scratch.path().join("data").as_path()])
                .args(self.settings.iter().flat_map(|s| ["-c", s]))
                .dir(self.scratch.path())
                .start(&log);
            // "Immediate shutdown": releases the shared memory, which a kill would leave behind.
            process.last_signal = Signal::QUIT;
            let listens = until("PostgreSQL to listen or to end", || {
                let listens = answers(self.address);
                if listens { Some(true) } else { process.exited().map(|_| false) }
            });
            if listens.await {
                self.process = Some(process);
                return;
            }
            // What was killed leaves processes behind, which end in a moment; it does not start
            // beside them.
            assert!(Instant::now() < deadline, "PostgreSQL does not start:\n{}", process.log());
        }
    }

    /// Ends it at once, as its administrator would in a hurry ("immediate shutdown"): who is
    /// connected is told.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn stop(&mut self) {
        self.end(Signal::QUIT).await;
    }

    /// `kill -9`.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn kill(&mut self) {
        self.end(Signal::KILL).await;
    }

    async fn end(&mut self, signal: Signal) {
        if let Some(mut process) = self.process.take() {
            process.signal(signal);
            process.wait().await;
        }
    }

    /// Changes a setting of the running server; what is under way goes on.
    ///
    /// # Panics
    /// While it is stopped.
    pub fn set(&mut self, name: &str, value: &str) {
        let path = self.scratch.path().join("data/postgresql.auto.conf");
        fs::write(&path, format!("{name} = '{value}'\n")).expect("the server's own file");
        self.process.as_mut().expect("PostgreSQL runs").signal(Signal::HUP);
    }

    /// Address of the server.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The database's address through something that stands before it: a [`Proxy`](crate::Proxy)'s.
    #[must_use]
    pub fn url_by(&self, address: SocketAddr) -> String {
        format!("postgres://slidged@{address}/postgres")
    }

    /// The database's address, as `[database] url` takes it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The server's certificate, if it speaks TLS.
    #[must_use]
    pub fn certificate(&self) -> &Path {
        &self.certificate
    }
}

/// Request for `openssl req`. A certificate of an authority could not be a server's as well.
const REQUEST: &str = "\
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = lab
[extensions]
basicConstraints = critical, CA:FALSE
subjectAltName = IP:127.0.0.1
";

/// Makes `server.crt` and `server.key`, which has to be its owner's alone.
async fn make_certificate(scratch: &TempDir, user: Option<(u32, u32)>) {
    let request = scratch.write("request.cnf", REQUEST);
    let dir = scratch.path();
    let mut openssl = Program::as_user("openssl", user)
        .args("req -x509 -nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -keyout server.key -out server.crt".split(' '))
        .args(["-config".as_ref(), request.as_path()])
        .dir(dir)
        .start(&dir.join("openssl.log"));
    let status = openssl.wait().await;
    assert!(status.success(), "openssl: {status}\n{}", openssl.log());
}

/// Tells whether a server takes connections at an address. One that is starting or recovering
/// answers too, with an error (`57P03`).
fn answers(address: SocketAddr) -> bool {
    let asked = || {
        let mut tcp = TcpStream::connect(address)?;
        tcp.set_read_timeout(Some(Duration::from_secs(1)))?;
        // The start-up message of protocol 3.0: its length, the version, the user, the end.
        let parameters = b"user\0slidged\0database\0postgres\0\0";
        let length = u32::try_from(8 + parameters.len()).unwrap_or_default();
        tcp.write_all(&[&length.to_be_bytes()[..], &[0, 3, 0, 0], parameters].concat())?;
        let mut answer = [0; 512];
        let length = tcp.read(&mut answer)?;
        std::io::Result::Ok(answer[..length].to_vec())
    };
    asked().is_ok_and(|answer| !answer.is_empty() && !answer.windows(5).any(|code| code == b"57P03"))
}

/// PostgreSQL's own programs are not in the path on Debian.
fn bin(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("bin").join(name));
    versions.filter(|p| p.exists()).max().unwrap_or_else(|| name.into())
}

/// A system user's numbers.
fn account(name: &str) -> (u32, u32) {
    let id = |flag| {
        let out = Command::new("id").args([flag, name]).output().ok()?;
        String::from_utf8_lossy(&out.stdout).trim().parse().ok()
    };
    id("-u").zip(id("-g")).unwrap_or_else(|| panic!("there is no user {name}: install postgresql"))
}
