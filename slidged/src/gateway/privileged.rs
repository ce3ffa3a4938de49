//! Asking in a user's name, where their server lets us (XEP-0356 section 7).

use super::{Gateway, read};
use crate::model::ids::new_id;
use crate::xmpp::{
    Xml,
    link::{IqError, IqType},
    privilege::{self, Access, Privileges},
};
use jid::BareJid;
use minidom::Element;
use std::sync::Arc;

impl Gateway {
    /// What a server lets us do for its users.
    #[must_use]
    pub fn privileges(&self, domain: &str) -> Option<Arc<Privileges>> {
        read(&self.privileges).get(domain).map(|(_, privileges)| privileges.clone())
    }

    /// What the user's server lets us ask in their name, of that namespace.
    #[must_use]
    pub fn may_ask_as(&self, user: &BareJid, namespace: &str) -> Access {
        self.privileges(user.domain().as_str()).map_or(Access::None, |p| p.iq(namespace))
    }

    /// Asks `to` something as the user would; `write` writes the payload. To be used where [`may_ask_as`](Self::may_ask_as) says so: a
    /// server refuses what it did not grant.
    ///
    /// # Errors
    ///
    /// When the answer is an error, or does not come.
    pub async fn ask_as(
        &self,
        user: &BareJid,
        type_: IqType,
        to: &str,
        write: impl FnOnce(&mut Xml),
    ) -> Result<Option<Element>, IqError> {
        let Some(privileges) = self.privileges(user.domain().as_str()) else { return Err(IqError::Gone) };
        let payload = privilege::iq_payload(privileges.namespace, |iq| {
            iq.attr("type", if type_ == IqType::Get { "get" } else { "set" })
                .attr("id", &new_id())
                .attr("from", user.as_str())
                .attr("to", to);
            write(iq);
        });
        let whole = |xml: &mut Xml| {
            xml.raw(&payload);
        };
        let answer = self.ask(type_, user.as_str(), true, whole).await?;
        Ok(privilege::iq_result(answer.as_ref())?.cloned())
    }
}
