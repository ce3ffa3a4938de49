//! Users, and what a plugin starts with.

use super::{Form, messages};
use std::collections::BTreeMap;

/// What a plugin keeps for a user (`legacy_module_data`): credentials, tokens, device keys.
/// Encrypted at rest.
pub type Data = BTreeMap<String, String>;

messages! {
    /// What the daemon tells a plugin that it starts.
    pub struct Start {
        /// Name of this gateway, for threads and logs.
        name: String,
        /// The component's JID.
        jid: String,
        /// Threads of the plugin's runtime.
        threads: u32,
        /// Where the plugin may keep files; exists, and is its own. Files that it names have to be in it.
        data_dir: String,
        /// `[plugin.options]` of the configuration.
        options: BTreeMap<String, String>,
    }
    /// A registered user, or one who is about to be.
    pub struct User {
        /// The bare JID.
        jid: String,
        /// What registration stored, and what the plugin changed since.
        data: Data,
        /// Preferences, by [`super::Field::var`].
        preferences: Form,
    }
    /// A QR registration's end, told by the plugin.
    pub struct QrOutcome {
        /// Added to what [`Gateway::validate`](crate::Gateway::validate) returned, and kept as the user's data.
        data: Data,
        /// Why it failed, for the user; none means that it worked.
        error: Option<String>,
    }
}

impl QrOutcome {
    /// The network has let the user in.
    pub fn confirmed(data: Data) -> Self {
        QrOutcome { data, error: None }
    }

    /// It has not, for a reason in the user's words.
    pub fn failed(why: impl Into<String>) -> Self {
        QrOutcome { error: Some(why.into()), ..QrOutcome::default() }
    }
}
