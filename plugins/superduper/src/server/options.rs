//! Options of a server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::seed::Seed;

/// How often a QR code changes: as the best known network does it.
pub const QR_REFRESH: Duration = Duration::from_secs(20);

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where clients connect; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where files are served; port 0 takes a free one.
    pub http: SocketAddr,
    /// A folder in which everything outlives the process. Without it, nothing does.
    pub state: Option<PathBuf>,
    /// What is created at the start, as far as it does not exist.
    pub seed: Seed,
    /// Whether the requests `fault` and `clear_faults` are obeyed.
    pub faults: bool,
    /// Whether nobody may create an account.
    pub closed: bool,
    /// How often a QR code changes.
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
