//! Restrictions of the reactions in a chat (XEP-0444 section 2.3, K11), which the network knows.

use crate::session::state::Session;
use crate::xmpp::Stanza;
use crate::xmpp::ns;
use crate::xmpp::reactions;
use bytes::Bytes;
use plugin_api::Chat;
use plugin_api::ContactId;
use plugin_api::Error;

/// Answers an iq to a contact without the plugin.
pub(in crate::session) fn answer_for(
    session: &Session,
    id: &ContactId,
    iq: &Stanza,
    allowed: Option<&[String]>,
) -> Bytes {
    let contact = session.contacts.get(id).map(|contact| (contact.client, session.can(id)));
    session.services.contact_disco.answer(iq, contact, allowed)
}

/// Tells whether an iq asks for the features of a contact's client, to which the network may add
/// restrictions.
pub(in crate::session) fn may_be_restricted(session: &Session, contact: &ContactId, iq: &Stanza) -> bool {
    let full = iq.to.as_ref().is_some_and(|to| to.resource().is_some());
    let asks = |p: &minidom::Element| p.is("query", ns::DISCO_INFO) && p.attr("node").is_none();
    full && iq.type_str() == "get"
        && iq.payload().is_some_and(asks)
        && session.can(contact).reaction
        && !session.services.hooks.lacks("available_emojis")
        && session.online().is_some()
}

/// Answers once the network has told the restrictions.
pub(in crate::session) fn tell_restrictions(session: &mut Session, contact: &ContactId, iq: Stanza) {
    let Some(remote) = session.online() else { return };
    let (contact, services) = (contact.clone(), session.services.clone());
    session.spawn(async move {
        let told = remote.available_emojis(Chat::contact(contact.clone()), None).await;
        if told.as_ref().is_err_and(|error| *error == Error::unsupported("available_emojis")) {
            services.hooks.note_lack("available_emojis");
        }
        move |session: &mut Session| {
            let failed = told.as_ref().err().cloned();
            let allowed = told.unwrap_or_default().map(reactions::shown);
            session.send(answer_for(session, &contact, &iq, allowed.as_deref()));
            if let Some(error) = failed {
                session.check_panic(&remote, &error);
            }
        }
    });
}
