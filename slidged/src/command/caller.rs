//! The context of a command.

use super::access::Standing;
use super::env::Env;
use crate::language::Language;
use crate::model::caller::Caller;
use crate::session::SessionHandle;
use plugin_api::Chat;
use std::sync::Arc;

/// Context that a command is run in.
#[derive(Clone)]
pub struct Context {
    /// Services and state of the gateway.
    pub env: Arc<Env>,
    /// User or stranger who runs the command.
    pub caller: Caller,
    /// Contact or room that the command is run on.
    pub on: Option<Chat>,
    /// Arguments typed after the command's word, in a chat.
    pub arguments: Vec<String>,
}

impl Context {
    /// Returns the caller's language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.caller.language
    }

    /// Returns the caller's present standing with the gateway.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let session = self.session();
        Standing {
            registered: session.is_some(),
            connected: session.is_some_and(|session| session.is_connected()),
            admin: self.caller.admin,
        }
    }

    /// Returns the caller's session, if they are registered.
    #[must_use]
    pub fn session(&self) -> Option<SessionHandle> {
        self.env.users.session(&self.caller.bare())
    }

    /// Returns the name of the network.
    #[must_use]
    pub fn network(&self) -> &str {
        &self.env.services.info.component_name
    }
}
