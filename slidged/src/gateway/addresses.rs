//! Addresses and ids: of contacts, and of their messages.

use super::Gateway;
use crate::stanza::RESOURCE;
use crate::store::UserId;
use crate::xmpp::address;
use plugin_api::ContactId;

impl Gateway {
    /// The network's id of a message that the user's client knows by a stanza id.
    pub async fn legacy_id(&self, user: UserId, chat: &str, stanza_id: String) -> plugin_api::MessageId {
        match self.store.messages(user).by_xmpp_id(chat, &stanza_id).await {
            Ok(Some(ids)) => (*ids.legacy_id).into(),
            Ok(None) => stanza_id.into(),
            Err(error) => {
                tracing::error!(%error, "a message id could not be looked up");
                stanza_id.into()
            }
        }
    }

    /// A contact's bare JID.
    #[must_use]
    pub fn contact_bare(&self, id: &ContactId) -> String {
        format!("{}@{}", local(id), self.domain)
    }

    /// A contact's JID with its resource.
    #[must_use]
    pub fn contact_full(&self, id: &ContactId) -> String {
        format!("{}@{}/{RESOURCE}", local(id), self.domain)
    }

    /// Who a local part stands for.
    #[must_use]
    pub fn contact_id(&self, local: &str) -> Option<ContactId> {
        address::unescape(local).map(ContactId)
    }

    /// Where contacts appear in the roster.
    #[must_use]
    pub fn roster_group(&self) -> &str {
        if self.info.roster_group.is_empty() { &self.info.component_name } else { &self.info.roster_group }
    }
}

/// A contact's local part. Ids are checked where they come in ([`valid_id`](crate::model::ids::valid_id)); were one not, its address would be
/// nobody's, but one that servers take.
fn local(id: &ContactId) -> String {
    address::escape(id.as_str()).unwrap_or_else(|_| address::NOBODY.to_owned())
}
