//! Trying to lose a message. Each mode runs shortly among the other tests, and for minutes with
//! `cargo xtask chaos` (`LAB_CHAOS_MINUTES`).

mod dice;
mod ground;
mod ledger;
mod length;
mod load;
mod modes;
mod prober;
mod report;
mod talk;
mod trouble;
