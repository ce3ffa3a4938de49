//! Commands for administrators on this machine, at a socket in the state directory.
//!
//! A connection has one request and one answer, each a line of JSON. Whoever can open the socket
//! may do what administrators may, so its file is for the daemon's own user only.

mod protocol;
mod run;
pub(crate) mod words;

use crate::command::Env;
use crate::command::catalog::Commands;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncBufReadExt;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::io::BufReader;
use tokio::net::UnixListener;
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

pub use protocol::{Answer, Column, Request, Table};

/// Longest request, in bytes: a command and its words need far less.
const MAX_REQUEST: u64 = 256 << 10;
/// Most connections at the same time; others wait.
const CONNECTIONS: usize = 16;
/// Time for a request to arrive: clients have it ready when they connect.
const PATIENCE: Duration = Duration::from_secs(10);
/// Name of the socket's file in the state directory.
pub const NAME: &str = "control.sock";

/// Returns the path of the socket of a daemon with this state directory.
#[must_use]
pub fn path(state: &Path) -> PathBuf {
    state.join(NAME)
}

/// Binds the socket. A socket that an earlier daemon left there is replaced; any other file is not.
///
/// # Errors
///
/// When the socket cannot be made, or another file has its name.
pub fn listen(state: &Path) -> io::Result<UnixListener> {
    let path = path(state);
    match std::fs::symlink_metadata(&path) {
        Ok(there) if there.file_type().is_socket() => std::fs::remove_file(&path)?,
        Ok(_) => return Err(io::Error::new(io::ErrorKind::AlreadyExists, "something else has that name")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Serves administrators until the future is dropped.
pub async fn serve(env: Arc<Env>, commands: Arc<Commands>, listener: UnixListener) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // The semaphore is never closed.
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let (env, commands) = (env.clone(), commands.clone());
                tokio::spawn(async move {
                    if let Err(error) = answer(env, &commands, stream).await {
                        tracing::debug!(%error, "a connection to the control socket broke");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the control socket does not accept connections");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn answer(env: Arc<Env>, commands: &Commands, mut stream: UnixStream) -> io::Result<()> {
    let (read, mut write) = stream.split();
    let mut line = String::new();
    let mut read = BufReader::new(read.take(MAX_REQUEST));
    timeout(PATIENCE, read.read_line(&mut line)).await.map_err(|_| io::ErrorKind::TimedOut)??;
    let answer = match serde_json::from_str::<Request>(&line) {
        Ok(request) => run::run(env, commands, request).await,
        Err(_) => Answer::Error("that is no request".to_owned()),
    };
    let mut json = serde_json::to_vec(&answer)?;
    json.push(b'\n');
    write.write_all(&json).await
}
