//! Free ports of the loopback interface.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range that Linux takes for outgoing connections (32768 and up), so that nothing takes
/// a port between our look and the server's start, or while a server is down for a restart.
const FIRST: u16 = 12_000;
const COUNT: u16 = 20_000;
/// Ports for each test process before the next process's ports begin.
const EACH: u16 = 40;

/// A free port of 127.0.0.1. Processes that run side by side look in different places first.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn free() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % u32::from(COUNT / EACH)).unwrap_or(0) * EACH;
    for _ in 0..COUNT {
        let port = FIRST + start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("no port of 127.0.0.1 is free between {FIRST} and {}", FIRST + COUNT)
}
