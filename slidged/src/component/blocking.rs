//! Blocking of contacts (XEP-0191).
//!
//! The user's server keeps the list of blocked contacts and tells nobody; requests that the user
//! sends to the gateway are passed on to the network.

use super::Component;
use crate::command::block;
use crate::{
    language::Language,
    say,
    xmpp::{Condition, Stanza, blocking::Change, reply},
};
use plugin_api::ContactId;
use std::sync::Arc;

/// Most contacts that one request may block: more than a person blocks at once.
const AT_ONCE: usize = 100;

impl Component {
    /// Handles a request to block or unblock contacts, or to list the blocked ones.
    pub(super) fn blocking(self: &Arc<Self>, iq: &Stanza) {
        let language = Language::of(iq.lang.as_deref());
        let session = iq.from.as_ref().and_then(|from| self.users.session(&from.to_bare()));
        let Some(session) = session else { return self.services.refusals.register_first(iq) };
        let Some(change) = Change::parse(iq).filter(|_| self.services.info.contact_features.blocking) else {
            let text = say!(language, "blocking-by-command");
            return self.services.refusals.refuse(iq, Condition::FeatureNotImplemented, &text);
        };
        if change.whom.is_empty() {
            let text = say!(language, "blocking-one-by-one");
            return self.services.refusals.refuse(iq, Condition::FeatureNotImplemented, &text);
        }
        let whom: Option<Vec<ContactId>> =
            change.whom.iter().map(|jid| self.services.address.contact_at(jid)).collect();
        let Some(whom) = whom.filter(|whom| whom.len() <= AT_ONCE) else {
            return self.services.refusals.refuse(
                iq,
                Condition::ItemNotFound,
                &say!(language, "no-such-contact"),
            );
        };
        let Some(remote) = session.remote() else {
            let text = say!(language, "unreachable", network = &self.services.info.component_name);
            return self.services.refusals.refuse(iq, Condition::RecipientUnavailable, &text);
        };
        let component = self.clone();
        self.serve(session.jid(), Stanza { payloads: Vec::new(), ..iq.clone() }, |iq| async move {
            let answer = match block(language, &remote, whom, change.block).await {
                Ok(()) => Some(reply::empty(&iq)),
                Err(error) => reply::error(&iq, &error),
            };
            if let Some(answer) = answer {
                component.services.uplink.send(answer);
            }
        });
    }
}
