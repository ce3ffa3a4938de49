//! History of a room: the last messages for a client that joins (XEP-0045 section 7.2.13), and
//! pages of the archive (XEP-0313).

use crate::model::clock::now;
use crate::session::room::occupant_presence::RoomView;
use crate::session::room::occupant_presence::room_view;
use crate::session::state::Session;
use crate::store::ArchivePage;
use crate::store::ArchiveQuery;
use crate::store::Archived;
use crate::store::StoreError;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use crate::xmpp::Xml;
use crate::xmpp::delay;
use crate::xmpp::mam;
use crate::xmpp::muc;
use crate::xmpp::ns;
use crate::xmpp::reply;
use crate::xmpp::rsm;
use bytes::Bytes;
use jid::Jid;
use plugin_api::ContactId;
use std::time::Duration;
use time::OffsetDateTime;
use tokio::sync::SemaphorePermit;
use tokio::time::timeout;

/// Messages that a joining client gets if it does not say how many.
const DEFAULT: u32 = 20;
/// Most messages that a joining client gets; more are in the archive.
const MOST: u32 = 100;
/// Time that a join waits for its history, while the database is not well.
const PATIENCE_OF_JOINS: Duration = Duration::from_secs(2);
/// Messages in a page of the archive, if a client does not say how many.
const PAGE: u32 = 50;
/// Most messages in a page of the archive.
const MOST_IN_PAGE: u32 = 100;
/// Most bytes in a page of the archive, beyond its first message: the rest is the next page.
const MOST_BYTES: usize = 1 << 20;

/// Reads the messages that a joining client is to get, oldest first.
pub(super) async fn recent(view: &RoomView, room: &ContactId, wanted: &muc::History) -> Vec<Archived> {
    let limit = wanted.max_stanzas.unwrap_or(DEFAULT).min(MOST);
    if limit == 0 || wanted.max_chars == Some(0) {
        return Vec::new();
    }
    let ago = |seconds: u32| now().saturating_sub(i64::from(seconds).saturating_mul(1000));
    let since = wanted.since.map(milliseconds).into_iter().chain(wanted.seconds.map(ago)).max();
    // Whoever says since when wants all of it.
    let limit = if since.is_some() && wanted.max_stanzas.is_none() { MOST } else { limit };
    let last = async {
        let _turn = settled(view).await?;
        view.services.store.archive(view.owner).last(room.as_str(), since, limit).await
    };
    match timeout(PATIENCE_OF_JOINS, last).await {
        Ok(Ok(messages)) => within(messages, wanted.max_chars),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a client joins without history");
            Vec::new()
        }
        Err(_) => {
            tracing::warn!("a client joins without history: the database does not answer");
            Vec::new()
        }
    }
}

/// The newest messages whose characters are within a limit (XEP-0045 counts those of the stanzas),
/// and within the bound of a page.
fn within(mut messages: Vec<Archived>, most: Option<u32>) -> Vec<Archived> {
    let mut left = most.map_or(MOST_BYTES, |most| MOST_BYTES.min(most as usize));
    let fits = |message: &&Archived| {
        let size = message.payload.chars().count();
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    };
    let kept = messages.iter().rev().take_while(fits).count();
    messages.drain(..messages.len() - kept);
    messages
}

/// Waits until what was said a moment ago is in the database, and for a turn to read: pages may be
/// large, and many may ask at once.
async fn settled(view: &RoomView) -> Result<SemaphorePermit<'_>, StoreError> {
    view.services.uplink.settled(view.owner).await?;
    view.services.readings.acquire().await.map_err(|_| StoreError::Closed)
}

/// Builds a message of the archive for a client that joins.
pub(super) fn replayed(view: &RoomView, message: &Archived, client: &str) -> Bytes {
    let mut xml = Xml::new();
    let to = format!("{}/{client}", view.user);
    open(&mut xml, view, message, Some(&to));
    xml.raw(message.payload.as_bytes());
    if let Some(at) = date(message.stamp) {
        delay::write(&mut xml, &view.address, at);
    }
    xml.finish()
}

