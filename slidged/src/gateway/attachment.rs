//! Files that the plugin sends as the gateway. Not done: fetching what is elsewhere, whose address is sent as it is.

use super::{Gateway, new_id, stored};
use crate::{
    store::{Entry, Outgoing},
    xmpp::{Xml, ns},
};
use bytes::Bytes;
use jid::BareJid;
use plugin_api::{Attachment, Condition, Error, Sent};
use std::path::Path;

/// Larger files are not held in memory for one message. Bytes.
const MAX_FILE: u64 = 32 << 20;

impl Gateway {
    /// Uploads a file and sends it to the user, then its caption.
    ///
    /// # Errors
    ///
    /// When there is nothing to send, or no way to.
    pub(crate) async fn attachment_to(&self, user: &BareJid, file: Attachment) -> Result<Sent, Error> {
        let name = file.name.as_deref().unwrap_or("file");
        let url = match (file.data, &file.path, file.url) {
            (Some(data), ..) => {
                Some(self.put(user, name, file.content_type.as_deref(), data.0.into()).await?)
            }
            (None, Some(path), _) => {
                Some(self.put(user, name, file.content_type.as_deref(), read(Path::new(path)).await?).await?)
            }
            (None, None, Some(url)) => {
                stored(self.message_to(user.as_str(), &url).await)?;
                Some(url)
            }
            (None, None, None) => {
                return Err(Error::from(Condition::BadRequest).with_detail("an attachment without a file"));
            }
        };
        if let Some(caption) = file.caption.filter(|caption| !caption.is_empty()) {
            stored(self.message_to(user.as_str(), &caption).await)?;
        }
        Ok(Sent { url, ..Sent::default() })
    }

    async fn put(
        &self,
        user: &BareJid,
        name: &str,
        type_: Option<&str>,
        bytes: Bytes,
    ) -> Result<String, Error> {
        let type_ = type_.unwrap_or("application/octet-stream");
        let sent = self.file_to(user, name, type_, bytes).await;
        sent.map_err(|error| Error::from(Condition::ServiceUnavailable).with_detail(error.to_string()))
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
            .attr_opt("reason", reason)
            .attr_opt("password", password);
        let stanzas = vec![Outgoing::durable(xml.finish())];
        stored(self.journal.submit(Entry { stanzas, ..Entry::default() }).await.map(drop))
    }
}

/// A file of the plugin, if it is one and not too large.
async fn read(path: &Path) -> Result<Bytes, Error> {
    let meta = tokio::fs::metadata(path).await?;
    if !meta.is_file() || meta.len() > MAX_FILE {
        return Err(Error::from(Condition::NotAcceptable).with_detail("no file, or a file that is too large"));
    }
    Ok(tokio::fs::read(path).await?.into())
}
