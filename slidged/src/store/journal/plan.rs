//! From the entries of one transaction to statements: of several changes to the same thing the last one stands, and
//! changes of one kind go together.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::Write;
use super::conditional::{Step, steps};
use super::rows::{
    avatar_values, card_values, contact_values, kv_values, part_values, pending_values, room_values,
    sealed_value, thread_values, user_values,
};
use crate::store::engine::{Statement, Value};
use crate::store::sql::{Many, Texts, chunks};
use crate::store::{
    Avatar, Card, Contact, MessageIds, MessagePart, Pending, PendingId, Room, Scope, Sealed, StoreError,
    ThreadIds, User, UserId,
};

/// Statements in the order of their running.
pub(super) type Statements = Vec<Statement>;

static USER_ADD: Many = Many {
    head: "INSERT INTO users (id, jid, registered_at, credentials, preferences, state) VALUES ",
    columns: 6,
    tail: "",
};
static USER_REMOVE: Many = Many { head: "DELETE FROM users WHERE id IN (", columns: 1, tail: ")" };
static USER_APPLICATION_REMOVE: Many = Many {
    head: "DELETE FROM applicants WHERE jid IN (SELECT jid FROM users WHERE id IN (",
    columns: 1,
    tail: "))",
};
static USER_KV_REMOVE: Many = Many { head: "DELETE FROM kv WHERE user_id IN (", columns: 1, tail: ")" };
static CONTACT: Many = Many {
    head: "INSERT INTO contacts (user_id, legacy_id, name, is_friend, on_roster, client_type, avatar, avatar_version, extra) VALUES ",
    columns: 9,
    tail: " ON CONFLICT (user_id, legacy_id) DO UPDATE SET name = excluded.name, is_friend = excluded.is_friend, \
           on_roster = excluded.on_roster, client_type = excluded.client_type, avatar = excluded.avatar, \
           avatar_version = excluded.avatar_version, extra = excluded.extra",
};
static CONTACT_REMOVE: Many =
    Many { head: "DELETE FROM contacts WHERE (user_id, legacy_id) IN (VALUES ", columns: 2, tail: ")" };
static AVATAR: Many = Many {
    head: "INSERT INTO avatars (hash, source, width, height, png) VALUES ",
    columns: 5,
    tail: " ON CONFLICT (hash) DO NOTHING",
};
static CARD: Many = Many {
    head: "INSERT INTO cards (user_id, legacy_id, fetched_at, hash, card) VALUES ",
    columns: 5,
    tail: " ON CONFLICT (user_id, legacy_id) DO UPDATE SET fetched_at = excluded.fetched_at, \
           hash = excluded.hash, card = excluded.card",
};
static CARD_REMOVE: Many =
    Many { head: "DELETE FROM cards WHERE (user_id, legacy_id) IN (VALUES ", columns: 2, tail: ")" };
static ROOM: Many = Many {
    head: "INSERT INTO rooms (user_id, legacy_id, info, joined, avatar, avatar_version) \
           SELECT column1, column2, column3, column4, column5, column6 FROM (VALUES ",
    columns: 6,
    tail: ") AS given WHERE EXISTS (SELECT 1 FROM users WHERE id = column1) ON CONFLICT (user_id, legacy_id) \
           DO UPDATE SET info = excluded.info, joined = excluded.joined, avatar = excluded.avatar, \
           avatar_version = excluded.avatar_version",
};
static ROOM_REMOVE: Many =
    Many { head: "DELETE FROM rooms WHERE (user_id, legacy_id) IN (VALUES ", columns: 2, tail: ")" };
static PENDING_ADD: Many = Many {
    head: "INSERT INTO pending \
           (id, user_id, chat, sender, xmpp_id, kind, created_at, operation) VALUES ",
    columns: 8,
    tail: "",
};
static PENDING_DONE: Many = Many { head: "DELETE FROM pending WHERE id IN (", columns: 1, tail: ")" };
static KV: Many = Many {
    // 0 is the gateway, so there is no foreign key. A value for a user who has just left must not stay: after a restart the
    // next user may get that number.
    head: "INSERT INTO kv (user_id, scope, key, value) SELECT column1, column2, column3, column4 FROM (VALUES ",
    columns: 4,
    tail: ") AS given WHERE column1 = 0 OR EXISTS (SELECT 1 FROM users WHERE id = column1) \
           ON CONFLICT (user_id, scope, key) DO UPDATE SET value = excluded.value",
};
static KV_REMOVE: Many =
    Many { head: "DELETE FROM kv WHERE (user_id, scope, key) IN (VALUES ", columns: 3, tail: ")" };
