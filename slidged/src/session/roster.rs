//! Contacts on the user's roster: written through the privilege (XEP-0356), or asked for by
//! subscription requests.

pub(in crate::session) mod entry;

use crate::say;
use crate::services::Privilege;
use crate::services::RosterError;
use crate::services::Services;
use crate::services::roster_group;
use crate::session::avatars::set_avatar;
use crate::session::contacts::Contact;
use crate::session::pep_events::tell_nick;
use crate::session::pep_events::tell_of;
use crate::session::presence::show_contact;
use crate::session::presence::show_presence;
use crate::session::room::leave::rooms_left;
use crate::session::room::membership::show_in_rooms;
use crate::session::state::Session;
use crate::session::state::Signal;
use crate::session::subscription::friend_refused;
use crate::session::subscription::friend_request;
use crate::session::subscription::goodbye_of;
use crate::session::subscription::off_roster;
use crate::session::vcard::set_card;
use crate::stanza;
use crate::store::Entry;
use crate::store::Outgoing;
use crate::store::Write;
use crate::xmpp::Condition;
use crate::xmpp::link::events::IqError;
use crate::xmpp::link::events::IqType;
use crate::xmpp::roster;
use crate::xmpp::roster::Subscription;
use bytes::Bytes;
use entry::Before;
use entry::merged;
use jid::BareJid;
use plugin_api::Availability;
use plugin_api::ContactId;
use plugin_api::ContactInfo;
use plugin_api::Presence;
use std::collections::HashMap;
use std::collections::HashSet;

/// Takes over the whole contact list of the network: contacts who are no longer on it stop being
/// friends.
///
/// An empty list ends no friendship. It is far more often a network that is in trouble than a
/// person who has just lost every friend, and an ended friendship cannot be taken back: the user
/// would have to allow each contact again. They are shown as unavailable, and go for good when the
/// network says so of one of them, or with the next list that has somebody on it.
pub(in crate::session) fn fill_contacts(session: &mut Session, list: Vec<ContactInfo>) {
    let listed: HashSet<ContactId> = list.iter().map(|info| info.id.clone()).collect();
    let missing = |(id, contact): &(&ContactId, &Contact)| contact.friend && !listed.contains(*id);
    let missing: Vec<ContactId> = session.contacts.iter().filter(missing).map(|(id, _)| id.clone()).collect();
    if list.is_empty() && !missing.is_empty() {
        tracing::warn!(
            friends = missing.len(),
            "the network's contact list is empty: the roster stays as it is"
        );
        for id in missing {
            show_presence(session, &id, Presence::new(Availability::Offline));
        }
    } else {
        for id in missing {
            friend_refused(session, &id, None);
        }
    }
    set_contacts(session, list, true);
}

/// Takes over news of the network about contacts. `all` compares all friends with the user's
/// roster, not only those that changed.
pub(in crate::session) fn set_contacts(session: &mut Session, list: Vec<ContactInfo>, all: bool) {
    let mut wanted = Vec::new();
    for mut info in list {
        let id = info.id.clone();
        let (avatar, vcard) = (info.avatar.take(), info.vcard.take());
        let Some(contact) = session.contact_mut(&id) else { continue };
        let before = contact.clone();
        let change = contact.apply(info);
        if change.stored {
            session.store_contact(&id);
        }
        if change.unfriended {
            friend_refused(session, &id, None);
        }
        let Some(contact) = session.contacts.get(&id) else { continue };
        if contact.friend && (all || change.befriended || change.name || change.groups) {
            wanted.push((id.clone(), entry_before(session, &before)));
        }
        // Contacts that have not been announced yet are shown by that.
        if change.presence && (!all || session.presence.contacts) {
            show_contact(session, &id);
        }
        if change.presence {
            show_in_rooms(session, &id);
        }
        // Clients learn names of the whole list from the roster.
        if change.befriended && !all {
            tell_of(session, &id);
        } else if change.name && !all {
            tell_nick(session, &id);
        }
        if let Some(vcard) = vcard {
            set_card(session, &id, vcard, None);
        }
        if let Some(avatar) = avatar {
            set_avatar(session, id, avatar, None);
        }
    }
    if all || !wanted.is_empty() {
        sync_roster(session, wanted);
    }
}

