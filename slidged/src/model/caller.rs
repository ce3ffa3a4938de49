//! The caller of a command.

use crate::language::Language;
use jid::{BareJid, Jid};

/// Somebody who runs commands.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Their client; the gateway itself stands for whoever is at the control socket.
    pub jid: Jid,
    /// What they read.
    pub language: Language,
    /// They administer the gateway.
    pub admin: bool,
}

impl Caller {
    /// Without the resource.
    #[must_use]
    pub fn bare(&self) -> BareJid {
        self.jid.to_bare()
    }
}
