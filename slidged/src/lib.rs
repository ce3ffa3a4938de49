//! slidged: an XMPP gateway daemon that loads a native plugin for one legacy network.

#![deny(unsafe_code)]

pub mod cli;
pub mod command;
pub mod component;
pub mod config;
pub mod daemon;
pub mod host;
pub mod language;
pub mod media;
pub mod model;
pub mod ops;
pub mod outbox;
pub mod services;
pub mod session;
pub mod stanza;
pub mod store;
pub mod users;
mod vitals;
pub mod xmpp;
