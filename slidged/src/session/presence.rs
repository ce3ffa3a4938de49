//! Presence, both ways (WIRE 2.5).

use super::Session;
use super::contacts::Contact;
use crate::model::clock::now;
use crate::model::{cut, shown};
use crate::say;
use crate::services;
use crate::stanza;
use crate::xmpp::{Condition, Stanza, StanzaError, last, ns, reply};
use bytes::Bytes;
use plugin_api::{Availability, ContactId, Presence, Resource};
use std::{borrow::Cow, time::Duration};

impl Session {
    /// The gateway's presence towards the user: remembered for probes, sent when it changed.
    pub(super) fn set_status(&mut self, status: Presence) {
        if self.status != status {
            self.status = status;
            self.send_status();
        }
    }

    pub(super) fn send_status(&self) {
        self.send(self.status_stanza(&self.to));
    }

    fn status_stanza(&self, to: &str) -> Bytes {
        let mut now = Cow::Borrowed(&self.status);
        if self.status.availability != Availability::Offline && !services::database(&self.services).is_well()
        {
            let why = say!(self.language, "database-unwell");
            now = Cow::Owned(Presence::new(Availability::Busy).status(why));
        }
        stanza::PresenceShape {
            from: self.services.address.domain(),
            to,
            unavailable: now.availability == Availability::Offline,
            show: shown::show(now.availability),
            status: now.status.as_deref(),
            idle: None,
            caps: Some(self.services.caps.gateway()),
            photo: self.services.profile.photo(),
        }
        .stanza()
    }

    /// Asks the user's server for their presence (RFC 6121 section 4.3).
    pub(super) fn probe_user(&self) {
        self.send(stanza::subscription(self.services.address.domain(), &self.to, "probe", None, None));
    }

    /// A contact's presence, as `to` sees it.
    pub(super) fn presence_of(&self, id: &ContactId, contact: &Contact, to: &str) -> Bytes {
        let presence = contact.shown().map_or_else(|| Presence::new(Availability::Offline), Presence::from);
        let status = shown::status(&presence, now(), self.last_seen_fallback());
        let idle = presence.last_seen.and_then(shown::stamp);
        let photo = contact.portrait.photo();
        let can = contact.features.as_deref().unwrap_or(&self.services.info.contact_features);
        stanza::PresenceShape {
            from: &self.services.address.contact_full(id),
            to,
            unavailable: presence.availability == Availability::Offline,
            show: shown::show(presence.availability),
            status: status.as_deref(),
            idle: idle.as_deref(),
            caps: Some(&self.services.caps.contact(&self.services.info, contact.client, can)),
            photo: photo.as_deref(),
        }
        .stanza()
    }

    fn last_seen_fallback(&self) -> bool {
        self.preferences.get("last_seen_fallback").is_none_or(|value| value == "true")
    }

    /// The network tells a contact's presence.
    pub(super) fn show_presence(&mut self, id: &ContactId, presence: Presence) {
        if self.contact_mut(id).is_some_and(|contact| contact.show(presence)) {
            self.show_contact(id);
            self.show_in_rooms(id);
        }
    }

    /// Shows a contact's presence, if anybody can see it. Those that have not been announced are shown when they are.
    pub(super) fn show_contact(&self, id: &ContactId) {
        if let Some(contact) = self.contacts.get(id).filter(|contact| contact.friend)
            && self.announced
        {
            self.send(self.presence_of(id, contact, &self.to));
        }
    }

    /// Shows the presence of all friends, once for each time the server forgot it.
    pub(super) fn announce_contacts(&mut self) {
        if self.announced || !self.synced || !self.resources.online() || !self.logged_on() {
            return;
        }
        self.announced = true;
        let seen = self.seen().map(|(id, contact)| self.presence_of(id, contact, &self.to));
        self.send_all(seen);
    }

    /// The friends that are shown as available.
    fn seen(&self) -> impl Iterator<Item = (&ContactId, &Contact)> {
        self.contacts.iter().filter(|(_, contact)| contact.friend && contact.is_available())
    }

