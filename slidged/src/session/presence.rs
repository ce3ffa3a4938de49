//! Presence, both ways.

use crate::language::Language;
use crate::model::clock::now;
use crate::model::cut;
use crate::model::shown;
use crate::say;
use crate::services;
use crate::session::clients::note_client;
use crate::session::contacts::Contact;
use crate::session::room::leave::client_left;
use crate::session::room::membership::show_in_rooms;
use crate::session::state::Session;
use crate::stanza;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use crate::xmpp::last;
use crate::xmpp::ns;
use crate::xmpp::reply;
use bytes::Bytes;
use plugin_api::Availability;
use plugin_api::ContactId;
use plugin_api::Presence;
use plugin_api::Resource;
use std::borrow::Cow;
use std::time::Duration;

/// Sets the gateway's presence towards the user: remembered for probes, sent when it changed.
pub(in crate::session) fn set_status(session: &mut Session, status: Presence) {
    if session.presence.gateway != status {
        session.presence.gateway = status;
        send_status(session);
    }
}

pub(in crate::session) fn send_status(session: &Session) {
    session.send(status_stanza(session, &session.user.address));
}

fn status_stanza(session: &Session, to: &str) -> Bytes {
    let mut now = Cow::Borrowed(&session.presence.gateway);
    if session.presence.gateway.availability != Availability::Offline
        && !services::database(&session.services).is_well()
    {
        let why = say!(session.user.language, "database-unwell");
        now = Cow::Owned(Presence::new(Availability::Busy).status(why));
    }
    stanza::PresenceShape {
        from: session.services.address.domain(),
        to,
        unavailable: now.availability == Availability::Offline,
        show: shown::show(now.availability),
        status: now.status.as_deref(),
        idle: None,
        caps: Some(session.services.caps.gateway()),
        photo: session.services.profile.photo(),
    }
    .stanza()
}

/// Asks the user's server for their presence (RFC 6121 section 4.3).
pub(in crate::session) fn probe_user(session: &Session) {
    session.send(stanza::subscription(
        session.services.address.domain(),
        &session.user.address,
        "probe",
        None,
        None,
    ));
}

/// Makes a contact's presence, as `to` sees it.
pub(in crate::session) fn presence_of(
    session: &Session,
    id: &ContactId,
    contact: &Contact,
    to: &str,
) -> Bytes {
    let presence = contact.shown().map_or_else(|| Presence::new(Availability::Offline), Presence::from);
    let status = shown::status(&presence, now(), last_seen_in(session));
    let idle = presence.last_seen.and_then(shown::stamp);
    let photo = contact.avatar.photo();
    let can = contact.features.as_deref().unwrap_or(&session.services.info.contact_features);
    stanza::PresenceShape {
        from: &session.services.address.contact_full(id),
        to,
        unavailable: presence.availability == Availability::Offline,
        show: shown::show(presence.availability),
        status: status.as_deref(),
        idle: idle.as_deref(),
        caps: Some(&session.services.caps.contact(&session.services.info, contact.client, can)),
        photo: photo.as_deref(),
    }
    .stanza()
}

/// Returns the language of "Last seen …" in status texts, if the user wants to read that there.
fn last_seen_in(session: &Session) -> Option<Language> {
    let wanted = session.user.preferences.get("last_seen_fallback").is_none_or(|value| value == "true");
    wanted.then_some(session.user.language)
}

/// Handles the presence of a contact that the network tells.
pub(in crate::session) fn show_presence(session: &mut Session, id: &ContactId, presence: Presence) {
    if session.contact_mut(id).is_some_and(|contact| contact.show(presence)) {
        show_contact(session, id);
        show_in_rooms(session, id);
    }
}

/// Shows a contact's presence to the user. Before the contacts have been announced it is not sent,
/// since that shows them all.
pub(in crate::session) fn show_contact(session: &Session, id: &ContactId) {
    if let Some(contact) = session.contacts.get(id).filter(|contact| contact.friend)
        && session.presence.contacts
    {
        session.send(presence_of(session, id, contact, &session.user.address));
    }
}

/// Shows the presence of all friends, once for each time that the server forgot it.
pub(in crate::session) fn announce_contacts(session: &mut Session) {
    if session.presence.contacts
        || !session.connection.is_synced()
        || !session.clients.resources.online()
        || !logged_on(session)
    {
        return;
    }
    session.presence.contacts = true;
    let seen = seen(session).map(|(id, contact)| presence_of(session, id, contact, &session.user.address));
    session.send_all(seen);
}

/// Returns the friends that are shown as available.
fn seen(session: &Session) -> impl Iterator<Item = (&ContactId, &Contact)> {
    session.contacts.iter().filter(|(_, contact)| contact.friend && contact.is_available())
}

/// Shows contacts again whose "last seen" text has become outdated, such as "last seen on Tuesday"
/// (K65).
pub(in crate::session) fn refresh_last_seen(session: &Session, passed: i64) {
    if last_seen_in(session).is_none() {
        return;
    }
    let now = now();
    let aged = |contact: &Contact| {
        let seen = contact.last_seen();
        seen.is_some_and(|seen| shown::has_aged(seen, now, passed))
    };
    for (id, _) in session.contacts.iter().filter(|(_, contact)| aged(contact)) {
        show_contact(session, id);
    }
}

