//! Pictures and files: made, looked at, made smaller, brought to where clients can fetch them. Knows nothing of XMPP.

pub mod avatar;
pub mod picture;
pub mod qr;
pub mod thumbnail;
pub mod upload;
