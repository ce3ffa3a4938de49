//! The context of a command.

use super::access::Standing;
use super::env::Env;
use crate::language::Language;
use crate::model::caller::Caller;
use crate::session::SessionHandle;
use plugin_api::Chat;
use std::sync::Arc;

/// What a command is run with.
#[derive(Clone)]
pub struct Context {
    /// Where.
    pub env: Arc<Env>,
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
        self.env.users.session(&self.caller.bare())
    }

    /// What the network is called.
    #[must_use]
    pub fn network(&self) -> &str {
        &self.env.services.info.component_name
    }
}
