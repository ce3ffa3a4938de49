//! The caller of a command.

use crate::language::Language;
use jid::{BareJid, Jid};

/// Caller of a command.
#[derive(Debug, Clone)]
pub struct Caller {
    /// JID of the client; the gateway's own stands for whoever is at the control socket.
    pub jid: Jid,
    /// Language of the caller.
    pub language: Language,
    /// The caller is an administrator of the gateway.
    pub admin: bool,
}

impl Caller {
    /// Returns the caller's bare JID.
    #[must_use]
    pub fn bare(&self) -> BareJid {
        self.jid.to_bare()
    }
}
