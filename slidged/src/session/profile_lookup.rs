//! Requests of the user's clients for profiles of contacts: pictures, vCards, names (XEP-0084,
//! XEP-0292, XEP-0054, XEP-0172).

use crate::language::Language;
use crate::model::clock::now;
use crate::services::Services;
use crate::session::contacts::Contact;
use crate::session::roster::set_contacts;
use crate::session::state::Session;
use crate::session::vcard as card;
use crate::session::vcard::set_card;
use crate::stanza::error::stanza_error;
use crate::store;
use crate::store::StoreError;
use crate::store::UserId;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use crate::xmpp::avatar;
use crate::xmpp::nick;
use crate::xmpp::ns;
use crate::xmpp::pubsub;
use crate::xmpp::pubsub::Items;
use crate::xmpp::reply;
use crate::xmpp::vcard;
use crate::xmpp::vcard4;
use bytes::Bytes;
use plugin_api::ContactId;
use plugin_api::ContactInfo;
use plugin_api::Error;
use plugin_api::RemoteSession;
use plugin_api::VCard;
use std::sync::Arc;

/// Most requests that wait: as many as the mailbox holds. Further ones are refused.
const MAX_WAITING: usize = 1024;
/// Time for which a fetched vCard is shown before the network is asked again, in milliseconds.
const FRESH: i64 = 3600 * 1000;

/// Subject of a request.
#[derive(Debug)]
enum Wanted {
    Items(Items),
    VcardTemp,
    Vcard4,
    /// Identity of somebody whom the user does not know: clients ask for it before they add or
    /// write to anybody.
    Account,
}

impl Wanted {
    fn of(iq: &Stanza) -> Option<Self> {
        let payload = iq.payload().filter(|_| iq.type_str() == "get")?;
        match (payload.name(), payload.ns().as_str()) {
            ("pubsub", ns::PUBSUB) => Items::parse(iq).map(Wanted::Items),
            ("vCard", ns::VCARD_TEMP) => Some(Wanted::VcardTemp),
            ("vcard", ns::VCARD4) => Some(Wanted::Vcard4),
            _ => None,
        }
    }

    fn of_stranger(iq: &Stanza) -> Option<Self> {
        let bare = iq.to.as_ref().is_some_and(|to| to.resource().is_none());
        let asks = |p: &minidom::Element| p.is("query", ns::DISCO_INFO) && p.attr("node").is_none();
        (bare && iq.type_str() == "get" && iq.payload().is_some_and(asks)).then_some(Wanted::Account)
    }
}

/// Answers a request for the profile of a contact; returns false when it is none.
pub(in crate::session) fn handle_profile_query(session: &mut Session, id: &ContactId, iq: &Stanza) -> bool {
    let stranger = || (!session.contacts.contains_key(id)).then(|| Wanted::of_stranger(iq)).flatten();
    let Some(wanted) = Wanted::of(iq).or_else(stranger) else { return false };
    if !admit_query(session, iq) {
        return true;
    }
    let look = ProfileQuery {
        services: session.services.clone(),
        language: session.user.language,
        remote: session.online(),
        user: session.user.id,
        id: id.clone(),
        contact: session.contacts.get(id).cloned(),
        found: None,
        fetched: None,
        failed: None,
    };
    let (turns, iq) = (session.profiles.turns.clone(), iq.clone());
    session.spawn(async move {
        let _turn = turns.acquire_owned().await;
        let mut look = look;
        let answer = match look.answer(&iq, wanted).await {
            Ok(answer) => Some(answer),
            Err(error) => reply::error(&iq, &error),
        };
        move |session: &mut Session| {
            session.profiles.under_way -= 1;
            if let Some(answer) = answer {
                session.send(answer);
            }
            if let Some(info) = look.found {
                set_contacts(session, vec![ContactInfo { id: look.id.clone(), ..info }], false);
            }
            if let Some(vcard) = look.fetched.filter(|_| session.contacts.contains_key(&look.id)) {
                set_card(session, &look.id, vcard, Some(now()));
            }
            if let (Some(error), Some(remote)) = (look.failed, look.remote) {
                session.check_panic(&remote, &error);
            }
        }
    });
    true
}

