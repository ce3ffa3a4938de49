//! Pictures and files: made, looked at, made smaller, fetched, brought to where clients can fetch
//! them. Knows nothing of XMPP.

pub mod address;
pub mod aesgcm;
pub mod animate;
pub mod avatar;
pub mod facts;
pub mod fetch;
pub mod guests;
pub mod kind;
pub mod own;
pub mod picture;
pub mod places;
pub mod qr;
pub mod reach;
pub mod serve;
pub mod shelf;
pub mod slots;
pub mod source;
pub mod spool;
pub mod thumbnail;
pub mod unreached;
pub mod upload;
