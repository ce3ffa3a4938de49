//! A TCP proxy that breaks on demand.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Stands between two peers on loopback. Dropping it cuts everything.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    faults: watch::Sender<Faults>,
    accepting: JoinHandle<()>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Faults {
    /// Connections that were made before this one are over.
    cut_before: u64,
    /// Connections that were made before this one carry nothing more, and neither end is told.
    dead_before: u64,
    /// Nothing moves, and nothing is lost.
    stalled: bool,
    /// New connections are closed at once.
    refused: bool,
    /// The number of the next connection.
    next: u64,
}

impl Proxy {
    /// Listens on a free port of 127.0.0.1 and connects to `target` for whoever comes.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind(crate::port::free()).await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket's address");
        let (faults, watcher) = watch::channel(Faults::default());
        let numbers = faults.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let mut number = 0;
                numbers.send_modify(|f| {
                    number = f.next;
                    f.next += 1;
                });
                if watcher.borrow().refused {
                    continue;
                }
                // Nobody behind it: the client sees its connection close, as with a proxy in the field.
                if let Ok(server) = TcpStream::connect(target).await {
                    carry(number, client, server, &watcher);
                }
            }
        });
        Proxy { address, faults, accepting }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections have been made through it so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.faults.borrow().next
    }

    /// Ends all connections; new ones work.
    pub fn cut(&self) {
        self.faults.send_modify(|f| f.cut_before = f.next);
    }

    /// Ends all connections and lets no new one in, until [`restore`](Self::restore).
    pub fn down(&self) {
        self.faults.send_modify(|f| {
            f.cut_before = f.next;
            f.refused = true;
        });
    }

    /// Keeps all connections open and moves nothing, until [`restore`](Self::restore): a link that is too slow.
    pub fn stall(&self) {
        self.faults.send_modify(|f| f.stalled = true);
    }

    /// Swallows from now on what is sent over the connections there are, and tells neither end: a peer that lost power, a router that
    /// forgot. New ones work.
    pub fn half_open(&self) {
        self.faults.send_modify(|f| f.dead_before = f.next);
    }

    /// Ends [`stall`](Self::stall) and [`down`](Self::down).
    pub fn restore(&self) {
        self.faults.send_modify(|f| {
            f.stalled = false;
            f.refused = false;
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.down();
    }
}

fn carry(number: u64, client: TcpStream, server: TcpStream, faults: &watch::Receiver<Faults>) {
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::spawn(pump(number, from_client, to_server, faults.clone()));
    tokio::spawn(pump(number, from_server, to_client, faults.clone()));
}

/// Moves bytes one way until the connection is cut or its writer has ended.
async fn pump(
    number: u64,
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut faults: watch::Receiver<Faults>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let now = *faults.borrow_and_update();
        if number < now.cut_before {
            return;
        }
        let dead = number < now.dead_before;
        tokio::select! {
            changed = faults.changed() => if changed.is_err() { return },
            read = from.read(&mut buffer), if !now.stalled => match read {
                // A dead connection does not pass on the end either: it stays until it is cut.
                Ok(0) | Err(_) if dead => { drop(faults.wait_for(|f| number < f.cut_before).await); return }
                Ok(0) | Err(_) => { drop(to.shutdown().await); return }
                Ok(_) if dead => {}
                Ok(n) => tokio::select! {
                    written = to.write_all(&buffer[..n]) => if written.is_err() { return },
                    _ = faults.wait_for(|f| number < f.cut_before) => return,
                },
            },
        }
    }
}