fn open(xml: &mut Xml, view: &RoomView, message: &Archived, to: Option<&str>) {
    let from = match &*message.sender {
        "" => view.address.clone(),
        resource => view.occupant(resource),
    };
    let id = Some(&*message.xmpp_id).filter(|id| !id.is_empty());
    xml.open_ns("message", ns::CLIENT)
        .attr("type", "groupchat")
        .attr("from", &from)
        .attr_opt("to", to)
        .attr_opt("id", id);
}

/// Answers an iq about a room's archive: the form of its filters, its ends, or a page.
pub(super) fn archive_iq(session: &mut Session, id: &ContactId, iq: &Stanza) {
    let Some(payload) = iq.payload() else { return };
    let get = iq.type_str() == "get";
    if get && payload.is("query", ns::MAM) {
        return session.send(reply::result(iq, mam::write_form));
    }
    let query = match (get, payload.name()) {
        (true, "metadata") => Ok(None),
        (false, "query") => mam::Query::parse(payload).map(Some),
        _ => Err(StanzaError::new(Condition::FeatureNotImplemented)),
    };
    let query = match query {
        Ok(query) => query,
        Err(error) => return session.refuse(iq, &error),
    };
    let (Some(view), Some(place)) = (room_view(session, id), session.rooms.place()) else {
        return session.refuse(iq, &StanzaError::new(Condition::ResourceConstraint));
    };
    let stable = session.can_in_room(id).is_some_and(|can| can.stable_archive);
    let (room, iq, turns) = (id.clone(), iq.clone(), session.profiles.turns.clone());
    session.spawn(async move {
        // So many at a time, as of other look-ups.
        let _turn = turns.acquire_owned().await;
        let answer = match query {
            None => metadata(&view, &room, &iq).await,
            Some(query) => page(&view, &room, &iq, &query, stable).await,
        };
        drop(place);
        move |session: &mut Session| match answer {
            Ok(stanzas) => session.send_all(stanzas),
            Err(error) => session.refuse(&iq, &error),
        }
    });
}

async fn metadata(view: &RoomView, room: &ContactId, iq: &Stanza) -> Result<Vec<Bytes>, StanzaError> {
    let _turn = settled(view).await.map_err(|error| failed(&error))?;
    let ends =
        view.services.store.archive(view.owner).ends(room.as_str()).await.map_err(|error| failed(&error))?;
    let ends =
        ends.and_then(|(first, last)| Some([(first.id, date(first.stamp)?), (last.id, date(last.stamp)?)]));
    let ends = ends.as_ref().map(|[(first, from), (last, to)]| [(&**first, *from), (&**last, *to)]);
    Ok(vec![reply::result(iq, |xml| mam::write_metadata(xml, ends))])
}

async fn page(
    view: &RoomView,
    room: &ContactId,
    iq: &Stanza,
    query: &mam::Query,
    stable: bool,
) -> Result<Vec<Bytes>, StanzaError> {
    let not_found = || StanzaError::new(Condition::ItemNotFound);
    let _turn = settled(view).await.map_err(|error| failed(&error))?;
    let archive = view.services.store.archive(view.owner);
    if !query.ids.is_empty()
        && !archive.has_all(room.as_str(), &query.ids).await.map_err(|error| failed(&error))?
    {
        return Err(not_found());
    }
    let Some(bounds) = bounds(view, query)? else {
        // Nobody of that address can have said anything here.
        return Ok(vec![fin(
            iq,
            &ArchivePage { complete: true, count: Some(0), ..ArchivePage::default() },
            stable,
        )]);
    };
    let found = archive.page(room.as_str(), &bounds).await.map_err(|error| failed(&error))?;
    let page = bounded(found.ok_or_else(not_found)?, bounds.backward);
    let mut results: Vec<_> =
        page.messages.iter().map(|message| result(view, message, iq, query.id.as_deref())).collect();
    if query.flip {
        results.reverse();
    }
    results.push(fin(iq, &page, stable));
    Ok(results)
}

