//! The store and the outbox, on SQLite and on PostgreSQL: the same scenarios for both.

#[macro_use]
mod support;

mod crash;
mod entities;
mod journal;
mod open;
mod pump;
