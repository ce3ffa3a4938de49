//! What can be submitted to the journal.

use std::sync::Arc;

use bytes::Bytes;
use jid::{BareJid, Jid};

use super::Lane;
use crate::store::{
    ApplicantState, Avatar, Ban, Card, Contact, Invitation, MessageIds, MessagePart, Pending, PendingId,
    Room, Scope, Sealed, SentFile, ThreadIds, TokenHash, User, UserId,
};

/// One unit: all of it is committed, or nothing.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Rows to change.
    pub writes: Vec<Write>,
    /// Finished stanzas for the XMPP server, in order.
    pub stanzas: Vec<Outgoing>,
    /// The event that this entry is about. If its ids are known already, the network repeats itself: nothing of the
    /// entry is done, and it is answered as a duplicate. If not, they are noted, as [`Write::Message`] would.
    pub dedup: Option<MessageIds>,
    /// Whose stanzas they are; set by the [`Journal`](super::Journal) that it is submitted to.
    pub lane: Lane,
}

/// A finished stanza (XML in the namespace of the component stream).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The XML.
    pub bytes: Bytes,
    /// Whether it must reach the server (messages) or is worth nothing later (typing): those are dropped while the link
    /// is down, but keep their place among the durable ones while it is up. Errors of messages are kept in memory even so: they are
    /// all that a user is told.
    pub durable: bool,
    /// Whether it answers something, and so means the same behind or before what others say: a receipt, an error, a result. Answers do not
    /// wait behind a backlog of their own lane.
    pub answer: bool,
}

impl Outgoing {
    /// One that must reach the server.
    pub fn durable(bytes: impl Into<Bytes>) -> Outgoing {
        Outgoing { bytes: bytes.into(), durable: true, answer: false }
    }

    /// One that is worth nothing later.
    pub fn ephemeral(bytes: impl Into<Bytes>) -> Outgoing {
        Outgoing { bytes: bytes.into(), durable: false, answer: false }
    }

    /// The same as an answer.
    #[must_use]
    pub fn answering(self) -> Outgoing {
        Outgoing { answer: true, ..self }
    }

    /// Whether it is kept while the link is down although it is in no row: it tells a user that a message has failed. Strangers may be
    /// many.
    pub(super) fn outlives_the_link(&self, lane: Lane) -> bool {
        lane != Lane::STRANGERS && self.answer && !self.durable && self.bytes.starts_with(b"<message")
    }
}

/// One change of rows. Of several changes to the same thing the last one stands.
#[derive(Clone, Debug)]
pub enum Write {
    /// A new user; the entry fails with `AlreadyThere` when the JID is registered.
    UserAdd(User),
    /// Removes a user with everything that is theirs.
    UserRemove(UserId),
    /// New credentials (or none). Nothing happens when the user is gone; the same holds for the next two.
    UserCredentials(UserId, Option<Sealed>),
    /// New preferences, a JSON object.
    UserPreferences(UserId, String),
    /// New state, a JSON object.
    UserState(UserId, String),
    /// Adds or replaces a contact.
    Contact(Contact),
    /// Keeps a picture, to be in one entry with a contact that has it: one that nobody has is forgotten.
    Avatar(Avatar),
    /// Keeps a contact's card; none forgets it.
    Card(UserId, Arc<str>, Option<Card>),
    /// Removes a contact, with its card.
    ContactRemove(UserId, Arc<str>),
    /// Adds or replaces a room. Nothing happens when its user is gone.
    Room(Room),
    /// Removes a room.
    RoomRemove(UserId, Arc<str>),
    /// Notes an operation before the plugin is called.
    PendingAdd(Pending),
    /// The network has taken it, or its error was reported.
    PendingDone(PendingId),
    /// Notes or replaces the ids of a message.
    Message(MessageIds),
    /// Notes or replaces a further stanza of a message. Nothing happens when the user is gone; the same holds for the next.
    MessagePart(MessagePart),
    /// Notes or replaces the ids of a thread.
    Thread(ThreadIds),
    /// Notes or replaces where a file was put; those that are not good any more at `now` go. Nothing happens when its user is gone.
    File {
        /// The file.
        file: SentFile,
        /// Milliseconds since 1970.
        now: i64,
    },
    /// Sets a value. Nothing happens when its user is gone.
    Kv(Scope, Arc<str>, Bytes),
    /// Removes a value.
    KvRemove(Scope, Arc<str>),
    /// Removes all values of a scope.
    KvClear(Scope),
    /// Adds or replaces a ban.
    BanAdd(Ban),
    /// Lifts a ban.
    BanRemove(BareJid),
    /// A new invitation. Those that are used up or have expired by then go.
    InvitationAdd(Invitation),
    /// Takes one use of an invitation, `at` milliseconds since 1970; to be in one entry with [`Write::UserAdd`]. The entry fails
    /// with `NotRedeemable` when there is none to take: of two at the same time one gets the last.
    InvitationRedeem {
        /// Which one.
        token: TokenHash,
        /// Milliseconds since 1970.
        at: i64,
    },
    /// Withdraws an invitation.
    InvitationRemove(TokenHash),
    /// Somebody asks to register. Who asks again keeps their place, and what was decided. The entry fails with
    /// `TooManyApplicants` when [`MOST_WAITING`](crate::store::MOST_WAITING) wait.
    ApplicantAdd {
        /// Who.
        jid: BareJid,
        /// The client that asks.
        full: Jid,
        /// Milliseconds since 1970.
        at: i64,
    },
    /// An administrator decides; the entry fails with `NoSuchApplicant` when nobody of that address has asked.
    ApplicantDecide(BareJid, ApplicantState),
    /// An approval is used; to be in one entry with [`Write::UserAdd`]. The entry fails with `NotApproved` when there is none.
    ApplicantConsume(BareJid),
    /// Forgets that somebody has asked, and what was decided.
    ApplicantRemove(BareJid),
}

