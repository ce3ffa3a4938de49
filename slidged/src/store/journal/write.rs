//! Changes that an entry can make.

use std::sync::Arc;

use bytes::Bytes;
use jid::{BareJid, Jid};

use super::plan::Plan;
use super::storable::Storable;
use crate::store::{
    ApplicantState, Archived, Avatar, Ban, Card, Contact, Invitation, MessageIds, MessagePart, Pending,
    PendingId, Room, Scope, Sealed, SentFile, ThreadIds, TokenHash, User, UserId, applicant, ban, file,
    invitation,
};

/// Declares [`Write`]: for each change its values, and what it does to the plan of a transaction.
macro_rules! writes {
    ($(
        $(#[$doc:meta])*
        $change:ident
        $(($($value:ident: $type:ty),*))?
        $({$($(#[$field_doc:meta])* $field:ident: $field_type:ty,)*})?
        => |$plan:ident| $apply:expr;
    )*) => {
        /// Change of rows. Of several changes to the same row the last one stands.
        #[derive(Clone, Debug)]
        pub enum Write {
            $($(#[$doc])* $change $(($($type),*))? $({$($(#[$field_doc])* $field: $field_type,)*})?,)*
        }

        impl Write {
            /// Adds the change to the plan of a transaction.
            pub(super) fn apply(&self, plan: &mut Plan) {
                match self {
                    $(Write::$change $(($($value),*))? $({$($field),*})? => {
                        let $plan = plan;
                        $apply;
                    })*
                }
            }

            /// Passes each of its values to `visit`.
            fn visit(&self, visit: &mut dyn FnMut(&dyn Storable)) {
                match self {
                    $(Write::$change $(($($value),*))? $({$($field),*})? => {
                        $($(visit($value);)*)?
                        $($(visit($field);)*)?
                    })*
                }
            }
        }
    };
}

writes! {
    /// Adds a user; the entry fails with `AlreadyThere` when the JID is registered.
    UserAdd(user: User) => |plan| plan.users().add(user);
    /// Removes a user with everything that is theirs.
    UserRemove(user: UserId) => |plan| plan.remove_user(*user);
    /// Replaces the credentials. Nothing happens when the user is gone; the same holds for the next
    /// two.
    UserCredentials(user: UserId, credentials: Option<Sealed>)
        => |plan| plan.users().set_credentials(*user, credentials.as_ref());
    /// Replaces the preferences, a JSON object.
    UserPreferences(user: UserId, json: String) => |plan| plan.users().set_preferences(*user, json);
    /// Replaces the state, a JSON object.
    UserState(user: UserId, json: String) => |plan| plan.users().set_state(*user, json);
    /// Adds or replaces a contact.
    Contact(contact: Contact) => |plan| plan.contacts.put(contact);
    /// Removes a contact, with its vCard.
    ContactRemove(user: UserId, legacy_id: Arc<str>) => |plan| {
        plan.vcards.set(*user, legacy_id, None);
        plan.contacts.remove(*user, legacy_id);
    };
    /// Keeps an avatar, to be in one entry with a contact that has it: one that nobody has is
    /// forgotten.
    Avatar(avatar: Avatar) => |plan| plan.avatars.put(avatar);
    /// Keeps a contact's vCard; `None` forgets it.
    Card(user: UserId, legacy_id: Arc<str>, card: Option<Card>)
        => |plan| plan.vcards.set(*user, legacy_id, card.as_ref());
    /// Adds or replaces a room. Nothing happens when its user is gone.
    Room(room: Room) => |plan| plan.rooms.put(room);
    /// Removes a room. Its archive stays for its time: a network in trouble may forget rooms.
    RoomRemove(user: UserId, legacy_id: Arc<str>) => |plan| plan.rooms.remove(*user, legacy_id);
    /// Adds a message to the archive of a room, unless one of that id is there. Nothing happens
    /// when the user is gone.
    Archive(message: Archived) => |plan| plan.archive.add(message);
    /// Notes an operation before the plugin is called.
    PendingAdd(pending: Pending) => |plan| plan.pending.add(pending);
    /// Removes an operation: the network has taken it, or its error was reported.
    PendingDone(id: PendingId) => |plan| plan.pending.done(*id);
    /// Notes or replaces the ids of a message.
    Message(ids: MessageIds) => |plan| plan.messages.put(ids);
    /// Notes or replaces a further stanza of a message. Nothing happens when the user is gone; the
    /// same holds for the next.
    MessagePart(part: MessagePart) => |plan| plan.parts.put(part);
    /// Notes or replaces the ids of a thread.
    Thread(ids: ThreadIds) => |plan| plan.threads.put(ids);
    /// Notes or replaces the address of a file, and removes those that have expired at `now`.
    /// Nothing is added when its user is gone.
    File {
        /// File.
        file: SentFile,
        /// Milliseconds since 1970.
        now: i64,
    } => |plan| plan.add(file::put(file, *now));
    /// Sets a value. Nothing happens when its user is gone.
    Kv(scope: Scope, key: Arc<str>, value: Bytes) => |plan| plan.kv.set(scope, key, Some(value));
    /// Removes a value.
    KvRemove(scope: Scope, key: Arc<str>) => |plan| plan.kv.set(scope, key, None);
    /// Removes all values of a scope.
    KvClear(scope: Scope) => |plan| plan.kv.clear(scope);
    /// Adds or replaces a ban.
    BanAdd(ban: Ban) => |plan| plan.add([ban::add(ban)]);
    /// Lifts a ban.
    BanRemove(subject: BareJid) => |plan| plan.add([ban::remove(subject)]);
    /// Adds an invitation, and removes those that are used up or have expired by then.
    InvitationAdd(invitation: Invitation) => |plan| plan.add(invitation::add(invitation));
    /// Takes one use of an invitation; to be in one entry with [`Write::UserAdd`]. The entry fails
    /// with `NotRedeemable` when there is none to take: of two at the same time one gets the last.
    InvitationRedeem {
        /// Hash of the token.
        token: TokenHash,
        /// Milliseconds since 1970.
        at: i64,
    } => |plan| plan.add([invitation::redeem(token, *at)]);
    /// Withdraws an invitation.
    InvitationRemove(token: TokenHash) => |plan| plan.add([invitation::remove(token)]);
    /// Adds an applicant; a repeated request keeps its place and decision. The entry fails with
    /// `TooManyApplicants` when [`MOST_WAITING`](crate::store::MOST_WAITING) wait.
    ApplicantAdd {
        /// Applicant.
        jid: BareJid,
        /// Client that asks.
        full: Jid,
        /// Milliseconds since 1970.
        at: i64,
    } => |plan| plan.add([applicant::add(jid, full, *at)]);
    /// Decides about an applicant; the entry fails with `NoSuchApplicant` when nobody of that
    /// address has asked.
    ApplicantDecide(jid: BareJid, state: ApplicantState) => |plan| plan.add([applicant::decide(jid, *state)]);
    /// Uses an approval; to be in one entry with [`Write::UserAdd`]. The entry fails with
    /// `NotApproved` when there is none.
    ApplicantConsume(jid: BareJid) => |plan| plan.add([applicant::consume(jid)]);
    /// Forgets a request to register and its decision.
    ApplicantRemove(jid: BareJid) => |plan| plan.add([applicant::remove(jid)]);
}

/// Memory of a write beyond its values: the write itself and a row.
const OVERHEAD: usize = 256;

impl Write {
    /// Approximate memory in bytes.
    pub(super) fn weight(&self) -> usize {
        let mut weight = OVERHEAD;
        self.visit(&mut |value| weight += value.weight());
        weight
    }

    /// Whether both engines can store its values.
    pub(super) fn is_storable(&self) -> bool {
        let mut storable = true;
        self.visit(&mut |value| storable &= value.is_storable());
        storable
    }
}
