//! Contacts on the user's roster: written through the privilege (XEP-0356), or asked for by subscription requests.

mod entry;

use super::contacts::Contact;
use super::{Session, contacts};
use crate::model::ids::new_id;
use crate::model::ids::valid_id;
use crate::services::roster_group;
use crate::services::{Privilege, RosterError, Services};
use crate::stanza;
use crate::store::{Entry, Outgoing, Write};
use crate::xmpp::link::{IqError, IqType};
use crate::xmpp::roster::{self, Subscription};
use crate::xmpp::{Condition, Xml};
use bytes::Bytes;
use entry::{Before, merged};
use jid::BareJid;
use plugin_api::{Availability, ContactId, ContactInfo, Presence};
use std::collections::{HashMap, HashSet};

/// What a subscription request says to users whose server does not let us write the roster.
const WHY: &str = "I am on your contact list over there.";

impl Session {
    /// The whole contact list of the network: those who are no longer on it stop being friends.
    ///
    /// An empty list ends no friendship. It is far more often a network that is in trouble than a person who has just lost every friend,
    /// and an ended friendship cannot be taken back: the user would have to allow each contact again. They are shown as not available,
    /// and go for good when the network says so of one of them, or with the next list that has somebody on it.
    pub(super) fn fill_contacts(&mut self, list: Vec<ContactInfo>) {
        let listed: HashSet<ContactId> = list.iter().map(|info| info.id.clone()).collect();
        let missing = |(id, contact): &(&ContactId, &Contact)| contact.friend && !listed.contains(*id);
        let missing: Vec<ContactId> =
            self.contacts.iter().filter(missing).map(|(id, _)| id.clone()).collect();
        if list.is_empty() && !missing.is_empty() {
            tracing::warn!(
                friends = missing.len(),
                "the network's contact list is empty: the roster stays as it is"
            );
            for id in missing {
                self.show_presence(&id, Presence::new(Availability::Offline));
            }
        } else {
            for id in missing {
                self.friend_refused(&id, None);
            }
        }
        self.set_contacts(list, true);
    }

    /// What the network tells about contacts. `all` compares all friends with the user's roster, not only those that changed.
    pub(super) fn set_contacts(&mut self, list: Vec<ContactInfo>, all: bool) {
        let mut wanted = Vec::new();
        for mut info in list {
            let id = info.id.clone();
            let (avatar, vcard) = (info.avatar.take(), info.vcard.take());
            let Some(contact) = self.contact_mut(&id) else { continue };
            let before = contact.clone();
            let change = contact.apply(info);
            if change.stored {
                self.store_contact(&id);
            }
            if change.unfriended {
                self.friend_refused(&id, None);
            }
            let Some(contact) = self.contacts.get(&id) else { continue };
            if contact.friend && (all || change.befriended || change.name || change.groups) {
                wanted.push((id.clone(), self.before(&before)));
            }
            // Before they have been announced, that shows them.
            if change.presence && (!all || self.announced) {
                self.show_contact(&id);
            }
            if change.presence {
                self.show_in_rooms(&id);
            }
            // The whole list is told by the roster.
            if change.befriended && !all {
                self.tell_of(&id);
            } else if change.name && !all {
                self.tell_nick(&id);
            }
            if let Some(vcard) = vcard {
                self.set_card(&id, vcard, None);
            }
            if let Some(avatar) = avatar {
                self.set_portrait(id, avatar, None);
            }
        }
        if all || !wanted.is_empty() {
            self.sync_roster(wanted);
        }
    }

    /// The contact of that id, made if need be; none when there are too many.
    pub(super) fn contact_mut(&mut self, id: &ContactId) -> Option<&mut Contact> {
        if !valid_id(id.as_str()) {
            tracing::warn!("the plugin tells of a contact whose id is none: ignored");
            return None;
        }
        if !self.contacts.contains_key(id) && self.contacts.len() >= contacts::MAX_CONTACTS {
            tracing::warn!("too many contacts: one is ignored");
            return None;
        }
        Some(self.contacts.entry(id.clone()).or_default())
    }