/// Answers how long a contact has been idle (XEP-0012 section 3), if the user may know.
pub(in crate::session) fn last_activity(session: &Session, id: &ContactId, iq: &Stanza) -> Bytes {
    let refuse = |condition| reply::error(iq, &StanzaError::new(condition)).unwrap_or_default();
    let contact = match session.contacts.get(id) {
        Some(contact) if contact.friend => contact,
        Some(_) => return refuse(Condition::Forbidden),
        None => return refuse(Condition::ItemNotFound),
    };
    let seen = contact.last_seen();
    let since = match seen {
        Some(seen) => u64::try_from(now().saturating_sub(seen)).unwrap_or(0),
        None if contact.is_available() => 0,
        None => return refuse(Condition::ItemNotFound),
    };
    reply::result(iq, |xml| last::write(xml, Duration::from_millis(since)))
}

fn logged_on(session: &Session) -> bool {
    session.online().is_some()
}

/// Shows every friend that was available as unavailable, for the reason `why`.
pub(in crate::session) fn contacts_unavailable(session: &mut Session, why: &str) {
    if std::mem::take(&mut session.presence.contacts) {
        let gone = seen(session).map(|(id, _)| unavailable(session, id, &session.user.address, Some(why)));
        session.send_all(gone);
    }
    // A session of the plugin that goes on knows what it told. A new one tells everything, so what
    // it does not tell is not so any more.
    if session.connection.listed().is_none() {
        session.contacts.values_mut().for_each(Contact::forget_presence);
    }
}

/// Makes an unavailable presence of a contact, whatever the network told.
pub(in crate::session) fn unavailable(
    session: &Session,
    id: &ContactId,
    to: &str,
    status: Option<&str>,
) -> Bytes {
    stanza::PresenceShape {
        from: &session.services.address.contact_full(id),
        to,
        unavailable: true,
        status,
        ..stanza::PresenceShape::default()
    }
    .stanza()
}

/// Handles a presence of the user to the gateway itself.
pub(in crate::session) fn user_presence(session: &mut Session, stanza: &Stanza) {
    let Some(from) = &stanza.from else { return };
    match stanza.type_str() {
        "" | "unavailable" => {}
        "probe" => return session.send(status_stanza(session, from.as_str())),
        "subscribe" => {
            session.send(stanza::subscription(
                session.services.address.domain(),
                &session.user.address,
                "subscribed",
                None,
                None,
            ));
            return send_status(session);
        }
        // From now on the gateway may see the user's presence.
        "subscribed" => return probe_user(session),
        // This is the server's answer to a probe, when the gateway may not see the presence.
        "unsubscribed" if !session.presence.subscription_asked => {
            session.presence.subscription_asked = true;
            return session.services.welcome.ask_for_subscription(&session.user.address);
        }
        "unsubscribed" | "unsubscribe" | "error" => return,
        _ => return unknown_presence(session, stanza),
    }
    let Some(resource) = from.resource() else {
        // This is the server's answer to a probe, when no client is online.
        if stanza.type_str() == "unavailable" {
            session.clients.clear();
        }
        return;
    };
    let changed = Resource {
        resource: resource.to_string(),
        availability: availability(stanza),
        status: text(stanza, "status").map(|text| cut::to_bytes(text, MAX_STATUS).into_owned()),
        priority: text(stanza, "priority").and_then(|p| p.trim().parse().ok()).unwrap_or(0),
    };
    let (came, gone) =
        (session.clients.resources.update(changed.clone()), changed.availability == Availability::Offline);
    note_client(session, &changed.resource, stanza, came, gone);
    if gone {
        client_left(session, &changed.resource);
    }
    if !session.clients.resources.online() {
        session.presence.contacts = false;
    }
    announce_contacts(session);
    if session.user.preferences.get("sync_presence").is_none_or(|value| value == "true") {
        let report = session.clients.resources.report(&changed);
        // No contact has an empty id, so these calls have an order of their own.
        session.notify_plugin(ContactId::default(), "on_presence", move |remote| async move {
            remote.on_presence(report).await
        });
    }
}

/// Answers a probe for a contact.
pub(in crate::session) fn probe(session: &Session, id: &ContactId, from: &str) {
    let stanza = match session.contacts.get(id) {
        Some(contact) if contact.friend && (logged_on(session) || session.presence.contacts) => {
            presence_of(session, id, contact, from)
        }
        Some(contact) if contact.friend => unavailable(session, id, from, None),
        _ => {
            stanza::subscription(&session.services.address.contact_bare(id), from, "unsubscribed", None, None)
        }
    };
    session.send(stanza);
}

/// Longest status text of the user, in bytes.
const MAX_STATUS: usize = 1024;

/// Returns the availability of a presence (RFC 6121 section 4.7.2.1); values of `<show/>` that are
/// not defined count as plain availability.
fn availability(stanza: &Stanza) -> Availability {
    if stanza.type_str() == "unavailable" {
        return Availability::Offline;
    }
    match text(stanza, "show").as_deref() {
        Some("away") => Availability::Away,
        Some("xa") => Availability::ExtendedAway,
        Some("dnd") => Availability::Busy,
        Some("chat") => Availability::Chatty,
        _ => Availability::Online,
    }
}

fn text(stanza: &Stanza, name: &str) -> Option<String> {
    stanza.child(name, ns::CLIENT).map(minidom::Element::text).filter(|text| !text.is_empty())
}

/// Refuses a presence of a type that RFC 6121 does not define.
pub(in crate::session) fn unknown_presence(session: &Session, stanza: &Stanza) {
    session.refuse(stanza, &StanzaError::new(Condition::BadRequest));
}
