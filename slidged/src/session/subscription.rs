//! Presence subscriptions between the user and contacts (RFC 6121 section 3).

use crate::model::ids::new_id;
use crate::say;
use crate::session::contacts::Contact;
use crate::session::pep_events::tell_of;
use crate::session::presence::probe;
use crate::session::presence::show_contact;
use crate::session::presence::unavailable;
use crate::session::presence::unknown_presence;
use crate::session::state::Session;
use crate::stanza;
use crate::store::Entry;
use crate::store::Outgoing;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use crate::xmpp::Xml;
use crate::xmpp::roster;
use crate::xmpp::roster::Subscription;
use bytes::Bytes;
use jid::BareJid;
use plugin_api::ContactId;
use plugin_api::RemoteSession;
use std::sync::Arc;

/// Handles a presence of the user to a contact.
pub(in crate::session) fn contact_presence(session: &mut Session, id: ContactId, stanza: &Stanza) {
    let from = stanza.from.as_ref().map(ToString::to_string).unwrap_or_default();
    let friend = session.contacts.get(&id).is_some_and(|contact| contact.friend);
    let text = stanza.child("status", crate::xmpp::ns::CLIENT).map(minidom::Element::text);
    let answers = matches!(stanza.type_str(), "subscribe" | "subscribed" | "unsubscribe" | "unsubscribed");
    let waits = |contact: &mut Contact| std::mem::take(&mut contact.unanswered);
    if answers && session.contacts.get_mut(&id).is_some_and(waits) {
        session.store_contact(&id);
    }
    match stanza.type_str() {
        "probe" => probe(session, &id, &from),
        "subscribe" if friend => {
            session.send(contact_says(session, &id, "subscribed"));
            subscribed(session, &id);
        }
        "subscribe" => {
            let (stanza, key) = (stanza.clone(), id.clone());
            let call =
                move |remote: Arc<RemoteSession>| async move { remote.on_friend_request(id, text).await };
            session.call_plugin(key, "on_friend_request", call, move |session, error| {
                session.refuse(&stanza, error);
            });
        }
        "subscribed" => subscribed_by_user(session, id, friend),
        "unsubscribe" => {
            session.send(contact_says(session, &id, "unsubscribed"));
            unfriend(session, id, text);
        }
        // This only ends the contact's view of the user (RFC 6121 section 3.2): a friendship goes
        // on.
        "unsubscribed" => refused_by_user(session, id, text),
        // Directed presence and errors do not concern contacts.
        "" | "unavailable" | "error" => {}
        _ => unknown_presence(session, stanza),
    }
}

/// Makes a subscription stanza from a contact's bare JID.
pub(in crate::session) fn contact_says(session: &Session, id: &ContactId, kind: &str) -> Bytes {
    stanza::subscription(&session.services.address.contact_bare(id), &session.user.address, kind, None, None)
}

/// Shows a contact whom the user can see from now on.
fn subscribed(session: &mut Session, id: &ContactId) {
    show_contact(session, id);
    tell_of(session, id);
}

/// Handles that the user lets the contact see them.
fn subscribed_by_user(session: &mut Session, id: ContactId, friend: bool) {
    if let Some(contact) = session.contacts.get_mut(&id) {
        contact.asks = false;
    }
    if friend {
        show_contact(session, &id);
    }
    let (key, asked) = (id.clone(), id.clone());
    let call = move |remote: Arc<RemoteSession>| async move { remote.on_friend_accept(id).await };
    session.call_plugin(key, "on_friend_accept", call, move |session, error| {
        // A repeated approval is no wish of the user's.
        if !friend {
            not_done(session, &asked, error);
        }
    });
}

/// Tells the user that the network did not carry out a decision about a contact. An error stanza
/// would not be shown: clients expect no answer here.
fn not_done(session: &Session, id: &ContactId, error: &StanzaError) {
    if error.condition == Condition::FeatureNotImplemented {
        // The network has nothing of the kind.
        return;
    }
    let who = session.nick_of(id).unwrap_or(id.as_str());
    let (why, network) = (error.text.as_deref().unwrap_or_default(), &session.services.info.component_name);
    session.gateway_message(&say!(
        session.user.language,
        "friend-not-changed",
        who = who,
        network = network,
        why = why
    ));
}

/// Handles that the user removed the contact.
fn unfriend(session: &mut Session, id: ContactId, text: Option<String>) {
    if let Some(contact) = session.contacts.get_mut(&id).filter(|contact| contact.friend) {
        contact.friend = false;
        contact.on_roster = false;
        session.store_contact(&id);
        end_there(session, id, text);
    }
}

