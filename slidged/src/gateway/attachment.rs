//! Files and invitations that the plugin sends as the gateway.

use super::Gateway;
use crate::model::ids::new_id;
use crate::store::StoreError;
use crate::{
    store::{Entry, Outgoing},
    xmpp::{Xml, ns, pieces},
};
use jid::BareJid;
use plugin_api::{Attachment, Condition, Error, Sent};

/// Longer than anybody reads of why they are invited. Bytes as XML.
const MAX_REASON: usize = 16 << 10;

impl Gateway {
    /// Brings a file to where the user can fetch it and sends it, then its caption.
    ///
    /// # Errors
    ///
    /// When there is nothing to send, or no way to.
    pub(crate) async fn attachment_to(&self, user: &BareJid, mut file: Attachment) -> Result<Sent, Error> {
        let published = self
            .publish(None, user, &mut file)
            .await
            .map_err(|error| Error::from(Condition::ServiceUnavailable).with_detail(error.to_string()))?;
        self.journal.submit(self.file_message(user, &published)).await.map_err(StoreError::for_plugin)?;
        if let Some(caption) = file.caption.as_deref().filter(|caption| !caption.is_empty()) {
            self.message_to(user.as_str(), caption).await.map_err(StoreError::for_plugin)?;
        }
        Ok(Sent { url: Some(published.url), ..Sent::default() })
    }

    /// Invites the user to a room (XEP-0249), as the gateway.
    ///
    /// # Errors
    ///
    /// When the store failed.
    pub(crate) async fn invite_to(
        &self,
        user: &BareJid,
        room: &str,
        reason: Option<&str>,
        password: Option<&str>,
    ) -> Result<(), Error> {
        let mut xml = Xml::new();
        xml.open("message")
            .attr("from", &self.domain)
            .attr("to", user.as_str())
            .attr("id", &new_id())
            .open_ns("x", ns::CONFERENCE)
            .attr("jid", room)
            .attr_opt("reason", reason.map(|reason| pieces::first(reason, MAX_REASON)).as_deref())
            .attr_opt("password", password);
        let stanzas = vec![Outgoing::durable(xml.finish())];
        self.journal
            .submit(Entry { stanzas, ..Entry::default() })
            .await
            .map(drop)
            .map_err(StoreError::for_plugin)
    }
}