/// Takes a place for another request. If there is none, the request is refused.
fn admit_query(session: &mut Session, iq: &Stanza) -> bool {
    let may = session.profiles.under_way < MAX_WAITING;
    if may {
        session.profiles.under_way += 1;
    } else {
        session.refuse(iq, &StanzaError::new(Condition::ResourceConstraint));
    }
    may
}

/// Answers with a vCard that has a name and a picture only.
pub(in crate::session) fn show_card(
    session: &mut Session,
    id: &ContactId,
    name: Option<String>,
    hash: Option<String>,
    iq: &Stanza,
) {
    if !admit_query(session, iq) {
        return;
    }
    let (services, id, iq) = (session.services.clone(), id.clone(), iq.clone());
    let turns = session.profiles.turns.clone();
    session.spawn(async move {
        let _turn = turns.acquire_owned().await;
        let answer = async {
            let (jid, vcard) = (services.address.contact_bare(&id), VCard::default());
            let photo = picture(&services, hash).await?;
            let card = card::shown(&jid, id.as_str(), name.as_deref(), &vcard);
            let png = photo.as_ref().map(|avatar| &*avatar.png);
            Ok(reply::result(&iq, |xml| vcard::write(xml, &card, png)))
        };
        let answer = answer.await.or_else(|error: StanzaError| reply::error(&iq, &error).ok_or(()));
        move |session: &mut Session| {
            session.profiles.under_way -= 1;
            if let Ok(answer) = answer {
                session.send(answer);
            }
        }
    });
}

/// Request that is being answered.
struct ProfileQuery {
    services: Arc<Services>,
    language: Language,
    remote: Option<Arc<RemoteSession>>,
    user: UserId,
    id: ContactId,
    contact: Option<Contact>,
    /// Information of the network about somebody who was not known.
    found: Option<ContactInfo>,
    /// Card that the network gave just now.
    fetched: Option<VCard>,
    /// Error of the plugin.
    failed: Option<Error>,
}

impl ProfileQuery {
    async fn answer(&mut self, iq: &Stanza, wanted: Wanted) -> Result<Bytes, StanzaError> {
        if matches!(wanted, Wanted::Account) {
            return self.account(iq).await;
        }
        let contact = self.contact().await?;
        let jid = self.services.address.contact_bare(&self.id);
        let (id, name) = (self.id.clone(), contact.name.as_deref());
        match wanted {
            Wanted::Items(items) => match items.node.as_str() {
                ns::AVATAR_METADATA | ns::AVATAR_DATA => self.avatar(iq, &items, &contact).await,
                ns::NICK if items.wants(crate::stanza::pep::CURRENT) => match name {
                    Some(name) => {
                        Ok(item(iq, &items.node, crate::stanza::pep::CURRENT, |xml| nick::write(xml, name)))
                    }
                    None => Err(not_found()),
                },
                ns::VCARD4_NODE if items.wants(vcard4::ITEM) => {
                    let vcard = self.card().await?;
                    let card = card::shown(&jid, id.as_str(), name, &vcard);
                    Ok(item(iq, &items.node, vcard4::ITEM, |xml| vcard4::write(xml, &card)))
                }
                _ => Err(not_found()),
            },
            Wanted::Vcard4 => {
                let vcard = self.card().await?;
                let card = card::shown(&jid, id.as_str(), name, &vcard);
                Ok(reply::result(iq, |xml| vcard4::write(xml, &card)))
            }
            Wanted::VcardTemp => {
                // This is the way to the picture for most clients, so it must not depend on the
                // network.
                let vcard = self.card().await.unwrap_or_default();
                let card = card::shown(&jid, id.as_str(), name, &vcard);
                let photo = picture(&self.services, contact.avatar.hash()).await?;
                let png = photo.as_ref().map(|avatar| &*avatar.png);
                Ok(reply::result(iq, |xml| vcard::write(xml, &card, png)))
            }
            Wanted::Account => Ok(self.services.contact_disco.account(iq)),
        }
    }

