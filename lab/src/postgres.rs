//! A throw-away PostgreSQL cluster.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::port;
use crate::process::{Process, Program, Signal};
use crate::scratch::Scratch;

/// A PostgreSQL server with an empty database, trusted on loopback. It forgets everything when it is dropped.
#[derive(Debug)]
pub struct Postgres {
    /// Ended before its directory is removed: fields are dropped in order.
    _process: Process,
    _scratch: Scratch,
    certificate: PathBuf,
    url: String,
}

impl Postgres {
    /// Makes a cluster and starts it, as the user `postgres` when we are root (it refuses to run as root).
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start.
    pub async fn start() -> Self {
        Self::with(false).await
    }

    /// The same, over TLS only, with a certificate that it made itself.
    ///
    /// # Panics
    /// When PostgreSQL or openssl is not installed or does not start.
    pub async fn start_tls() -> Self {
        Self::with(true).await
    }

    async fn with(tls: bool) -> Self {
        let scratch = Scratch::new("postgres");
        let user = if rustix::process::geteuid().is_root() { Some(account("postgres")) } else { None };
        if let Some((uid, gid)) = user {
            let open = fs::Permissions::from_mode(0o755);
            fs::set_permissions(scratch.path(), open)
                .and_then(|()| chown(scratch.path(), Some(uid), Some(gid)))
                .expect("a directory for postgres");
        }
        let (data, log) = (scratch.path().join("data"), scratch.path().join("postgres.log"));
        let mut initdb = Program::as_user(bin("initdb"), user)
            .args(["--auth=trust", "--username=slidged", "--no-sync", "--encoding=UTF8", "--locale=C", "-D"])
            .args([&data])
            .dir(scratch.path())
            .start(&log);
        let status = initdb.wait().await;
        assert!(status.success(), "initdb: {status}\n{}", initdb.log());

        let certificate = scratch.path().join("server.crt");
        if tls {
            make_certificate(&scratch, user).await;
            fs::write(data.join("pg_hba.conf"), "hostssl all all 127.0.0.1/32 trust\n")
                .expect("our own file");
        }
        let address = port::free();
        let settings = [
            format!("ssl={}", if tls { "on" } else { "off" }),
            format!("ssl_cert_file={}", certificate.display()),
            format!("ssl_key_file={}", certificate.with_extension("key").display()),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", address.port()),
            format!("unix_socket_directories={}", scratch.path().display()),
            "fsync=off".into(),
            "max_connections=50".into(),
        ];
        let mut process = Program::as_user(bin("postgres"), user)
            .args(["-D"])
            .args([&data])
            .args(settings.iter().flat_map(|s| ["-c", s]))
            .dir(scratch.path())
            .start(&log);
        // "Immediate shutdown": releases the shared memory, which a kill would leave behind.
        process.last_signal = Signal::QUIT;
        process.says("ready to accept connections").await;
        Postgres {
            _process: process,
            _scratch: scratch,
            certificate,
            url: format!("postgres://slidged@{address}/postgres"),
        }
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

/// What `openssl req` reads. A certificate of an authority could not be a server's as well.
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
async fn make_certificate(scratch: &Scratch, user: Option<(u32, u32)>) {
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