    /// Puts one contact on the roster; `again` also if we have done so before.
    pub(super) fn add_to_roster(&mut self, id: ContactId, again: bool) {
        if let Some(contact) = self.contact_mut(&id) {
            contact.friend = true;
            contact.on_roster &= !again;
            let before = contact.clone();
            self.store_contact(&id);
            self.sync_roster([(id, self.before(&before))]);
        }
    }

    /// The server lets us do other things than before: what could only be asked for may be written now.
    pub(super) fn sync_all(&mut self) {
        // Before that, the contact list is still to come, and with it all of this.
        if self.filled {
            let friends = self.contacts.iter().filter(|(_, contact)| contact.friend);
            let friends = friends.map(|(id, contact)| (id.clone(), self.before(contact)));
            self.sync_roster(friends.collect::<Vec<_>>());
        }
    }

    /// What the roster shows of a contact if the user changed nothing.
    fn before(&self, contact: &Contact) -> Before {
        let name = contact.name.as_deref().map(str::to_owned);
        Before { name, groups: self.groups_of(contact), ours: contact.on_roster }
    }

    fn groups_of(&self, contact: &Contact) -> Vec<String> {
        let own = roster_group(&self.services.info);
        // RFC 6121 section 2.1.2.6 has no group twice.
        let others = contact.groups.iter().map(|group| &**group).filter(|group| *group != own);
        std::iter::once(own).chain(others).map(str::to_owned).collect()
    }

    /// Puts friends on the roster. One request at a time: else an older name could arrive last.
    fn sync_roster(&mut self, friends: impl IntoIterator<Item = (ContactId, Before)>) {
        for (id, before) in friends {
            // Of several changes the roster shows what was before the first.
            self.roster.wanted.entry(id).or_insert(before);
        }
        if self.roster.busy {
            return;
        }
        let wanted = std::mem::take(&mut self.roster.wanted);
        if wanted.is_empty() {
            return self.roster_done();
        }
        let access =
            self.services.privileges.of(self.jid.domain().as_str()).map(|p| p.roster).unwrap_or_default();
        let friends: Vec<ContactId> = wanted.keys().cloned().collect();
        if !access.can_set() {
            self.missed(Privilege::Roster);
            self.ask_all(&friends);
            return self.roster_done();
        }
        self.roster.busy = true;
        let items = wanted.into_iter().filter_map(|(id, before)| Some((self.roster_item(&id)?, before)));
        let items: Vec<_> = items.collect();
        let (services, user) = (self.services.clone(), self.jid.clone());
        self.spawn(async move {
            let done = push(&services, &user, items, access.can_get()).await;
            move |session: &mut Session| {
                match done {
                    Ok(()) => friends.iter().for_each(|id| session.written_on_roster(id)),
                    Err(error) => {
                        tracing::warn!(%error, "the roster could not be written; asking for subscriptions");
                        session.ask_all(&friends);
                    }
                }
                session.roster.busy = false;
                session.sync_roster([]);
            }
        });
    }

    /// Nothing is left to be written.
    fn roster_done(&mut self) {
        if self.filled && !self.synced {
            self.synced();
        }
    }

    fn roster_item(&self, id: &ContactId) -> Option<roster::Item> {
        let contact = self.contacts.get(id)?;
        let Before { name, groups, .. } = self.before(contact);
        let jid = BareJid::new(&self.services.address.contact_bare(id)).ok()?;
        Some(roster::Item { jid, name, subscription: Subscription::Both, ask: false, groups })
    }

    /// The server lets the user see the contact from now on, and has dropped what was shown before.
    fn written_on_roster(&mut self, id: &ContactId) {
        let is_new = self.contacts.get(id).is_some_and(|contact| !contact.on_roster);
        self.now_on_roster(id);
        if is_new {
            self.show_contact(id);
        }
    }

    fn now_on_roster(&mut self, id: &ContactId) {
        let new = |contact: &&mut Contact| !contact.on_roster || contact.unanswered;
        if let Some(contact) = self.contacts.get_mut(id).filter(new) {
            (contact.on_roster, contact.unanswered) = (true, false);
            self.store_contact(id);
        }
    }

