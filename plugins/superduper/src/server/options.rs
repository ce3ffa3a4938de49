//! Options of a server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::seed::Seed;

/// Time after which a QR code changes, the same as on the best known network.
pub const QR_REFRESH: Duration = Duration::from_secs(20);

/// Options that a server is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address for clients; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Address that files are served at; port 0 takes a free one.
    pub http: SocketAddr,
    /// Folder in which everything outlives the process. Without it, nothing does.
    pub state: Option<PathBuf>,
    /// Accounts and groups that are created at the start, as far as they do not exist.
    pub seed: Seed,
    /// Whether the requests `fault` and `clear_faults` are obeyed.
    pub faults: bool,
    /// Whether nobody may create an account.
    pub closed: bool,
    /// Time after which a QR code changes.
    pub qr_refresh: Duration,
}

impl Default for Options {
    fn default() -> Options {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Options {
            listen: any,
            http: any,
            state: None,
            seed: Seed::default(),
            faults: false,
            closed: false,
            qr_refresh: QR_REFRESH,
        }
    }
}
