//! The daemon's program.

use std::{alloc::System, process::ExitCode};
use zeroizing_alloc::ZeroAlloc;

/// Overwrites what is freed, by us or by a library, so that no password stays behind in memory.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    slidged::cli::main()
}
