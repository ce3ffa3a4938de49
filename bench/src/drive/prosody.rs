//! The XMPP server: as little of it as the cases need, so that the gateway is seen.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use super::process::Process;

pub(crate) const SECRET: &str = "secret";
/// Below the range that Linux takes for outgoing connections.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

#[derive(Debug)]
pub(crate) struct Prosody {
    pub(crate) process: Process,
    pub(crate) clients: SocketAddr,
    pub(crate) components: SocketAddr,
    accounts: PathBuf,
}

impl Prosody {
    /// Starts one that knows these components.
    pub(crate) fn start(dir: &Path, components: &[String]) -> io::Result<Self> {
        let [clients, component_port] = [free_port(0)?, free_port(1)?];
        let config = config(dir, clients, component_port, components);
        let path = dir.join("prosody.cfg.lua");
        fs::write(&path, config)?;
        let accounts = dir.join("localhost/accounts");
        fs::create_dir_all(&accounts)?;
        let set_up = |command: &mut std::process::Command| {
            command.args(["-F", "--config"]).arg(&path);
        };
        let mut process = Process::start("prosody", dir, set_up)?;
        for port in [clients, component_port] {
            process.until("listens", || TcpStream::connect(port).ok())?;
        }
        Ok(Prosody { process, clients, components: component_port, accounts })
    }

    /// Makes an account by writing its file, which the server reads when the user logs in.
    pub(crate) fn account(&self, name: &str) -> io::Result<()> {
        fs::write(self.accounts.join(format!("{name}.dat")), "return { [\"password\"] = \"pw\"; };\n")
    }
}

/// A free port of 127.0.0.1. Runs side by side look in different places first.
pub(crate) fn free_port(number: u32) -> io::Result<SocketAddr> {
    let all = u32::from(PORTS.end - PORTS.start);
    for step in 0..all {
        let at = (std::process::id().wrapping_mul(40) + number + step) % all;
        let port = PORTS.start + u16::try_from(at).unwrap_or(0);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    Err(crate::failed("no port of 127.0.0.1 is free"))
}

fn config(dir: &Path, clients: SocketAddr, component_port: SocketAddr, components: &[String]) -> String {
    let (data, clients, component_port) = (dir.display(), clients.port(), component_port.port());
    let privileged: String = components
        .iter()
        .map(|jid| format!("\t\t[\"{jid}\"] = {{ roster = \"both\"; message = \"outgoing\" }};\n"))
        .collect();
    let components: String = components
        .iter()
        .map(|jid| {
            format!(
                "Component \"{jid}\"\n\tcomponent_secret = \"{SECRET}\"\n\tmodules_enabled = {{ \"privilege\" }}\n"
            )
        })
        .collect();
    format!(
        r#"
data_path = "{data}"
pidfile = "{data}/prosody.pid"
log = {{ warn = "*console" }}
run_as_root = true
modules_enabled = {{ "roster"; "saslauth"; "disco"; "posix"; "privilege" }}
modules_disabled = {{ "s2s"; "s2s_bidi"; "dialback"; "limits"; "tls" }}
interfaces = {{ "127.0.0.1" }}
local_interfaces = {{ "127.0.0.1" }}
component_interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {clients} }}
c2s_direct_tls_ports = {{ }}
component_ports = {{ {component_port} }}
http_ports = {{ }}
https_ports = {{ }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
disable_sasl_mechanisms = {{ "SCRAM-SHA-1"; "SCRAM-SHA-256"; "SCRAM-SHA-1-PLUS"; "SCRAM-SHA-256-PLUS" }}
component_conflict_resolve = "kick_old"

VirtualHost "localhost"
	privileged_entities = {{
{privileged}	}}

{components}"#
    )
}
