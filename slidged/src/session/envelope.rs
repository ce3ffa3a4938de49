//! Texts of contacts, and of the user in another client of the network, on their way to the user:
//! who speaks, and which messages the text refers to.

use crate::host::Share;
use crate::model::clock::now;
use crate::model::ids::stanza_id;
use crate::model::shown;
use crate::services::Privilege;
use crate::services::Services;
use crate::session::room::broadcast::author_in_room;
use crate::session::room::broadcast::in_room_speaker;
use crate::session::state::Session;
use crate::session::threads::Threads;
use crate::stanza::AsUser;
use crate::stanza::Preview;
use crate::stanza::Speaker;
use crate::store::MessagePart;
use crate::store::StoreError;
use crate::store::UserId;
use crate::store::Write;
use plugin_api::Condition;
use plugin_api::ContactId;
use plugin_api::Error;
use plugin_api::MessageId;
use plugin_api::MessageReference;
use plugin_api::Sender;
use plugin_api::Sent;
use plugin_api::Text;
use plugin_api::Timestamp;
use plugin_api::host::Reply;

/// Most link previews of a text; each may have a picture to be scaled.
const MAX_PREVIEWS: usize = 16;

/// Text of the network on its way to the user.
pub(super) struct NetworkText {
    pub(super) contact: ContactId,
    pub(super) speaker: Speaker,
    pub(super) text: Text,
    /// Message that it corrects, by the network's id.
    pub(super) corrects: Option<MessageId>,
    pub(super) reply: Reply<Sent>,
    pub(super) share: Share,
}

/// Messages and threads that a text refers to, by the ids of stanzas.
#[derive(Default)]
pub(super) struct References {
    pub(super) thread: Option<String>,
    pub(super) answers: Option<ReplyTarget>,
    pub(super) replaces: Option<String>,
    /// Previews of its links.
    pub(super) previews: Vec<Preview>,
}

/// Message that is replied to.
#[derive(Clone)]
pub(super) struct ReplyTarget {
    pub(super) id: String,
    by_user: bool,
    author: Option<Sender>,
    pub(super) body: Option<String>,
}

impl ReplyTarget {
    /// Creates the target of a text that somebody adds to a file later.
    pub(super) fn file(id: String, from: &Sender) -> Self {
        ReplyTarget { id, by_user: from.is_user, author: Some(from.clone()), body: None }
    }

    /// Returns its text, if that is known and is more than whitespace.
    pub(super) fn words(&self) -> Option<&str> {
        self.body.as_deref().filter(|body| !body.trim().is_empty())
    }

    /// Returns the sender who wrote it, as far as that is known.
    fn author(&self) -> Option<Sender> {
        if self.by_user { Some(Sender { is_user: true, ..Sender::default() }) } else { self.author.clone() }
    }
}

/// Returns the conversation and the speaker of a sender.
///
/// # Errors
///
/// `not-allowed` when the user speaks, and their server does not let the gateway show it.
pub(in crate::session) fn envelope(
    session: &mut Session,
    from: &Sender,
) -> Result<(ContactId, Speaker), Error> {
    if let Some(room) = &from.room {
        return in_room_speaker(session, room, from);
    }
    let contact = session.contact_of(from)?;
    if !from.is_user {
        let from = session.services.address.contact_full(&contact);
        return Ok((contact, Speaker { from, to: session.user.address.clone(), as_user: None, room: None }));
    }
    let domain = session.user.jid.domain().as_str();
    let Some(namespace) =
        session.services.privileges.of(domain).and_then(|p| p.message.then_some(p.namespace))
    else {
        session.missed(Privilege::Message);
        let why = "the server does not grant the message privilege";
        return Err(Error::new(Condition::NotAllowed, why));
    };
    let gateway = session.services.address.domain().to_owned();
    let echo = session.services.keys.echo_key();
    let as_user = AsUser { gateway, domain: domain.to_owned(), namespace, echo };
    let to = session.services.address.contact_bare(&contact);
    Ok((contact, Speaker { from: session.user.address.clone(), to, as_user: Some(as_user), room: None }))
}

/// Returns the references of a text, unless they have to be looked up.
pub(in crate::session) fn references_of(session: &Session, spoken: &NetworkText) -> Option<References> {
    let Text { reply_to: None, thread, link_previews, .. } = &spoken.text else { return None };
    if link_previews.iter().any(|preview| session.services.previews.has_picture_to_make(preview)) {
        return None;
    }
    let previews = link_previews.iter().take(MAX_PREVIEWS).map(|preview| (preview.clone(), None)).collect();
    let thread = match thread {
        Some(thread) => Some(session.messages.threads.remembered(&spoken.contact, thread.as_str())?),
        None => None,
    };
    Some(References { thread, previews, ..References::default() })
}

