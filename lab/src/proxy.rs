//! A TCP proxy that breaks on demand.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::wait::PATIENCE;

mod commits;
mod stanzas;

use commits::Commits;
use stanzas::Stanzas;

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
    /// The proxy is stalled: nothing moves, and nothing is lost.
    stalled: bool,
    /// New connections are closed at once.
    refused: bool,
    /// The next connection that sends a `COMMIT` is over behind it.
    behind_commit: bool,
    /// Connection that is severed.
    severed: Option<u64>,
    /// Stanzas a second that go from the client to the server.
    pace: Option<u32>,
    /// The number of the next connection.
    next: u64,
}

impl Faults {
    fn cut(&self, number: u64) -> bool {
        number < self.cut_before || self.severed == Some(number)
    }
}

impl Proxy {
    /// Listens on a free port of 127.0.0.1 and connects to `target` for whoever comes.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind(crate::port::free()).await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket's address");
        let faults = watch::Sender::new(Faults::default());
        let numbers = faults.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let mut number = 0;
                numbers.send_modify(|f| {
                    number = f.next;
                    f.next += 1;
                });
                if numbers.borrow().refused {
                    continue;
                }
                // Nobody behind it: the client sees its connection close, as with a proxy in the
                // field.
                if let Ok(server) = TcpStream::connect(target).await {
                    carry(number, client, server, &numbers);
                }
            }
        });
        Proxy { address, faults, accepting }
    }

    /// Address of the proxy.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Number of connections that have been made through the proxy so far.
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

    /// Keeps all connections open and moves nothing, until [`restore`](Self::restore): a link that
    /// is too slow.
    pub fn stall(&self) {
        self.faults.send_modify(|f| f.stalled = true);
    }

    /// Swallows from now on what is sent over the connections there are, and tells neither end: a
    /// peer that lost power, a router that forgot. New ones work.
    pub fn half_open(&self) {
        self.faults.send_modify(|f| f.dead_before = f.next);
    }

    /// Lets the next `COMMIT` through, in front of PostgreSQL, and ends its connection before the
    /// answer.
    pub fn cut_behind_commit(&self) {
        self.faults.send_modify(|f| {
            f.behind_commit = true;
            f.severed = None;
        });
    }

    /// Waits until [`cut_behind_commit`](Self::cut_behind_commit) has happened.
    ///
    /// # Panics
    /// When it does not in time.
    pub async fn committed(&self) {
        let mut faults = self.faults.subscribe();
        let cut = timeout(PATIENCE, faults.wait_for(|f| f.severed.is_some())).await;
        assert!(cut.is_ok(), "nobody has sent a COMMIT in {PATIENCE:?}");
    }

    /// Takes from each client, in front of an XMPP server, no more than so many stanzas a second,
    /// until [`restore`](Self::restore).
    pub fn slow(&self, stanzas: u32) {
        self.faults.send_modify(|f| f.pace = Some(stanzas));
    }

    /// Ends [`stall`](Self::stall), [`down`](Self::down) and [`slow`](Self::slow).
    pub fn restore(&self) {
        self.faults.send_modify(|f| {
            f.stalled = false;
            f.refused = false;
            f.pace = None;
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.down();
    }
}

fn carry(number: u64, client: TcpStream, server: TcpStream, faults: &watch::Sender<Faults>) {
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let back = Pump { number, from: from_server, to: to_client, faults: faults.subscribe() };
    let out = Pump { number, from: from_client, to: to_server, faults: faults.subscribe() };
    tokio::spawn(back.run(|_| None));
    let (mut commits, faults) = (Commits::default(), faults.clone());
    tokio::spawn(out.run(move |bytes| {
        let commit = commits.read(bytes);
        if commit && faults.borrow().behind_commit {
            // Before the bytes go on, so that no answer can be faster.
            faults.send_modify(|f| (f.behind_commit, f.severed) = (false, Some(number)));
        }
        faults.borrow().pace
    }));
}

/// Moves the bytes of a connection one way.
struct Pump {
    number: u64,
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    faults: watch::Receiver<Faults>,
}

impl Pump {
    /// Moves bytes until the connection is cut or its writer has ended. `look` sees them first, and
    /// gives the pace to keep.
    async fn run(mut self, mut look: impl FnMut(&[u8]) -> Option<u32>) {
        let number = self.number;
        let mut buffer = vec![0; 16 * 1024];
        let mut slow = Slow::default();
        loop {
            let now = *self.faults.borrow_and_update();
            if now.cut(number) {
                return;
            }
            let dead = number < now.dead_before;
            tokio::select! {
                // What has been decided goes before what comes.
                biased;
                changed = self.faults.changed() => if changed.is_err() { return },
                read = self.from.read(&mut buffer), if !now.stalled => match read {
                    // A dead connection does not pass on the end either: it stays until it is cut.
                    Ok(0) | Err(_) if dead => { drop(self.faults.wait_for(|f| f.cut(number)).await); return }
                    Ok(0) | Err(_) => { drop(self.to.shutdown().await); return }
                    Ok(_) if dead => {}
                    Ok(n) => {
                        let pace = look(&buffer[..n]);
                        let cut_before = |f: &Faults| number < f.cut_before;
                        tokio::select! {
                            written = slow.write(&mut self.to, &buffer[..n], pace) => if written.is_err() { return },
                            _ = self.faults.wait_for(cut_before) => return,
                        }
                    }
                },
            }
        }
    }
}

/// Keeps a pace.
#[derive(Default)]
struct Slow {
    stanzas: Stanzas,
    /// Time at which the next stanza may go.
    next: Option<Instant>,
}

impl Slow {
    /// Writes all; with a pace, one stanza after the other.
    async fn write(
        &mut self,
        to: &mut OwnedWriteHalf,
        bytes: &[u8],
        pace: Option<u32>,
    ) -> std::io::Result<()> {
        let mut written = 0;
        for end in self.stanzas.ends(bytes) {
            let Some(pace) = pace else { continue };
            let now = Instant::now();
            let at = self.next.unwrap_or(now).max(now);
            tokio::time::sleep_until(at).await;
            self.next = Some(at + Duration::from_secs(1) / pace);
            to.write_all(&bytes[written..end]).await?;
            written = end;
        }
        to.write_all(&bytes[written..]).await
    }
}