static MESSAGE: Many = Many {
    head: "INSERT INTO messages (user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at) VALUES ",
    columns: 7,
    tail: " ON CONFLICT (user_id, chat, legacy_id) DO UPDATE SET xmpp_id = excluded.xmpp_id, \
           outgoing = excluded.outgoing, body_hash = excluded.body_hash, at = excluded.at",
};
static MESSAGE_PART: Many = Many {
    head: "INSERT INTO message_parts (user_id, chat, xmpp_id, legacy_id, part, at) \
           SELECT column1, column2, column3, column4, column5, column6 FROM (VALUES ",
    columns: 6,
    tail: ") AS given WHERE EXISTS (SELECT 1 FROM users WHERE id = column1) ON CONFLICT (user_id, chat, xmpp_id) \
           DO UPDATE SET legacy_id = excluded.legacy_id, part = excluded.part, at = excluded.at",
};
static THREAD: Many = Many {
    head: "INSERT INTO threads (user_id, chat, xmpp_id, legacy_id) \
           SELECT column1, column2, column3, column4 FROM (VALUES ",
    columns: 4,
    tail: ") AS given WHERE EXISTS (SELECT 1 FROM users WHERE id = column1) ON CONFLICT (user_id, chat, xmpp_id) \
           DO UPDATE SET legacy_id = excluded.legacy_id",
};
/// Notes events; fails when one is known.
pub(super) static EVENT: Many = Many {
    head: "INSERT INTO messages (user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at) VALUES ",
    columns: 7,
    tail: "",
};
/// Notes those that are not known, and gives them.
pub(super) static EVENT_RETURNING: Many = Many {
    head: "INSERT INTO messages (user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at) VALUES ",
    columns: 7,
    tail: " ON CONFLICT (user_id, chat, legacy_id) DO NOTHING RETURNING user_id, chat, legacy_id",
};

/// What names a message: `(user, chat, legacy_id)`.
pub(super) type MessageKey = (UserId, Arc<str>, Arc<str>);

pub(super) fn key(ids: &MessageIds) -> MessageKey {
    (ids.user, Arc::clone(&ids.chat), Arc::clone(&ids.legacy_id))
}

/// The changes of one transaction.
#[derive(Debug, Default)]
pub(super) struct Plan {
    users: BTreeMap<UserId, UserPlan>,
    contacts: BTreeMap<(UserId, Arc<str>), Option<Contact>>,
    avatars: BTreeMap<Arc<str>, Avatar>,
    cards: BTreeMap<(UserId, Arc<str>), Option<Card>>,
    rooms: BTreeMap<(UserId, Arc<str>), Option<Room>>,
    pending: BTreeMap<PendingId, Option<Pending>>,
    messages: BTreeMap<MessageKey, MessageIds>,
    parts: BTreeMap<MessageKey, MessagePart>,
    threads: BTreeMap<MessageKey, ThreadIds>,
    kv_cleared: Vec<Scope>,
    kv: BTreeMap<(Scope, Arc<str>), Option<Bytes>>,
    steps: Vec<Step>,
}

#[derive(Debug, Default)]
struct UserPlan {
    add: Option<User>,
    remove: bool,
    credentials: Option<Option<Sealed>>,
    preferences: Option<String>,
    state: Option<String>,
}

