//! Blocking contacts (XEP-0191). The list of who is blocked is kept by the user's server, which tells nobody; what the user sends to us is
//! handed to the network.

use super::Component;
use crate::command::block;
use crate::{
    language::Language,
    say,
    xmpp::{Condition, Stanza, blocking::Change, reply},
};
use plugin_api::ContactId;
use std::sync::Arc;

/// Contacts blocked by one request: more than a person does at once.
const AT_ONCE: usize = 100;

impl Component {
    /// A request to block or unblock, or to see who is blocked.
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