    /// "Last seen on Tuesday" is not true for ever: whom it does not fit any more is shown again (K65).
    pub(super) fn show_aged(&self, passed: i64) {
        if !self.last_seen_fallback() {
            return;
        }
        let now = now();
        let aged = |contact: &Contact| {
            let seen = contact.last_seen();
            seen.is_some_and(|seen| shown::has_aged(seen, now, passed))
        };
        for (id, _) in self.contacts.iter().filter(|(_, contact)| aged(contact)) {
            self.show_contact(id);
        }
    }

    /// How long somebody has not been there (XEP-0012 section 3), if the user may know.
    pub(super) fn last_activity(&self, id: &ContactId, iq: &Stanza) -> Bytes {
        let refuse = |condition| reply::error(iq, &StanzaError::new(condition)).unwrap_or_default();
        let contact = match self.contacts.get(id) {
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

    fn logged_on(&self) -> bool {
        self.online().is_some()
    }

    /// Nobody can be reached: every friend that was available goes.
    pub(super) fn contacts_unavailable(&mut self, why: &str) {
        if std::mem::take(&mut self.announced) {
            let gone = self.seen().map(|(id, _)| self.unavailable(id, &self.to, Some(why)));
            self.send_all(gone);
        }
        // A session of the plugin that goes on knows what it told; a new one tells everything, and what is not told is not so any more.
        if !self.filled || self.remote.is_none() {
            self.contacts.values_mut().for_each(Contact::forget_presence);
        }
    }

    /// A contact who is not there, whatever was told of them.
    pub(super) fn unavailable(&self, id: &ContactId, to: &str, status: Option<&str>) -> Bytes {
        stanza::PresenceShape {
            from: &self.services.address.contact_full(id),
            to,
            unavailable: true,
            status,
            ..stanza::PresenceShape::default()
        }
        .stanza()
    }

    /// The user's presence, sent to the gateway itself.
    pub(super) fn user_presence(&mut self, stanza: &Stanza) {
        let Some(from) = &stanza.from else { return };
        match stanza.type_str() {
            "" | "unavailable" => {}
            "probe" => return self.send(self.status_stanza(from.as_str())),
            "subscribe" => {
                self.send(stanza::subscription(
                    self.services.address.domain(),
                    &self.to,
                    "subscribed",
                    None,
                    None,
                ));
                return self.send_status();
            }
            // The gateway may see them from now on.
            "subscribed" => return self.probe_user(),
            // The server's answer to a probe: it may not, or never was allowed to.
            "unsubscribed" if !self.asked => {
                self.asked = true;
                return self.services.welcome.ask_for_subscription(&self.to);
            }
            "unsubscribed" | "unsubscribe" | "error" => return,
            _ => return self.unknown_presence(stanza),
        }
        let Some(resource) = from.resource() else {
            // The server says that no client is online (the answer to a probe).
            if stanza.type_str() == "unavailable" {
                self.resources.clear();
                self.clients.clear();
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
            (self.resources.update(changed.clone()), changed.availability == Availability::Offline);
        self.note_client(&changed.resource, stanza, came, gone);
        if gone {
            self.client_left(&changed.resource);
        }
        if !self.resources.online() {
            self.announced = false;
        }
        self.announce_contacts();
        if self.preferences.get("sync_presence").is_none_or(|value| value == "true") {
            let report = self.resources.report(&changed);
            // No contact has an empty id: the order of these is their own.
            self.hook(ContactId::default(), "on_presence", move |remote| async move {
                remote.on_presence(report).await
            });
        }
    }

    /// Answers a probe for a contact.
    pub(super) fn probe(&self, id: &ContactId, from: &str) {
        let stanza = match self.contacts.get(id) {
            Some(contact) if contact.friend && (self.logged_on() || self.announced) => {
                self.presence_of(id, contact, from)
            }
            Some(contact) if contact.friend => self.unavailable(id, from, None),
            _ => stanza::subscription(
                &self.services.address.contact_bare(id),
                from,
                "unsubscribed",
                None,
                None,
            ),
        };
        self.send(stanza);
    }

    /// A contact's name, told as a nick (XEP-0172) where the roster cannot.
    pub(super) fn nick_of(&self, id: &ContactId) -> Option<&str> {
        self.contacts.get(id).and_then(|contact| contact.name.as_deref())
    }
}

/// Longer than anybody reads in a contact list, bytes.
const MAX_STATUS: usize = 1024;

/// RFC 6121 section 4.7.2.1; what is not defined counts as plain availability.
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