/// What an entry weighs in the queue beyond its bytes: its own memory and a row or two.
const OVERHEAD: usize = 256;

impl Entry {
    /// Roughly its memory in bytes.
    pub(super) fn weight(&self) -> usize {
        let stanzas: usize = self.stanzas.iter().map(|stanza| stanza.bytes.len() + 32).sum();
        let writes: usize = self.writes.iter().map(Write::weight).sum();
        OVERHEAD + stanzas + writes
    }

    /// Its durable stanzas: how many, and their bytes.
    pub(super) fn durable(&self) -> (u64, u64) {
        let durable = self.stanzas.iter().filter(|stanza| stanza.durable);
        durable.fold((0, 0), |(count, bytes), stanza| (count + 1, bytes + stanza.bytes.len() as u64))
    }

    /// Whether it has anything to do with the database.
    pub(super) fn is_ephemeral(&self) -> bool {
        self.writes.is_empty() && self.dedup.is_none() && !self.stanzas.iter().any(|stanza| stanza.durable)
    }

    /// Whether it only sends, so that it need not wait for a database that is not well.
    pub(super) fn needs_no_database(&self) -> bool {
        !self.stanzas.is_empty() && self.is_ephemeral()
    }

    /// PostgreSQL's texts cannot hold U+0000, so no engine's may.
    pub(super) fn is_storable(&self) -> bool {
        self.dedup.as_ref().is_none_or(message_is_storable) && self.writes.iter().all(Write::is_storable)
    }
}

fn plain(text: &str) -> bool {
    !text.as_bytes().contains(&0)
}

fn message_is_storable(ids: &MessageIds) -> bool {
    plain(&ids.chat) && plain(&ids.legacy_id) && plain(&ids.xmpp_id)
}

impl Write {
    fn weight(&self) -> usize {
        OVERHEAD
            + match self {
                Write::UserAdd(user) => {
                    let sealed = user.credentials.as_ref().map_or(0, |sealed| sealed.0.len());
                    user.jid.len() + user.preferences.len() + user.state.len() + sealed
                }
                Write::UserCredentials(_, sealed) => sealed.as_ref().map_or(0, |sealed| sealed.0.len()),
                Write::UserPreferences(_, json) | Write::UserState(_, json) => json.len(),
                Write::Contact(contact) => contact.extra.len(),
                Write::Room(room) => room.info.len() + room.joined.len(),
                Write::Avatar(avatar) => avatar.png.len(),
                Write::Card(_, _, Some(card)) => card.json.len(),
                Write::PendingAdd(pending) => pending.operation.len(),
                Write::File { file, .. } => file.url.len() + file.name.len(),
                Write::Kv(_, _, value) => value.len(),
                Write::BanAdd(ban) => ban.reason.len(),
                Write::InvitationAdd(invitation) => invitation.note.len(),
                _ => 0,
            }
    }

    fn is_storable(&self) -> bool {
        let opt = |text: &Option<Arc<str>>| text.as_deref().is_none_or(plain);
        match self {
            Write::UserAdd(user) => plain(&user.jid) && plain(&user.preferences) && plain(&user.state),
            Write::UserPreferences(_, json) | Write::UserState(_, json) => plain(json),
            Write::Contact(contact) => {
                plain(&contact.legacy_id)
                    && opt(&contact.name)
                    && plain(&contact.client_type)
                    && plain(&contact.extra)
                    && opt(&contact.avatar)
                    && opt(&contact.avatar_version)
            }
            Write::Room(room) => {
                plain(&room.legacy_id)
                    && plain(&room.info)
                    && plain(&room.joined)
                    && opt(&room.avatar)
                    && opt(&room.avatar_version)
            }
            Write::ContactRemove(_, legacy_id) | Write::RoomRemove(_, legacy_id) => plain(legacy_id),
            Write::Avatar(avatar) => plain(&avatar.hash) && plain(&avatar.source),
            Write::Card(_, legacy_id, card) => {
                plain(legacy_id) && card.as_ref().is_none_or(|card| plain(&card.json))
            }
            Write::PendingAdd(pending) => {
                plain(&pending.chat)
                    && plain(&pending.sender)
                    && opt(&pending.xmpp_id)
                    && plain(&pending.kind)
            }
            Write::Message(ids) => message_is_storable(ids),
            Write::File { file, .. } => {
                plain(&file.id) && plain(&file.url) && plain(&file.name) && plain(&file.content_type)
            }
            Write::MessagePart(part) => plain(&part.chat) && plain(&part.legacy_id) && plain(&part.xmpp_id),
            Write::Thread(ids) => plain(&ids.chat) && plain(&ids.legacy_id) && plain(&ids.xmpp_id),
            Write::Kv(scope, key, _) | Write::KvRemove(scope, key) => plain(&scope.name) && plain(key),
            Write::KvClear(scope) => plain(&scope.name),
            Write::BanAdd(ban) => plain(&ban.reason),
            Write::InvitationAdd(invitation) => plain(&invitation.note),
            // Numbers, bytes, hashes and addresses.
            Write::UserRemove(_)
            | Write::UserCredentials(..)
            | Write::PendingDone(_)
            | Write::BanRemove(_)
            | Write::InvitationRedeem { .. }
            | Write::InvitationRemove(_)
            | Write::ApplicantAdd { .. }
            | Write::ApplicantDecide(..)
            | Write::ApplicantConsume(_)
            | Write::ApplicantRemove(_) => true,
        }
    }
}
