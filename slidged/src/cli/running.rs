//! Gateways that run on this machine, found by their control sockets: whatever their state
//! directory is called.

use crate::command::control;
use crate::command::control::Answer;
use crate::command::control::Request;
use crate::config::Component;
use crate::config::State;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::ToSocketAddrs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

/// Larger answers are cut by nothing but this: a table of all users of a large server. Bytes.
const MAX_ANSWER: u64 = 64 << 20;
/// Time for a gateway to say which one it is, which needs nothing that it could wait for.
pub(super) const SOON: Duration = Duration::from_secs(3);
/// The sockets of this machine (proc(5)).
const SOCKETS: &str = "/proc/net/unix";
/// The mark in [`SOCKETS`] of one that takes connections.
const LISTENING: &str = "00010000";

/// Result of looking for a running gateway.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Running {
    /// None that would be in the way.
    Nobody,
    /// A gateway with the component and server of this configuration, and its state directory.
    Here(PathBuf),
    /// A process that does not say which gateway it is, and the reason.
    Unknown(PathBuf, String),
}

/// Looks for a gateway that is this component.
pub(super) fn find(component: &Component) -> Running {
    let mut found = Running::Nobody;
    for socket in sockets() {
        let state = || socket.parent().unwrap_or(&socket).to_owned();
        let request = Request { words: vec![control::words::COMPONENT.into()], yes: false, language: None };
        match ask(&socket, &request, SOON) {
            Ok(Answer::Done { text, .. }) if is(&text, component) => return Running::Here(state()),
            // Another gateway, or another program.
            Ok(_) => {}
            Err(error) if stays_unknown(&error) && is_state(&state()) => {
                found = Running::Unknown(state(), error.to_string());
            }
            // It has just ended, or is another program's.
            Err(_) => {}
        }
    }
    found
}

/// Asks the gateway behind a socket.
///
/// # Errors
///
/// Nobody is there, or nobody who answers.
pub(super) fn ask(socket: &Path, request: &Request, patience: Duration) -> io::Result<Answer> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(patience))?;
    let mut json = serde_json::to_vec(request)?;
    json.push(b'\n');
    stream.write_all(&json)?;
    let mut line = String::new();
    BufReader::new(stream.take(MAX_ANSWER)).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

fn stays_unknown(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// Whether a directory looks like the state of a gateway: other programs have sockets of that name
/// too.
fn is_state(directory: &Path) -> bool {
    directory.starts_with(State::ROOT) || directory.join(State::KEY_NAME).exists()
}

fn sockets() -> BTreeSet<PathBuf> {
    // Without it (another system) there is nothing to find them by.
    fs::read_to_string(SOCKETS).unwrap_or_default().lines().filter_map(socket).collect()
}

/// The path in a line of [`SOCKETS`], if gateways call theirs so.
fn socket(line: &str) -> Option<PathBuf> {
    let mut fields = line.splitn(8, ' ').filter(|field| !field.is_empty());
    let flags = fields.nth(3)?;
    let path = Path::new(line.get(line.find(" /")? + 1..)?);
    (flags == LISTENING && path.file_name()? == control::NAME).then(|| path.to_owned())
}

/// Whether a gateway that says so is this component.
fn is(said: &str, component: &Component) -> bool {
    let Some((jid, server)) = said.split_once(' ') else { return false };
    let wanted = component.server.to_string();
    jid == component.jid.as_str()
        && (server == wanted || places(server).iter().any(|at| places(&wanted).contains(at)))
}

/// Socket addresses of a server: there are several ways to write an address.
fn places(server: &str) -> Vec<SocketAddr> {
    server.to_socket_addrs().map(Iterator::collect).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "\
Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 20 /var/lib/slidged/whatsapp/control.sock
0000000000000000: 00000003 00000000 00000000 0001 03 21 /var/lib/slidged/whatsapp/control.sock
0000000000000000: 00000002 00000000 00010000 0001 01 22 /srv/my gateway/control.sock
0000000000000000: 00000002 00000000 00010000 0001 01 23 @/tmp/dbus
0000000000000000: 00000002 00000000 00010000 0001 01 24 /run/other.sock
0000000000000000: 00000002 00000000 00000000 0002 01 25
";

    #[test]
    fn sockets_of_gateways_are_known_by_their_name() {
        let found: Vec<_> = LINES.lines().filter_map(socket).collect();
        let expected = ["/var/lib/slidged/whatsapp/control.sock", "/srv/my gateway/control.sock"];
        assert_eq!(found, expected.map(PathBuf::from));
    }

    #[test]
    fn a_gateway_is_known_by_its_domain_and_its_server() {
        let component = |server: &str| Component {
            jid: "gw.example.org".parse().unwrap(),
            server: server.parse().unwrap(),
            secret_file: None,
        };
        assert!(is("gw.example.org 127.0.0.1:5347", &component("127.0.0.1")));
        assert!(is("gw.example.org localhost:5347", &component("127.0.0.1")));
        assert!(is("gw.example.org unix:/run/x", &component("unix:/run/x")));
        assert!(!is("gw.example.org 127.0.0.1:5348", &component("127.0.0.1")));
        assert!(!is("other.example.org 127.0.0.1:5347", &component("127.0.0.1")));
        assert!(!is("", &component("127.0.0.1")));
    }
}
