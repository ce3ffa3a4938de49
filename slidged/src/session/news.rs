//! News of contacts to the clients that want them (XEP-0163): all of it to one that comes online, what changes to every one.

use super::contacts::Contact;
use super::{Session, card};
use crate::model::wants::Wants;
use crate::services::Services;
use crate::services::{self};
use crate::stanza::pep;
use crate::store::{Journal, StoreError, UserId};
use crate::xmpp::avatar;
use bytes::Bytes;
use plugin_api::ContactId;
use std::sync::Arc;

/// Contacts looked up at a time: their news are some hundred bytes each.
const PAGE: u16 = 200;

impl Session {
    /// Tells a client all that it wants to know.
    pub(super) fn tell_all(&mut self, to: &str, wants: Wants) {
        if wants.avatar
            && let Some(event) = self.services.profile.avatar_event(to)
        {
            self.send(event);
        }
        if wants.nick {
            let friends = self.contacts.iter().filter(|(_, contact)| contact.friend);
            let nicks = friends.filter_map(|(id, contact)| self.nick_event(id, contact, to));
            self.send_all(nicks);
        }
        if wants.avatar || wants.vcard {
            let (services, journal) = (self.services.clone(), self.journal.clone());
            let (user, to) = (self.user_id, to.to_owned());
            self.spawn(async move {
                if let Err(error) = tell_stored(&services, &journal, user, &to, wants).await {
                    tracing::error!(%error, "the news of contacts could not be read");
                }
                |_: &mut Session| {}
            });
        }
    }

    fn nick_event(&self, id: &ContactId, contact: &Contact, to: &str) -> Option<Bytes> {
        contact.name.as_deref().map(|name| pep::nick(&self.services.address.contact_bare(id), to, name))
    }

    /// A friend is called something else.
    pub(super) fn tell_nick(&self, id: &ContactId) {
        if let Some(contact) = self.contacts.get(id).filter(|contact| contact.friend) {
            let who = self.who_wants(|wants| wants.nick);
            self.send_all(who.filter_map(|to| self.nick_event(id, contact, &to)));
        }
    }

    /// A friend has another picture, or none any more.
    pub(super) fn tell_avatar(&self, id: &ContactId, info: Option<avatar::Info<'_>>) {
        if self.contacts.get(id).is_some_and(|contact| contact.friend) {
            let from = self.services.address.contact_bare(id);
            let event = |to: String| match info {
                Some(info) => pep::avatar(&from, &to, info),
                None => pep::no_avatar(&from, &to),
            };
            self.send_all(self.who_wants(|wants| wants.avatar).map(event));
        }
    }

    /// Somebody has become a friend: everything of theirs is new.
    pub(super) fn tell_of(&mut self, id: &ContactId) {
        self.tell_nick(id);
        let clients: Vec<String> = self.who_wants(|wants| wants.avatar).collect();
        let Some(hash) = self.contacts.get(id).and_then(|contact| contact.portrait.hash()) else { return };
        if clients.is_empty() {
            return;
        }
        let (services, id) = (self.services.clone(), id.clone());
        self.spawn(async move {
            let found = services.store.avatars().get(&hash).await;
            move |session: &mut Session| match found {
                Ok(Some(avatar)) => session.tell_avatar(&id, Some(super::portrait::info(&avatar))),
                Ok(None) => {}
                Err(error) => tracing::error!(%error, "a picture could not be read"),
            }
        });
    }
}

/// What is not in memory.
async fn tell_stored(
    services: &Services,
    journal: &Journal,
    user: UserId,
    to: &str,
    wants: Wants,
) -> Result<(), StoreError> {
    if wants.avatar {
        tell_avatars(services, journal, user, to).await?;
    }
    if wants.vcard {
        tell_cards(services, journal, user, to).await?;
    }
    Ok(())
}

async fn tell_avatars(
    services: &Services,
    journal: &Journal,
    user: UserId,
    to: &str,
) -> Result<(), StoreError> {
    let mut after: Arc<str> = "".into();
    loop {
        let page = services.store.avatars().of_contacts(user, &after, PAGE).await?;
        services::send_all(
            journal,
            page.iter().map(|of| {
                let from = services.address.contact_bare(&ContactId::from(&*of.legacy_id));
                let info = avatar::Info { id: &of.hash, bytes: of.bytes, width: of.width, height: of.height };
                pep::avatar(&from, to, info)
            }),
        );
        match page.last() {
            Some(last) if page.len() == usize::from(PAGE) => after = last.legacy_id.clone(),
            _ => return Ok(()),
        }
    }
}

async fn tell_cards(
    services: &Services,
    journal: &Journal,
    user: UserId,
    to: &str,
) -> Result<(), StoreError> {
    let mut after: Arc<str> = "".into();
    loop {
        let page = services.store.cards(user).page(&after, PAGE).await?;
        services::send_all(
            journal,
            page.iter().map(|(id, kept)| {
                let (jid, vcard) =
                    (services.address.contact_bare(&ContactId::from(&**id)), card::parsed(&kept.json));
                pep::card(&jid, to, &card::shown(&jid, id, None, &vcard))
            }),
        );
        match page.last() {
            Some((last, _)) if page.len() == usize::from(PAGE) => after = last.clone(),
            _ => return Ok(()),
        }
    }
}