/// Converts a client's query into the store's; `None` when it cannot match anything.
///
/// # Errors
///
/// `jid-malformed` for an address that is none, `feature-not-implemented` for a page by its number.
fn bounds(view: &RoomView, query: &mam::Query) -> Result<Option<ArchiveQuery>, StanzaError> {
    let (mut sender, mut author) = (None, None);
    if let Some(with) = &query.with {
        let with = Jid::new(with).map_err(|_| StanzaError::new(Condition::JidMalformed))?;
        let bare = with.to_bare();
        if bare.as_str() == view.address {
            sender = with.resource().map(|resource| resource.as_str().to_owned());
        } else if bare.as_str() == view.user {
            author = Some("u".to_owned());
        } else {
            let contact = view.services.address.contact_at(&with).filter(|_| view.is_open());
            let Some(contact) = contact else { return Ok(None) };
            author = Some(format!("c{contact}"));
        }
    }
    let (mut more_after, mut more_before, mut backward) = (None, None, false);
    let max = query.page.as_ref().and_then(|page| page.max);
    match query.page.as_ref().map(|page| &page.place) {
        None | Some(rsm::Place::First) => {}
        Some(rsm::Place::After(id)) => more_after = Some(id.clone()),
        Some(rsm::Place::Before(id)) => (more_before, backward) = (Some(id.clone()), true),
        Some(rsm::Place::Last) => backward = true,
        Some(rsm::Place::Index(_)) => return Err(StanzaError::new(Condition::FeatureNotImplemented)),
    }
    let max = max.map_or(PAGE, |max| u32::try_from(max).unwrap_or(u32::MAX));
    Ok(Some(ArchiveQuery {
        start: query.start.map(milliseconds),
        end: query.end.map(milliseconds),
        after: query.after_id.iter().cloned().chain(more_after).collect(),
        before: query.before_id.iter().cloned().chain(more_before).collect(),
        ids: query.ids.clone(),
        sender,
        author,
        backward,
        limit: max.min(MOST_IN_PAGE),
    }))
}

/// Cuts a page that is too large, at the end that the next page continues.
fn bounded(mut page: ArchivePage, backward: bool) -> ArchivePage {
    let mut size = 0_usize;
    let mut fits = |message: &Archived| {
        let first = size == 0;
        size += message.payload.len();
        first || size <= MOST_BYTES
    };
    let all = page.messages.len();
    if backward {
        let kept = page.messages.iter().rev().take_while(|message| fits(message)).count();
        page.messages.drain(..all - kept);
        page.index = page.index.map(|index| index + (all - kept) as u64);
    } else {
        let kept = page.messages.iter().take_while(|message| fits(message)).count();
        page.messages.truncate(kept);
    }
    page.complete &= page.messages.len() == all;
    page
}

fn result(view: &RoomView, message: &Archived, iq: &Stanza, query: Option<&str>) -> Bytes {
    let mut xml = Xml::new();
    let to = iq.from.as_ref().map(Jid::as_str).unwrap_or_default();
    xml.open_ns("message", ns::CLIENT).attr("from", &view.address).attr("to", to);
    let at = date(message.stamp).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    mam::write_result(&mut xml, query, (&message.id, at), |xml| {
        open(xml, view, message, None);
        if let Some(jid) = view.address_of(&message.author) {
            // XEP-0313 section 5.1.2: where real addresses are visible.
            xml.open_ns("x", ns::MUC_USER);
            xml.open("item").attr("affiliation", "none").attr("role", "participant").attr("jid", &jid);
            xml.close().close();
        }
        xml.raw(message.payload.as_bytes());
        xml.close();
    });
    xml.finish()
}

fn fin(iq: &Stanza, page: &ArchivePage, stable: bool) -> Bytes {
    let ends = page.messages.first().zip(page.messages.last());
    let ends = ends.map(|(first, last)| (&*first.id, &*last.id));
    reply::result(iq, |xml| mam::write_fin(xml, page.complete, stable, (ends, page.index, page.count)))
}

fn failed(error: &StoreError) -> StanzaError {
    tracing::error!(%error, "the archive cannot be read");
    StanzaError::new(Condition::InternalServerError)
}

fn date(at: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000).ok()
}

fn milliseconds(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}