/// Puts one contact on the roster; with `again` also if the gateway has done so before.
pub(in crate::session) fn add_to_roster(session: &mut Session, id: ContactId, again: bool) {
    if let Some(contact) = session.contact_mut(&id) {
        contact.friend = true;
        contact.on_roster &= !again;
        let before = contact.clone();
        session.store_contact(&id);
        sync_roster(session, [(id, entry_before(session, &before))]);
    }
}

/// Writes the roster after the server's privileges have changed: what could only be asked for may
/// be written now.
pub(in crate::session) fn sync_all(session: &mut Session) {
    // Before the contact list has come there is nothing to write, and it brings all of this.
    if session.connection.has_listed() {
        let friends = session.contacts.iter().filter(|(_, contact)| contact.friend);
        let friends = friends.map(|(id, contact)| (id.clone(), entry_before(session, contact)));
        sync_roster(session, friends.collect::<Vec<_>>());
    }
}

/// Returns the entry that the roster shows of a contact if the user changed nothing.
fn entry_before(session: &Session, contact: &Contact) -> Before {
    let name = contact.name.as_deref().map(str::to_owned);
    Before { name, groups: groups_of(session, contact), ours: contact.on_roster }
}

fn groups_of(session: &Session, contact: &Contact) -> Vec<String> {
    let own = roster_group(&session.services.info);
    // RFC 6121 section 2.1.2.6 forbids repeated groups.
    let others = contact.groups.iter().map(|group| &**group).filter(|group| *group != own);
    std::iter::once(own).chain(others).map(str::to_owned).collect()
}

/// Puts friends on the roster. Only one request is under way, else an older name could arrive last.
fn sync_roster(session: &mut Session, friends: impl IntoIterator<Item = (ContactId, Before)>) {
    for (id, before) in friends {
        // Of several changes, the entry before the first is the one that the roster shows.
        session.roster.wanted.entry(id).or_insert(before);
    }
    if session.roster.busy {
        return;
    }
    let wanted = std::mem::take(&mut session.roster.wanted);
    if wanted.is_empty() {
        return roster_done(session);
    }
    let access = session
        .services
        .privileges
        .of(session.user.jid.domain().as_str())
        .map(|p| p.roster)
        .unwrap_or_default();
    let friends: Vec<ContactId> = wanted.keys().cloned().collect();
    if !access.can_set() {
        session.missed(Privilege::Roster);
        ask_all(session, &friends);
        return roster_done(session);
    }
    session.roster.busy = true;
    let items = wanted.into_iter().filter_map(|(id, before)| Some((roster_item(session, &id)?, before)));
    let items: Vec<_> = items.collect();
    let (services, user) = (session.services.clone(), session.user.jid.clone());
    session.spawn(async move {
        let done = push(&services, &user, items, access.can_get()).await;
        move |session: &mut Session| {
            match done {
                Ok(()) => friends.iter().for_each(|id| written_on_roster(session, id)),
                Err(error) => {
                    tracing::warn!(%error, "the roster could not be written; asking for subscriptions");
                    ask_all(session, &friends);
                }
            }
            session.roster.busy = false;
            sync_roster(session, []);
        }
    });
}

/// Notes that nothing is left to be written.
fn roster_done(session: &mut Session) {
    if session.connection.is_syncing() {
        session.signals.push_back(Signal::RosterSynced);
    }
}

fn roster_item(session: &Session, id: &ContactId) -> Option<roster::Item> {
    let contact = session.contacts.get(id)?;
    let Before { name, groups, .. } = entry_before(session, contact);
    let jid = BareJid::new(&session.services.address.contact_bare(id)).ok()?;
    Some(roster::Item { jid, name, subscription: Subscription::Both, ask: false, groups })
}

/// Shows a contact after its entry was written: the server lets the user see it from now on, and
/// has dropped earlier presence.
fn written_on_roster(session: &mut Session, id: &ContactId) {
    let is_new = session.contacts.get(id).is_some_and(|contact| !contact.on_roster);
    now_on_roster(session, id);
    if is_new {
        show_contact(session, id);
    }
}

fn now_on_roster(session: &mut Session, id: &ContactId) {
    let new = |contact: &&mut Contact| !contact.on_roster || contact.unanswered;
    if let Some(contact) = session.contacts.get_mut(id).filter(new) {
        (contact.on_roster, contact.unanswered) = (true, false);
        session.store_contact(id);
    }
}

