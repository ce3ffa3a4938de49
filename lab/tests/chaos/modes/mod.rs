//! One mode each: its name is the file's, its description the file's first line. `cargo xtask
//! chaos` reads both.

mod backlog;
mod commit_cut;
mod commit_late;
mod cuts;
mod disk;
mod kill;
mod locked;
mod network;
mod outage;
mod postgres_forgotten;
mod postgres_killed;
mod postgres_silent;
mod postgres_stopped;
mod twins;
