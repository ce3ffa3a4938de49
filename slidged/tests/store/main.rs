//! Store and outbox, on SQLite and on PostgreSQL: the same scenarios for both.

#[macro_use]
mod support;

mod access;
mod archive;
mod crash;
mod entities;
mod export;
mod journal;
mod lanes;
mod open;
mod people;
mod pump;
mod trouble;
