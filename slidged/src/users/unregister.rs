//! The end of a registration (XEP-0077 section 3.2).

use crate::session::Control;
use crate::session::SessionHandle;
use crate::users::Users;
use crate::xmpp::Stanza;
use crate::xmpp::reply;
use futures_util::FutureExt as _;
use std::sync::Arc;

/// Ends a registration in a task of its own; an iq is answered as soon as the end is stored.
pub(crate) fn unregister(users: &Arc<Users>, session: SessionHandle, iq: Option<Stanza>) {
    let told = iq.as_ref().map(reply::empty);
    let uplink = users.services.uplink.clone();
    // Further requests are answered as if they were done: the user is leaving already.
    let Some(place) = users.leaving.enter(session.jid()) else {
        return told.into_iter().for_each(|told| uplink.send(told));
    };
    let registry = users.clone();
    let mut leaving = Box::pin(async move {
        let _place = place;
        if session.ask(|done| Control::Unregister(told.clone(), done)).await.is_some() {
            return;
        }
        tracing::warn!(user = %session.jid(), "the session ended before its user had left");
        match iq {
            Some(iq) if registry.services.index.is_registered(session.jid()) => {
                registry.services.refusals.refuse_stopping(&iq);
            }
            // Another request to leave was faster.
            _ => told.into_iter().for_each(|told| uplink.send(told)),
        }
    });
    // The first part runs here and now, so that a registration that follows at once comes after it.
    if leaving.as_mut().now_or_never().is_none() {
        users.services.tasks.spawn(leaving);
    }
}
