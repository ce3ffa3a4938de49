//! Presence subscriptions between the user and contacts (RFC 6121 section 3, WIRE 2.5).

use super::{Session, contacts::Contact};
use crate::stanza;
use crate::{
    say,
    store::Entry,
    xmpp::{Condition, Stanza, StanzaError},
};
use bytes::Bytes;
use plugin_api::{ContactId, RemoteSession};
use std::sync::Arc;

impl Session {
    /// A presence of the user to a contact.
    pub(super) fn contact_presence(&mut self, id: ContactId, stanza: &Stanza) {
        let from = stanza.from.as_ref().map(ToString::to_string).unwrap_or_default();
        let friend = self.contacts.get(&id).is_some_and(|contact| contact.friend);
        let text = stanza.child("status", crate::xmpp::ns::CLIENT).map(minidom::Element::text);
        let answers =
            matches!(stanza.type_str(), "subscribe" | "subscribed" | "unsubscribe" | "unsubscribed");
        let waits = |contact: &mut Contact| std::mem::take(&mut contact.unanswered);
        if answers && self.contacts.get_mut(&id).is_some_and(waits) {
            self.store_contact(&id);
        }
        match stanza.type_str() {
            "probe" => self.probe(&id, &from),
            "subscribe" if friend => {
                self.send(self.contact_says(&id, "subscribed"));
                self.subscribed(&id);
            }
            "subscribe" => {
                let (stanza, key) = (stanza.clone(), id.clone());
                let call =
                    move |remote: Arc<RemoteSession>| async move { remote.on_friend_request(id, text).await };
                self.request(key, "on_friend_request", call, move |session, error| {
                    session.refuse(&stanza, error);
                });
            }
            "subscribed" => self.subscribed_by_user(id, friend),
            "unsubscribe" => {
                self.send(self.contact_says(&id, "unsubscribed"));
                self.unfriend(id, text);
            }
            // Only ends what the contact sees of the user (RFC 6121 section 3.2): a friendship goes on.
            "unsubscribed" => self.refused_by_user(id, text),
            // Directed presence, and what comes back: contacts do not care.
            "" | "unavailable" | "error" => {}
            _ => self.unknown_presence(stanza),
        }
    }

    /// A presence of a type that RFC 6121 does not define.
    pub(super) fn unknown_presence(&self, stanza: &Stanza) {
        self.refuse(stanza, &StanzaError::new(Condition::BadRequest));
    }

    /// A subscription stanza from a contact's bare JID.
    pub(super) fn contact_says(&self, id: &ContactId, kind: &str) -> Bytes {
        stanza::subscription(&self.services.address.contact_bare(id), &self.to, kind, None, None)
    }

    /// The user can see the contact from now on: show them.
    fn subscribed(&mut self, id: &ContactId) {
        self.show_contact(id);
        self.tell_of(id);
    }

    /// The user lets the contact see them.
    fn subscribed_by_user(&mut self, id: ContactId, friend: bool) {
        if let Some(contact) = self.contacts.get_mut(&id) {
            contact.asks = false;
        }
        if friend {
            self.show_contact(&id);
        }
        let (key, asked) = (id.clone(), id.clone());
        let call = move |remote: Arc<RemoteSession>| async move { remote.on_friend_accept(id).await };
        self.request(key, "on_friend_accept", call, move |session, error| {
            // To be told that again is no wish.
            if !friend {
                session.not_done(&asked, error);
            }
        });
    }

    /// The network does not have what the user has decided about a contact. An error would not be shown: clients expect no answer here.
    fn not_done(&self, id: &ContactId, error: &StanzaError) {
        if error.condition == Condition::FeatureNotImplemented {
            // There is nothing to be had.
            return;
        }
        let who = self.nick_of(id).unwrap_or(id.as_str());
        let (why, network) = (error.text.as_deref().unwrap_or_default(), &self.services.info.component_name);
        self.gateway_message(&say!(
            self.language,
            "friend-not-changed",
            who = who,
            network = network,
            why = why
        ));
    }

    /// The user removed the contact.
    fn unfriend(&mut self, id: ContactId, text: Option<String>) {
        if let Some(contact) = self.contacts.get_mut(&id).filter(|contact| contact.friend) {
            contact.friend = false;
            contact.on_roster = false;
            self.store_contact(&id);
            self.end_there(id, text);
        }
    }

    /// The user does not want the contact, who asked.
    fn refused_by_user(&mut self, id: ContactId, text: Option<String>) {
        if self.contacts.get_mut(&id).is_some_and(|contact| std::mem::take(&mut contact.asks)) {
            self.end_there(id, text);
        }
    }

    /// Ends a friendship on the network, or the wish for one.
    fn end_there(&mut self, id: ContactId, text: Option<String>) {
        let (key, told) = (id.clone(), id.clone());
        let call = move |remote: Arc<RemoteSession>| async move { remote.on_friend_delete(id, text).await };
        self.request(key, "on_friend_delete", call, move |session, error| session.not_done(&told, error));
    }

    /// The contact wants to be the user's friend.
    pub(super) fn friend_request(&mut self, id: &ContactId, text: Option<&str>) {
        if let Some(contact) = self.contact_mut(id) {
            contact.asks = !contact.friend;
        }
        let nick = self.nick_of(id);
        let from = self.services.address.contact_bare(id);
        self.deliver_stanzas([stanza::subscription(&from, &self.to, "subscribe", text, nick)]);
    }

    /// The contact accepted the user's request.
    pub(super) fn friend_accepted(&mut self, id: &ContactId, text: Option<&str>) {
        if let Some(contact) = self.contact_mut(id) {
            contact.friend = true;
            self.store_contact(id);
        }
        let from = self.services.address.contact_bare(id);
        self.deliver_stanzas([stanza::subscription(&from, &self.to, "subscribed", text, None)]);
        self.subscribed(id);
    }

    /// The contact refused the user's request, or ended the friendship.
    pub(super) fn friend_refused(&mut self, id: &ContactId, text: Option<&str>) {
        let mut seen = false;
        if let Some(contact) = self.contacts.get_mut(id) {
            seen = std::mem::take(&mut contact.friend) && contact.is_available();
            contact.on_roster = false;
            self.store_contact(id);
        }
        // First: servers hand on no presence of somebody whom the user is not subscribed to (RFC 6121 section 3.2.1 has it so).
        let gone = (seen && self.announced).then(|| self.unavailable(id, &self.to, None));
        let from = self.services.address.contact_bare(id);
        let end = stanza::subscription(&from, &self.to, "unsubscribed", text, None);
        self.deliver_stanzas(gone.into_iter().chain([end]));
    }

    /// The contact leaves the network's list: off the roster, as far as we can.
    pub(super) fn remove_contact(&mut self, id: &ContactId) {
        if self.contacts.remove(id).is_some() {
            self.delete_contact(id);
            let stanzas = self.goodbye_of(id);
            self.pen.note(Entry { stanzas, ..Entry::default() });
        }
    }
}
