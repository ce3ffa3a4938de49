//! Who runs a command, and what with.

use super::access::Standing;
use crate::{gateway::Gateway, language::Language, session::SessionHandle};
use jid::{BareJid, Jid};
use plugin_api::Chat;
use std::sync::Arc;

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

/// What a command is run with.
#[derive(Clone)]
pub struct Context {
    /// Where.
    pub gateway: Arc<Gateway>,
    /// By whom.
    pub caller: Caller,
    /// The contact or room that it is run on.
    pub on: Option<Chat>,
    /// What was typed behind its word.
    pub arguments: Vec<String>,
}

impl Context {
    /// The caller's language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.caller.language
    }

    /// How the caller stands to the gateway, now.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let session = self.session();
        Standing {
            registered: session.is_some(),
            connected: session.is_some_and(|session| session.is_connected()),
            admin: self.caller.admin,
        }
    }

    /// The caller's session, if they are registered.
    #[must_use]
    pub fn session(&self) -> Option<SessionHandle> {
        self.gateway.session(&self.caller.bare())
    }

    /// What the network is called.
    #[must_use]
    pub fn network(&self) -> &str {
        &self.gateway.info.component_name
    }
}
