//! User of a session.

use crate::language::Language;
use crate::services::Account;
use crate::store::UserId;
use jid::BareJid;
use plugin_api::Data;
use plugin_api::Form;

/// User of a session, as registered and as their clients tell.
pub(in crate::session) struct User {
    pub(in crate::session) id: UserId,
    pub(in crate::session) jid: BareJid,
    /// `jid` as text: the `to` of every stanza for the user.
    pub(in crate::session) address: String,
    /// Language of texts for the user, from the `xml:lang` of their clients.
    pub(in crate::session) language: Language,
    /// Data of the registration, which only the plugin understands.
    pub(in crate::session) data: Data,
    pub(in crate::session) preferences: Form,
}

impl User {
    /// Takes over an account.
    pub(in crate::session) fn new(account: Account, language: Language) -> Self {
        User {
            id: account.id,
            address: account.jid.to_string(),
            jid: account.jid,
            language,
            data: account.data,
            preferences: account.preferences,
        }
    }

    /// The user as told to the plugin.
    pub(in crate::session) fn for_plugin(&self) -> plugin_api::User {
        plugin_api::User {
            jid: self.address.clone(),
            data: self.data.clone(),
            preferences: self.preferences.clone(),
        }
    }
}