    /// Subscription requests in the names of contacts: of each once, and of a few that were not answered again, since servers may
    /// drop some of many.
    fn ask_all(&mut self, friends: &[ContactId]) {
        let mut again = ASKED_AGAIN;
        for id in friends {
            if self.contacts.get_mut(id).is_some_and(|contact| contact.asks_for_roster(&mut again)) {
                self.friend_request(id, Some(WHY));
                self.store_contact(id);
            }
        }
    }

    /// The user leaves, and hears so when it is written: they are forgotten, and everything that we put on their roster is taken back (WIRE 2.2). All of it is durable.
    pub(super) fn leave_roster(&self, answer: Option<Bytes>) {
        let unavailable = stanza::PresenceShape {
            from: self.services.address.domain(),
            to: &self.to,
            unavailable: true,
            ..stanza::PresenceShape::default()
        };
        let domain = self.services.address.domain();
        let said = answer.into_iter().chain([unavailable.stanza()]);
        let mut stanzas: Vec<_> = said.map(Outgoing::durable).collect();
        for kind in ["unsubscribe", "unsubscribed"] {
            stanzas.push(Outgoing::durable(stanza::subscription(domain, &self.to, kind, None, None)));
        }
        stanzas.extend(self.off_roster(domain));
        let writes = vec![Write::UserRemove(self.user_id)];
        self.journal.note(Entry { writes, stanzas, ..Entry::default() });
        let ids: Vec<&ContactId> = self.contacts.keys().collect();
        for some in ids.chunks(AT_ONCE) {
            let stanzas = some.iter().flat_map(|id| self.goodbye_of(id)).collect();
            self.journal.note(Entry { stanzas, ..Entry::default() });
        }
        let mut rooms = self.rooms_left().into_iter().peekable();
        while rooms.peek().is_some() {
            self.journal.note(Entry { stanzas: rooms.by_ref().take(AT_ONCE).collect(), ..Entry::default() });
        }
    }

    /// The end between a contact and the user (WIRE 2.2). It must arrive, for nobody comes back to it.
    pub(super) fn goodbye_of(&self, id: &ContactId) -> Vec<Outgoing> {
        let gone = self.unavailable(id, &self.to, None);
        let said = [self.contact_says(id, "unsubscribe"), self.contact_says(id, "unsubscribed"), gone];
        let removed = self.off_roster(&self.services.address.contact_bare(id));
        said.into_iter().map(Outgoing::durable).chain(removed).collect()
    }

    /// Takes an entry off the roster, where we may: without, one with no subscription stays. In order behind the presences, which
    /// servers hand on only while there is an entry; what is answered is of no interest.
    fn off_roster(&self, jid: &str) -> Option<Outgoing> {
        self.services.privileges.of(self.jid.domain().as_str()).filter(|p| p.roster.can_set())?;
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
            .attr("from", self.services.address.domain())
            .attr("to", &self.to);
        roster::write(&mut xml, &[item]);
        Some(Outgoing::durable(xml.finish()))
    }
}

/// What is under way on the user's roster.
#[derive(Default)]
pub(super) struct Sync {
    /// Friends to be put on it next.
    wanted: HashMap<ContactId, Before>,
    /// A request is under way.
    busy: bool,
}

/// Contacts whose requests were not answered that ask once more with a list: no more than servers that count presences let through.
const ASKED_AGAIN: usize = 4;

/// Entries written with one request where the server takes several (Prosody does): a list of thousands takes a few, and none is
/// larger than a server takes.
const AT_ONCE: usize = 50;

/// Writes what differs from what is there, if that can be seen.
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
            // RFC 6121 section 2.1.5 knows only one item, and ejabberd nothing else.
            Err(IqError::Stanza(error)) if error.condition == Condition::BadRequest && some.len() > 1 => {
                one_by_one(services, to, &wanted).await?;
                break;
            }
            done => done?,
        };
    }
    services.rosters.check(user, &wanted).await
}

/// Requests under way at the same time, where each takes one entry.
const TOGETHER: usize = 16;

async fn one_by_one(services: &Services, to: &str, items: &[roster::Item]) -> Result<(), IqError> {
    for some in items.chunks(TOGETHER) {
        let each = some.iter().map(|item| services.rosters.ask(IqType::Set, to, std::slice::from_ref(item)));
        futures_util::future::try_join_all(each).await?;
    }
    Ok(())
}