impl Plan {
    /// Adds one change.
    pub(super) fn write(&mut self, write: &Write) {
        match write {
            Write::UserAdd(user) => self.users.entry(user.id).or_default().add = Some(user.clone()),
            Write::UserRemove(user) => self.remove_user(*user),
            Write::UserCredentials(user, credentials) => {
                self.users.entry(*user).or_default().credentials = Some(credentials.clone());
            }
            Write::UserPreferences(user, json) => {
                self.users.entry(*user).or_default().preferences = Some(json.clone());
            }
            Write::UserState(user, json) => self.users.entry(*user).or_default().state = Some(json.clone()),
            Write::Contact(contact) => {
                let key = (contact.user, Arc::clone(&contact.legacy_id));
                self.contacts.insert(key, Some(contact.clone()));
            }
            Write::Avatar(avatar) => {
                self.avatars.insert(Arc::clone(&avatar.hash), avatar.clone());
            }
            Write::Card(user, legacy_id, card) => {
                self.cards.insert((*user, Arc::clone(legacy_id)), card.clone());
            }
            Write::ContactRemove(user, legacy_id) => {
                self.cards.insert((*user, Arc::clone(legacy_id)), None);
                self.contacts.insert((*user, Arc::clone(legacy_id)), None);
            }
            Write::Room(room) => {
                self.rooms.insert((room.user, Arc::clone(&room.legacy_id)), Some(room.clone()));
            }
            Write::RoomRemove(user, legacy_id) => {
                self.rooms.insert((*user, Arc::clone(legacy_id)), None);
            }
            Write::PendingAdd(pending) => {
                self.pending.insert(pending.id, Some(pending.clone()));
            }
            Write::PendingDone(id) => {
                // Added and done in one transaction leaves no trace.
                if self.pending.remove(id).is_none_or(|earlier| earlier.is_none()) {
                    self.pending.insert(*id, None);
                }
            }
            Write::Message(ids) => {
                self.messages.insert(key(ids), ids.clone());
            }
            Write::MessagePart(part) => {
                let key = (part.user, Arc::clone(&part.chat), Arc::clone(&part.xmpp_id));
                self.parts.insert(key, part.clone());
            }
            Write::Thread(ids) => {
                let key = (ids.user, Arc::clone(&ids.chat), Arc::clone(&ids.xmpp_id));
                self.threads.insert(key, ids.clone());
            }
            Write::Kv(scope, key, value) => {
                self.kv.insert((scope.clone(), Arc::clone(key)), Some(value.clone()));
            }
            Write::KvRemove(scope, key) => {
                self.kv.insert((scope.clone(), Arc::clone(key)), None);
            }
            Write::KvClear(scope) => {
                self.kv.retain(|(other, _), _| other != scope);
                self.kv_cleared.push(scope.clone());
            }
            depends => self.steps.extend(steps(depends)),
        }
    }

    /// Whether the ids of this message are among the changes.
    pub(super) fn has_message(&self, key: &MessageKey) -> bool {
        !self.messages.is_empty() && self.messages.contains_key(key)
    }

    /// What was to be written for a removed user would find nobody.
    fn remove_user(&mut self, user: UserId) {
        let plan = UserPlan { remove: true, ..UserPlan::default() };
        self.users.insert(user, plan);
        self.contacts.retain(|(owner, _), _| *owner != user);
        self.cards.retain(|(owner, _), _| *owner != user);
        self.rooms.retain(|(owner, _), _| *owner != user);
        self.pending.retain(|_, pending| pending.as_ref().is_none_or(|pending| pending.user != user));
        self.messages.retain(|(owner, ..), _| *owner != user);
        self.parts.retain(|(owner, ..), _| *owner != user);
        self.threads.retain(|(owner, ..), _| *owner != user);
        self.kv.retain(|(scope, _), _| scope.user != user.0);
    }

    /// What must run before anything that refers to a user.
    pub(super) fn user_statements(&self, texts: &mut Texts) -> Statements {
        let mut out = Vec::new();
        let removed =
            || self.users.iter().filter(|(_, plan)| plan.remove).map(|(id, _)| vec![Value::Int(id.0)]);
        many(&mut out, texts, &USER_APPLICATION_REMOVE, removed().collect());
        many(&mut out, texts, &USER_REMOVE, removed().collect());
        many(&mut out, texts, &USER_KV_REMOVE, removed().collect());
        let added = self.users.values().filter_map(|plan| plan.add.as_ref()).map(user_values).collect();
        many(&mut out, texts, &USER_ADD, added);
        for (id, plan) in &self.users {
            let id = Value::Int(id.0);
            if let Some(credentials) = &plan.credentials {
                let sql = "UPDATE users SET credentials = $1 WHERE id = $2";
                out.push((texts.fixed(sql), vec![sealed_value(credentials.as_ref()), id.clone()]));
            }
            if let Some(json) = &plan.preferences {
                let sql = "UPDATE users SET preferences = $1 WHERE id = $2";
                out.push((texts.fixed(sql), vec![Value::text(json), id.clone()]));
            }
            if let Some(json) = &plan.state {
                let sql = "UPDATE users SET state = $1 WHERE id = $2";
                out.push((texts.fixed(sql), vec![Value::text(json), id]));
            }
        }
        out
    }

