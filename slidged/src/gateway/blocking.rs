//! Blocking contacts (XEP-0191). The list of who is blocked is kept by the user's server, which tells nobody; what the user sends to us is
//! handed to the network.

use super::Gateway;
use crate::stanza::error::stanza_error;
use crate::{
    language::Language,
    say,
    xmpp::{Condition, Stanza, StanzaError, blocking::Change, reply},
};
use jid::Jid;
use plugin_api::{ContactId, RemoteSession};
use std::sync::Arc;

/// Contacts blocked by one request: more than a person does at once.
const AT_ONCE: usize = 100;

impl Gateway {
    /// A request to block or unblock, or to see who is blocked.
    pub(crate) fn blocking(self: &Arc<Self>, iq: &Stanza) {
        let language = Language::of(iq.lang.as_deref());
        let session = iq.from.as_ref().and_then(|from| self.session(&from.to_bare()));
        let Some(session) = session else { return self.register_first(iq) };
        let Some(change) = Change::parse(iq).filter(|_| self.info.contact_features.blocking) else {
            let text = say!(language, "blocking-by-command");
            return self.refuse(iq, Condition::FeatureNotImplemented, &text);
        };
        if change.whom.is_empty() {
            let text = say!(language, "blocking-one-by-one");
            return self.refuse(iq, Condition::FeatureNotImplemented, &text);
        }
        let whom: Option<Vec<ContactId>> = change.whom.iter().map(|jid| self.contact_at(jid)).collect();
        let Some(whom) = whom.filter(|whom| whom.len() <= AT_ONCE) else {
            return self.refuse(iq, Condition::ItemNotFound, &say!(language, "no-such-contact"));
        };
        let Some(remote) = session.remote() else {
            let text = say!(language, "unreachable", network = &self.info.component_name);
            return self.refuse(iq, Condition::RecipientUnavailable, &text);
        };
        let gateway = self.clone();
        self.serve(session.jid(), Stanza { payloads: Vec::new(), ..iq.clone() }, |iq| async move {
            let answer = match block(&remote, whom, change.block).await {
                Ok(()) => Some(reply::empty(&iq)),
                Err(error) => reply::error(&iq, &error),
            };
            if let Some(answer) = answer {
                gateway.send(answer);
            }
        });
    }

    fn contact_at(&self, jid: &Jid) -> Option<ContactId> {
        let node = jid.node().filter(|_| jid.domain() == self.jid.domain())?;
        self.contact_id(node.as_str())
    }
}

/// Blocks or unblocks contacts on the network.
///
/// # Errors
///
/// What the network says.
pub(crate) async fn block(
    remote: &RemoteSession,
    whom: Vec<ContactId>,
    blocked: bool,
) -> Result<(), StanzaError> {
    for contact in whom {
        remote.on_block(contact, blocked).await.map_err(|error| stanza_error(&error))?;
    }
    Ok(())
}