    /// Answers as for an account, unless the network says that there is nobody of that id.
    async fn account(&mut self, iq: &Stanza) -> Result<Bytes, StanzaError> {
        match self.contact().await {
            Err(error) if self.failed.is_some() && error.condition == Condition::ItemNotFound => Err(error),
            _ => Ok(self.services.contact_disco.account(iq)),
        }
    }

    /// Returns the contact. The network may know somebody whom the user does not.
    async fn contact(&mut self) -> Result<Contact, StanzaError> {
        if let Some(contact) = self.contact.take() {
            return Ok(contact);
        }
        let Some(remote) = &self.remote else { return Err(not_found()) };
        let info = match remote.update_contact_info(self.id.clone()).await {
            Ok(info) => info,
            Err(error) if error.is_unsupported() => return Err(not_found()),
            Err(error) => return Err(self.refused(error)),
        };
        let mut contact = Contact::default();
        contact.apply(info.clone());
        self.found = Some(info);
        Ok(contact)
    }

    async fn avatar(&self, iq: &Stanza, items: &Items, contact: &Contact) -> Result<Bytes, StanzaError> {
        let hash = contact.avatar.hash().filter(|hash| items.wants(hash)).ok_or_else(not_found)?;
        let avatar = read(self.services.store.avatars().get(&hash).await)?.ok_or_else(not_found)?;
        Ok(item(iq, &items.node, &hash, |xml| {
            if items.node == ns::AVATAR_DATA {
                avatar::write_data(xml, &avatar.png);
            } else {
                avatar::write_metadata(xml, crate::session::contact_avatar::info(&avatar));
            }
        }))
    }

    /// Returns the stored vCard, if the plugin told it or it is fresh; else the one that the
    /// network gives now.
    async fn card(&mut self) -> Result<VCard, StanzaError> {
        // The card may have been fetched a moment ago.
        read(self.services.uplink.settled(self.user).await)?;
        let kept = read(self.services.store.cards(self.user).get(self.id.as_str()).await)?;
        let fresh = |at: i64| now().saturating_sub(at) < FRESH;
        let known = kept.as_ref().map(|kept| card::parsed(&kept.json));
        if let (Some(kept), Some(known)) = (&kept, &known)
            && kept.fetched_at.is_none_or(fresh)
        {
            return Ok(known.clone());
        }
        let Some(remote) = self.remote.clone().filter(|_| !self.services.hooks.lacks("fetch_vcard")) else {
            return Ok(known.unwrap_or_default());
        };
        match (remote.fetch_vcard(self.id.clone()).await, known) {
            (Ok(vcard), _) => {
                let vcard = card::bounded(vcard.unwrap_or_default());
                self.fetched = Some(vcard.clone());
                Ok(vcard)
            }
            (Err(error), known) if error.is_unsupported() => {
                self.services.hooks.note_lack("fetch_vcard");
                Ok(known.unwrap_or_default())
            }
            (Err(error), Some(known)) => {
                tracing::debug!(%error, "the network does not give a card: the one from before is shown");
                Ok(known)
            }
            (Err(error), None) => Err(self.refused(error)),
        }
    }

    fn refused(&mut self, error: Error) -> StanzaError {
        let answer = stanza_error(self.language, &error);
        self.failed = Some(error);
        answer
    }
}

/// Reads the picture with that hash.
async fn picture(services: &Services, hash: Option<String>) -> Result<Option<store::Avatar>, StanzaError> {
    match hash {
        Some(hash) => read(services.store.avatars().get(&hash).await),
        None => Ok(None),
    }
}

fn item(iq: &Stanza, node: &str, id: &str, write: impl FnOnce(&mut crate::xmpp::Xml)) -> Bytes {
    reply::result(iq, |xml| pubsub::write_item(xml, node, id, write))
}

fn not_found() -> StanzaError {
    StanzaError::new(Condition::ItemNotFound)
}

fn read<T>(result: Result<T, StoreError>) -> Result<T, StanzaError> {
    result.map_err(|error| {
        tracing::error!(%error, "the store failed");
        StanzaError::new(Condition::InternalServerError)
    })
}