/// Sends subscription requests in the names of contacts: of each once, and of a few that were not
/// answered again, since servers may drop some of many.
fn ask_all(session: &mut Session, friends: &[ContactId]) {
    let mut again = ASKED_AGAIN;
    for id in friends {
        if session.contacts.get_mut(id).is_some_and(|contact| contact.asks_for_roster(&mut again)) {
            friend_request(session, id, Some(&say!(session.user.language, "contact-request")));
            session.store_contact(id);
        }
    }
}

/// Unregisters the user from the XMPP side: they hear so when it is written, are forgotten, and
/// everything that the gateway put on their roster is taken back. All of it is durable.
pub(in crate::session) fn leave_roster(session: &Session, answer: Option<Bytes>) {
    let unavailable = stanza::PresenceShape {
        from: session.services.address.domain(),
        to: &session.user.address,
        unavailable: true,
        ..stanza::PresenceShape::default()
    };
    let domain = session.services.address.domain();
    let said = answer.into_iter().chain([unavailable.stanza()]);
    let mut stanzas: Vec<_> = said.map(Outgoing::durable).collect();
    for kind in ["unsubscribe", "unsubscribed"] {
        stanzas.push(Outgoing::durable(stanza::subscription(
            domain,
            &session.user.address,
            kind,
            None,
            None,
        )));
    }
    stanzas.extend(off_roster(session, domain));
    let writes = vec![Write::UserRemove(session.user.id)];
    session.journal.note(Entry { writes, stanzas, ..Entry::default() });
    let ids: Vec<&ContactId> = session.contacts.keys().collect();
    for some in ids.chunks(AT_ONCE) {
        let stanzas = some.iter().flat_map(|id| goodbye_of(session, id)).collect();
        session.journal.note(Entry { stanzas, ..Entry::default() });
    }
    let mut rooms = rooms_left(session).into_iter().peekable();
    while rooms.peek().is_some() {
        session.journal.note(Entry { stanzas: rooms.by_ref().take(AT_ONCE).collect(), ..Entry::default() });
    }
}

/// Contacts with an unanswered request that ask once more with a list: no more than servers that
/// count presences let through.
const ASKED_AGAIN: usize = 4;

/// Entries that are written with one request where the server takes several (Prosody does): a list
/// of thousands takes a few requests, and none is larger than a server takes.
const AT_ONCE: usize = 50;

/// Writes the entries that differ from those on the roster, if the roster can be read.
async fn push(
    services: &Services,
    user: &BareJid,
    items: Vec<(roster::Item, Before)>,
    compare: bool,
) -> Result<(), RosterError> {
    let to = user.as_str();
    let known: HashMap<BareJid, roster::Item> = if compare {
        let reply = services.rosters.ask(IqType::Get, to, &[]).await?;
        let items = reply.as_ref().and_then(roster::parse).unwrap_or_default();
        items.into_iter().map(|item| (item.jid.clone(), item)).collect()
    } else {
        HashMap::new()
    };
    let merge = |(item, before): (roster::Item, Before)| {
        let known = known.get(&item.jid);
        merged(item, &before, known)
    };
    let wanted: Vec<roster::Item> = items.into_iter().filter_map(merge).collect();
    for some in wanted.chunks(AT_ONCE) {
        match services.rosters.ask(IqType::Set, to, some).await {
            // RFC 6121 section 2.1.5 has only one item per request, and ejabberd takes no more.
            Err(IqError::Stanza(error)) if error.condition == Condition::BadRequest && some.len() > 1 => {
                one_by_one(services, to, &wanted).await?;
                break;
            }
            done => done?,
        };
    }
    services.rosters.check(user, &wanted).await
}

/// Requests that are under way at the same time, where each takes one entry.
const TOGETHER: usize = 16;

async fn one_by_one(services: &Services, to: &str, items: &[roster::Item]) -> Result<(), IqError> {
    for some in items.chunks(TOGETHER) {
        let each = some.iter().map(|item| services.rosters.ask(IqType::Set, to, std::slice::from_ref(item)));
        futures_util::future::try_join_all(each).await?;
    }
    Ok(())
}