/// Handles that the user does not want a contact who asked.
fn refused_by_user(session: &mut Session, id: ContactId, text: Option<String>) {
    if session.contacts.get_mut(&id).is_some_and(|contact| std::mem::take(&mut contact.asks)) {
        end_there(session, id, text);
    }
}

/// Ends a friendship on the network, or the request for one.
fn end_there(session: &mut Session, id: ContactId, text: Option<String>) {
    let (key, told) = (id.clone(), id.clone());
    let call = move |remote: Arc<RemoteSession>| async move { remote.on_friend_delete(id, text).await };
    session.call_plugin(key, "on_friend_delete", call, move |session, error| not_done(session, &told, error));
}

/// Handles a contact's wish to be the user's friend.
pub(in crate::session) fn friend_request(session: &mut Session, id: &ContactId, text: Option<&str>) {
    if let Some(contact) = session.contact_mut(id) {
        contact.asks = !contact.friend;
    }
    let nick = session.nick_of(id);
    let from = session.services.address.contact_bare(id);
    session.deliver_stanzas([stanza::subscription(&from, &session.user.address, "subscribe", text, nick)]);
}

/// Handles that the contact accepted the user's request.
pub(in crate::session) fn friend_accepted(session: &mut Session, id: &ContactId, text: Option<&str>) {
    if let Some(contact) = session.contact_mut(id) {
        contact.friend = true;
        session.store_contact(id);
    }
    let from = session.services.address.contact_bare(id);
    session.deliver_stanzas([stanza::subscription(&from, &session.user.address, "subscribed", text, None)]);
    subscribed(session, id);
}

/// Handles that the contact refused the user's request, or ended the friendship.
pub(in crate::session) fn friend_refused(session: &mut Session, id: &ContactId, text: Option<&str>) {
    let mut seen = false;
    if let Some(contact) = session.contacts.get_mut(id) {
        seen = std::mem::take(&mut contact.friend) && contact.is_available();
        contact.on_roster = false;
        session.store_contact(id);
    }
    // The presence goes first: servers pass on none of somebody whom the user is not subscribed to
    // (RFC 6121 section 3.2.1).
    let gone =
        (seen && session.presence.contacts).then(|| unavailable(session, id, &session.user.address, None));
    let from = session.services.address.contact_bare(id);
    let end = stanza::subscription(&from, &session.user.address, "unsubscribed", text, None);
    session.deliver_stanzas(gone.into_iter().chain([end]));
}

/// Handles that the contact leaves the network's list: takes it off the roster, as far as the
/// server allows.
pub(in crate::session) fn remove_contact(session: &mut Session, id: &ContactId) {
    if session.contacts.remove(id).is_some() {
        session.delete_contact(id);
        let stanzas = goodbye_of(session, id);
        session.writer.note(Entry { stanzas, ..Entry::default() });
    }
}

/// Ends the subscriptions between a contact and the user. The stanzas are durable, since nothing
/// sends them again.
pub(in crate::session) fn goodbye_of(session: &Session, id: &ContactId) -> Vec<Outgoing> {
    let gone = unavailable(session, id, &session.user.address, None);
    let said = [contact_says(session, id, "unsubscribe"), contact_says(session, id, "unsubscribed"), gone];
    let removed = off_roster(session, &session.services.address.contact_bare(id));
    said.into_iter().map(Outgoing::durable).chain(removed).collect()
}

/// Takes an entry off the roster, where the gateway may: otherwise one without a subscription
/// stays. It comes behind the presences, which servers pass on only while there is an entry; the
/// answer is of no interest.
pub(in crate::session) fn off_roster(session: &Session, jid: &str) -> Option<Outgoing> {
    session.services.privileges.of(session.user.jid.domain().as_str()).filter(|p| p.roster.can_set())?;
    let item = roster::Item {
        jid: BareJid::new(jid).ok()?,
        name: None,
        subscription: Subscription::Remove,
        ask: false,
        groups: Vec::new(),
    };
    let mut xml = Xml::new();
    xml.open("iq")
        .attr("type", "set")
        .attr("id", &new_id())
        .attr("from", session.services.address.domain())
        .attr("to", &session.user.address);
    roster::write(&mut xml, &[item]);
    Some(Outgoing::durable(xml.finish()))
}