/// Notes another stanza by which clients may refer to a message of the network.
pub(in crate::session) fn also_known(
    session: &Session,
    contact: &ContactId,
    legacy_id: &str,
    stanza_id: &str,
) -> Write {
    part_known(session, contact, (legacy_id, 0), stanza_id)
}

/// Notes a further stanza of a message of the network.
pub(in crate::session) fn part_known(
    session: &Session,
    contact: &ContactId,
    (legacy_id, part): (&str, i64),
    stanza_id: &str,
) -> Write {
    Write::MessagePart(MessagePart {
        user: session.user.id,
        chat: contact.as_str().into(),
        legacy_id: legacy_id.into(),
        xmpp_id: stanza_id.into(),
        part,
        at: now(),
    })
}

/// Returns the delay stamp of a message that is too old to be shown as new.
pub(in crate::session) fn delay_of(session: &Session, when: Option<Timestamp>) -> Option<String> {
    let threshold = session.services.settings.delay_threshold_ms;
    when.filter(|when| now().saturating_sub(*when) > threshold).and_then(shown::stamp)
}

/// Returns the address in a delay stamp: that of the room, or of the gateway.
pub(in crate::session) fn delay_from<'a>(session: &'a Session, speaker: &'a Speaker) -> &'a str {
    speaker.room.as_ref().map_or(session.services.address.domain(), |room| &room.address)
}

/// Returns the name of a contact who is not on the user's roster.
pub(in crate::session) fn nick_for_stranger<'s>(
    session: &'s Session,
    contact: &ContactId,
) -> Option<&'s str> {
    let stranger = session.contacts.get(contact).is_none_or(|contact| !contact.friend);
    session.nick_of(contact).filter(|_| stranger)
}

/// Returns the address of the author of the message that is replied to.
pub(in crate::session) fn author_of(
    session: &Session,
    contact: &ContactId,
    answered: &ReplyTarget,
) -> String {
    if session.is_room(contact) {
        return author_in_room(session, contact, answered.author().as_ref()).0;
    }
    if answered.by_user {
        session.user.address.clone()
    } else {
        session.services.address.contact_full(contact)
    }
}

/// Returns the name of the author of the message that is replied to.
pub(in crate::session) fn author_nick(
    session: &Session,
    contact: &ContactId,
    answered: &ReplyTarget,
) -> Option<String> {
    if session.is_room(contact) {
        return author_in_room(session, contact, answered.author().as_ref()).1;
    }
    let name = if answered.by_user {
        session.user.jid.node().map(jid::NodeRef::as_str)
    } else {
        session.nick_of(contact)
    };
    name.map(str::to_owned)
}

/// Looks up the messages and threads that a text refers to.
pub(super) async fn look_up(
    (services, user, threads): (&Services, UserId, &Threads),
    (contact, in_room): (&ContactId, bool),
    text: &Text,
) -> Result<References, Error> {
    let thread = match &text.thread {
        Some(thread) => Some(threads.to_user((services, user), contact, thread).await?),
        None => None,
    };
    let answers = match &text.reply_to {
        Some(reference) => Some(answered(services, user, contact, reference, in_room).await?),
        None => None,
    };
    let previews = text.link_previews.iter().take(MAX_PREVIEWS).cloned().collect();
    let previews = services.previews.of(user, previews).await;
    Ok(References { thread, answers, replaces: None, previews })
}

async fn answered(
    services: &Services,
    user: UserId,
    contact: &ContactId,
    reference: &MessageReference,
    in_room: bool,
) -> Result<ReplyTarget, Error> {
    // The message may have been delivered a moment ago.
    services.uplink.settled(user).await.map_err(StoreError::for_plugin)?;
    let known = services.store.messages(user).by_legacy_id(contact.as_str(), reference.id.as_str()).await;
    let known = known.map_err(StoreError::for_plugin)?;
    let by_user = known.as_ref().map_or_else(
        || reference.author.as_ref().is_some_and(|author| author.is_user),
        |known| known.from_user,
    );
    // A room gives every message an id of its own, whatever its sender's client called it.
    let id = match known {
        _ if in_room => services.message_ids.room_id(user, contact, &reference.id).await?,
        Some(known) => known.xmpp_id.to_string(),
        None => stanza_id(reference.id.as_str()),
    };
    Ok(ReplyTarget { id, by_user, author: reference.author.clone(), body: reference.body.clone() })
}
