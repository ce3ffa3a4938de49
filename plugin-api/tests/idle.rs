//! Memory of a session that does nothing, on both sides of the boundary together. On its own, since
//! it counts all memory.

use plugin_api::{
    host::{BoxFuture, HostHandler, Plugin},
    prelude::*,
};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Bytes that are allocated now.
static BYTES: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: does what the system's does.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Net;

struct Idle {
    _host: Host,
}

impl Gateway for Net {
    type Session = Idle;

    fn info() -> Info {
        Info::new("net", "Net")
    }

    fn new(_: Start, _: GatewayHost) -> Result<Self> {
        Ok(Net)
    }

    async fn connect(&self, _: User, host: Host) -> Result<Idle> {
        Ok(Idle { _host: host })
    }
}

impl Session for Idle {
    async fn logout(&self) -> Result<()> {
        Ok(())
    }
}

struct FakeHost;

impl HostHandler for FakeHost {
    fn call(&self, operation: &str, _: Vec<u8>) -> BoxFuture<Result<Vec<u8>>> {
        let error = Error::unsupported(operation);
        Box::pin(async { Err(error) })
    }
}

#[tokio::test]
async fn a_session_that_does_nothing_takes_less_than_half_a_kibibyte() {
    const SESSIONS: usize = 1000;
    let start = Start { threads: 1, ..Start::default() };
    let gateway = Plugin::builtin::<Net>("net").start(&start, Arc::new(FakeHost)).await.unwrap();
    let mut sessions = Vec::with_capacity(SESSIONS);
    let before = BYTES.load(Ordering::Relaxed);
    for _ in 0..SESSIONS {
        let session = gateway.connect(&User::default(), Arc::new(FakeHost)).await.unwrap();
        // Whatever is made when it is first used.
        session.logout().await.unwrap();
        sessions.push(session);
    }
    let each = (BYTES.load(Ordering::Relaxed) - before) / SESSIONS;
    assert!(each < 512, "{each} bytes each");
}
