//! Users, and what a plugin starts with.

use super::{Form, messages};
use std::collections::BTreeMap;

/// Data that a plugin keeps for a user (`legacy_module_data`): credentials, tokens, device keys.
/// Encrypted at rest.
pub type Data = BTreeMap<String, String>;

messages! {
    /// Parameters of a gateway that the daemon starts.
    pub struct Start {
        /// Name of this gateway, for threads and logs: `superduper`.
        name: String,
        /// JID of the component: `gw.example.org`.
        jid: String,
        /// Number of threads of the plugin's runtime: `plugin.threads` of the configuration, two by
        /// default.
        threads: u32,
        /// Directory for files of the plugin: exists, and is its own. Files that the plugin names
        /// must be in it.
        data_dir: String,
        /// Table `[plugin.options]` of the configuration, checked against
        /// [`Info::options`](super::Info::options).
        options: BTreeMap<String, String>,
    }
    /// A registered user, or one who is about to be. slidge: `GatewayUser`.
    pub struct User {
        /// Bare JID: `juliet@example.org`.
        jid: String,
        /// Data that registration stored, and what the plugin changed since. slidge:
        /// `legacy_module_data`.
        data: Data,
        /// Answers to the preferences, by [`Field::var`](super::Field::var). slidge: `preferences`.
        preferences: Form,
    }
    /// End of a QR registration, told by the plugin.
    pub struct QrOutcome {
        /// Data that is added to what [`Gateway::validate`](crate::Gateway::validate) returned, and
        /// kept as the user's.
        data: Data,
        /// Reason of a failure, in the user's words; none: it worked.
        error: Option<String>,
    }
}

impl QrOutcome {
    /// The network has let the user in.
    pub fn confirmed(data: Data) -> Self {
        QrOutcome { data, error: None }
    }

    /// Reports a failure, for a reason in the user's words.
    pub fn failed(why: impl Into<String>) -> Self {
        QrOutcome { error: Some(why.into()), ..QrOutcome::default() }
    }
}
