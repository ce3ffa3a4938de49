//! PEP events of contacts to the clients that want them (XEP-0163): all to one that comes online,
//! changes to every one.

use crate::model::pep_interest::PepInterest;
use crate::services;
use crate::services::Services;
use crate::session::contact_avatar;
use crate::session::contacts::Contact;
use crate::session::state::Session;
use crate::session::vcard;
use crate::stanza::pep;
use crate::store::Journal;
use crate::store::StoreError;
use crate::store::UserId;
use crate::xmpp::avatar;
use bytes::Bytes;
use plugin_api::ContactId;
use std::sync::Arc;

/// Contacts that are looked up at a time; their events have some hundred bytes each.
const PAGE: u16 = 200;

/// Sends a client all events that it wants.
pub(in crate::session) fn tell_all(session: &mut Session, to: &str, wants: PepInterest) {
    if wants.avatar
        && let Some(event) = session.services.profile.avatar_event(to)
    {
        session.send(event);
    }
    if wants.nick {
        let friends = session.contacts.iter().filter(|(_, contact)| contact.friend);
        let nicks = friends.filter_map(|(id, contact)| nick_event(session, id, contact, to));
        session.send_all(nicks);
    }
    if wants.avatar || wants.vcard {
        let (services, journal) = (session.services.clone(), session.journal.clone());
        let (user, to) = (session.user.id, to.to_owned());
        session.spawn(async move {
            if let Err(error) = tell_stored(&services, &journal, user, &to, wants).await {
                tracing::error!(%error, "the news of contacts could not be read");
            }
            |_: &mut Session| {}
        });
    }
}

fn nick_event(session: &Session, id: &ContactId, contact: &Contact, to: &str) -> Option<Bytes> {
    contact.name.as_deref().map(|name| pep::nick(&session.services.address.contact_bare(id), to, name))
}

/// Sends the new name of a friend.
pub(in crate::session) fn tell_nick(session: &Session, id: &ContactId) {
    if let Some(contact) = session.contacts.get(id).filter(|contact| contact.friend) {
        let who = session.who_wants(|wants| wants.nick);
        session.send_all(who.filter_map(|to| nick_event(session, id, contact, &to)));
    }
}

/// Sends the new picture of a friend, or that there is none any more.
pub(in crate::session) fn tell_avatar(session: &Session, id: &ContactId, info: Option<avatar::Info<'_>>) {
    if session.contacts.get(id).is_some_and(|contact| contact.friend) {
        let from = session.services.address.contact_bare(id);
        let event = |to: String| match info {
            Some(info) => pep::avatar(&from, &to, info),
            None => pep::no_avatar(&from, &to),
        };
        session.send_all(session.who_wants(|wants| wants.avatar).map(event));
    }
}

/// Sends the events of a contact who has become a friend.
pub(in crate::session) fn tell_of(session: &mut Session, id: &ContactId) {
    tell_nick(session, id);
    let clients: Vec<String> = session.who_wants(|wants| wants.avatar).collect();
    let Some(hash) = session.contacts.get(id).and_then(|contact| contact.avatar.hash()) else { return };
    if clients.is_empty() {
        return;
    }
    let (services, id) = (session.services.clone(), id.clone());
    session.spawn(async move {
        let found = services.store.avatars().get(&hash).await;
        move |session: &mut Session| match found {
            Ok(Some(avatar)) => {
                tell_avatar(session, &id, Some(contact_avatar::info(&avatar)));
            }
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "a picture could not be read"),
        }
    });
}

/// Sends the events that are not in memory: pictures and vCards.
async fn tell_stored(
    services: &Services,
    journal: &Journal,
    user: UserId,
    to: &str,
    wants: PepInterest,
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
                    (services.address.contact_bare(&ContactId::from(&**id)), vcard::parsed(&kept.json));
                pep::card(&jid, to, &vcard::shown(&jid, id, None, &vcard))
            }),
        );
        match page.last() {
            Some((last, _)) if page.len() == usize::from(PAGE) => after = last.clone(),
            _ => return Ok(()),
        }
    }
}