    /// What depends on what is there, in order.
    pub(super) fn steps(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.steps)
    }

    /// Everything else.
    pub(super) fn statements(&self, texts: &mut Texts) -> Statements {
        let mut out = Vec::new();
        many(&mut out, texts, &AVATAR, self.avatars.values().map(avatar_values).collect());
        many(&mut out, texts, &CONTACT_REMOVE, gone(&self.contacts));
        many(&mut out, texts, &CONTACT, self.contacts.values().flatten().map(contact_values).collect());
        many(&mut out, texts, &CARD_REMOVE, gone(&self.cards));
        many(&mut out, texts, &CARD, self.cards.iter().filter_map(card_values).collect());
        many(&mut out, texts, &ROOM_REMOVE, gone(&self.rooms));
        many(&mut out, texts, &ROOM, self.rooms.values().flatten().map(room_values).collect());
        let done = self.pending.iter().filter(|(_, pending)| pending.is_none());
        many(&mut out, texts, &PENDING_DONE, done.map(|(id, _)| vec![Value::Int(id.0)]).collect());
        many(&mut out, texts, &PENDING_ADD, self.pending.values().flatten().map(pending_values).collect());
        many(&mut out, texts, &MESSAGE, self.messages.values().map(message_values).collect());
        many(&mut out, texts, &MESSAGE_PART, self.parts.values().map(part_values).collect());
        many(&mut out, texts, &THREAD, self.threads.values().map(thread_values).collect());
        for scope in &self.kv_cleared {
            let values = vec![Value::Int(scope.user), Value::Text(Arc::clone(&scope.name))];
            out.push((texts.fixed("DELETE FROM kv WHERE user_id = $1 AND scope = $2"), values));
        }
        let gone = self.kv.iter().filter(|(_, value)| value.is_none());
        many(&mut out, texts, &KV_REMOVE, gone.map(|(key, _)| kv_values(key)).collect());
        let set = self.kv.iter().filter_map(|(key, value)| {
            let mut values = kv_values(key);
            values.push(Value::Blob(value.as_ref()?.to_vec()));
            Some(values)
        });
        many(&mut out, texts, &KV, set.collect());
        out
    }
}

/// Cuts rows into statements.
fn many(out: &mut Statements, texts: &mut Texts, kind: &'static Many, rows: Vec<Vec<Value>>) {
    let mut rows = rows.into_iter();
    for chunk in chunks(rows.len()) {
        let values = rows.by_ref().take(chunk).flatten().collect();
        out.push((texts.many(kind, chunk), values));
    }
}

/// The statements that note the events of a transaction.
pub(super) fn events(texts: &mut Texts, kind: &'static Many, ids: &[&MessageIds]) -> Statements {
    let mut out = Vec::new();
    let mut ids = ids.iter();
    for chunk in chunks(ids.len()) {
        let mut values = Vec::with_capacity(chunk * kind.columns);
        for ids in ids.by_ref().take(chunk) {
            push_message(&mut values, ids);
        }
        out.push((texts.many(kind, chunk), values));
    }
    out
}

fn push_message(values: &mut Vec<Value>, ids: &MessageIds) {
    let xmpp_id = Some(&ids.xmpp_id).filter(|id| **id != ids.legacy_id);
    values.extend([
        Value::Int(ids.user.0),
        Value::Text(Arc::clone(&ids.chat)),
        Value::Text(Arc::clone(&ids.legacy_id)),
        Value::opt_text(xmpp_id),
        Value::flag(ids.outgoing),
        Value::Int(ids.body_hash),
        Value::Int(ids.at),
    ]);
}

fn message_values(ids: &MessageIds) -> Vec<Value> {
    let mut values = Vec::with_capacity(MESSAGE.columns);
    push_message(&mut values, ids);
    values
}

/// Those that are to be removed.
fn gone<T>(of: &BTreeMap<(UserId, Arc<str>), Option<T>>) -> Vec<Vec<Value>> {
    let gone = of.iter().filter(|(_, kept)| kept.is_none());
    gone.map(|((user, id), _)| vec![Value::Int(user.0), Value::Text(Arc::clone(id))]).collect()
}

/// Reads a row of [`EVENT_RETURNING`].
pub(super) fn returned(row: &crate::store::engine::Row) -> Result<MessageKey, StoreError> {
    Ok((UserId(row.int(0)?), row.text(1)?.into(), row.text(2)?.into()))
}
