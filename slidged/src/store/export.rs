//! Everything that is kept about a user, as JSON: their right to know, and to take it elsewhere.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use jid::BareJid;
use secrecy::ExposeSecret as _;
use serde::de::IgnoredAny;
use serde_json::{Value as Json, json};

use super::engine::{Row, Value};
use super::reader::Reader;
use super::user::owner;
use super::{Applicants, Bans, Keyring, Kv, Scope, StoreError, User, UserId, Users};

/// Bytes of JSON in the lists of one export: what common upload services take (Prosody's default is 10 MiB), and ten thousands of
/// messages' ids. Memory is a few times that while it is made.
pub const EXPORT_BYTES: usize = 8 << 20;

/// Keys of values read at a time.
const KEYS: u16 = 500;

/// Text in the database that we have written as JSON, as such.
fn parsed(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// A list of the export: where its rows are, and what becomes of one.
struct List {
    count: &'static str,
    /// Of user `$1`, `$2` rows behind the first `$3`.
    rows: &'static str,
    /// Rows read at a time: few where one may be as large as a stanza.
    page: u16,
    item: fn(&Row) -> Result<Json, StoreError>,
}

const CONTACTS: List = List {
    count: "SELECT COUNT(*) FROM contacts WHERE user_id = $1",
    rows: "SELECT legacy_id, name, is_friend, on_roster, client_type, avatar, extra, \
           (SELECT card FROM cards WHERE cards.user_id = contacts.user_id AND cards.legacy_id = contacts.legacy_id) \
           FROM contacts WHERE user_id = $1 ORDER BY legacy_id LIMIT $2 OFFSET $3",
    page: 100,
    item: |row| {
        Ok(json!({
            "id": row.text(0)?,
            "name": row.opt_text(1)?,
            "is_friend": row.flag(2)?,
            "on_roster": row.flag(3)?,
            "client_type": row.text(4)?,
            "avatar_sha1": row.opt_text(5)?,
            "extra": parsed(&row.text(6)?),
            "card": row.opt_text(7)?.map(|card| parsed(&card)),
        }))
    },
};

const ROOMS: List = List {
    count: "SELECT COUNT(*) FROM rooms WHERE user_id = $1",
    rows: "SELECT legacy_id, info, joined, avatar FROM rooms WHERE user_id = $1 ORDER BY legacy_id LIMIT $2 OFFSET $3",
    page: 100,
    item: |row| {
        Ok(json!({
            "id": row.text(0)?,
            "info": parsed(&row.text(1)?),
            "joined": parsed(&row.text(2)?),
            "avatar_sha1": row.opt_text(3)?,
        }))
    },
};

const PENDING: List = List {
    count: "SELECT COUNT(*) FROM pending WHERE user_id = $1",
    rows: "SELECT chat, sender, xmpp_id, kind, created_at, operation FROM pending WHERE user_id = $1 \
           ORDER BY id LIMIT $2 OFFSET $3",
    page: 16,
    item: |row| {
        Ok(json!({
            "chat": row.text(0)?,
            "sender": row.text(1)?,
            "xmpp_id": row.opt_text(2)?,
            "kind": row.text(3)?,
            "created_at": row.int(4)?,
            "operation_base64": BASE64.encode(&row.blob(5)?),
        }))
    },
};

const FILES: List = List {
    count: "SELECT COUNT(*) FROM files WHERE user_id = $1",
    rows: "SELECT file_id, url, name, content_type, size, good_until FROM files WHERE user_id = $1 \
           ORDER BY file_id LIMIT $2 OFFSET $3",
    page: 100,
    item: |row| {
        Ok(json!({
            "id": row.text(0)?,
            "url": row.text(1)?,
            "name": row.text(2)?,
            "content_type": row.text(3)?,
            "size": row.int(4)?,
            "good_until": row.int(5)?,
        }))
    },
};

/// The newest first, because those are left out last.
const MESSAGES: List = List {
    count: "SELECT COUNT(*) FROM messages WHERE user_id = $1",
    rows: "SELECT chat, legacy_id, COALESCE(xmpp_id, legacy_id), outgoing, at FROM messages WHERE user_id = $1 \
           ORDER BY id DESC LIMIT $2 OFFSET $3",
    page: 500,
    item: |row| {
        Ok(json!({
            "chat": row.text(0)?,
            "id": row.text(1)?,
            "xmpp_id": row.text(2)?,
            "outgoing": row.flag(3)?,
            "at": row.int(4)?,
        }))
    },
};

const PARTS: List = List {
    count: "SELECT COUNT(*) FROM message_parts WHERE user_id = $1",
    rows: "SELECT chat, legacy_id, xmpp_id, part, at FROM message_parts WHERE user_id = $1 \
           ORDER BY at DESC, chat, xmpp_id LIMIT $2 OFFSET $3",
    page: 500,
    item: |row| {
        Ok(json!({
            "chat": row.text(0)?,
            "id": row.text(1)?,
            "xmpp_id": row.text(2)?,
            "part": row.int(3)?,
            "at": row.int(4)?,
        }))
    },
};

const THREADS: List = List {
    count: "SELECT COUNT(*) FROM threads WHERE user_id = $1",
    rows: "SELECT chat, legacy_id, xmpp_id FROM threads WHERE user_id = $1 ORDER BY chat, xmpp_id LIMIT $2 OFFSET $3",
    page: 500,
    item: |row| Ok(json!({ "chat": row.text(0)?, "id": row.text(1)?, "xmpp_id": row.text(2)? })),
};

/// Takes the room for an item; when it does not fit, for the rest neither: what is left out is the end, there are no holes.
fn take(left: &mut usize, size: usize) -> bool {
    *left = left.saturating_sub(size);
    *left > 0
}

/// Collects an export.
pub(super) struct Exporter<'a> {
    pub(super) reader: &'a Reader,
    pub(super) keys: &'a Keyring,
}

impl Exporter<'_> {
    /// See [`Store::export`](super::Store::export).
    pub(super) async fn export(&self, jid: &BareJid) -> Result<Option<Json>, StoreError> {
        let Some(user) = Users(self.reader).by_jid(jid.as_str()).await? else { return Ok(None) };
        let mut left = EXPORT_BYTES;
        let contacts = self.list(&CONTACTS, user.id, &mut left).await?;
        let rooms = self.list(&ROOMS, user.id, &mut left).await?;
        let pending = self.list(&PENDING, user.id, &mut left).await?;
        let files = self.list(&FILES, user.id, &mut left).await?;
        let values = self.values(user.id, &mut left).await?;
        let threads = self.list(&THREADS, user.id, &mut left).await?;
        let messages = self.list(&MESSAGES, user.id, &mut left).await?;
        let parts = self.list(&PARTS, user.id, &mut left).await?;
        let application = Applicants(self.reader).get(jid).await?.map(|applicant| {
            json!({
                "asked_at": applicant.asked_at,
                "asked_from": applicant.full.as_str(),
                "state": applicant.state.word(),
            })
        });
        let bans = Bans(self.reader).of(jid).await?;
        let bans = bans
            .iter()
            .map(|ban| json!({ "subject": ban.subject.as_str(), "reason": ban.reason, "at": ban.at }));
        Ok(Some(json!({
            "jid": &*user.jid,
            "registered_at": user.registered_at,
            "credential_fields": self.credential_fields(&user),
            "preferences": parsed(&user.preferences),
            "state": parsed(&user.state),
            "application": application,
            "bans": bans.collect::<Vec<_>>(),
            "contacts": contacts,
            "rooms": rooms,
            "files": files,
            "pending": pending,
            "values": values,
            "threads": threads,
            "messages": messages,
            "message_parts": parts,
        })))
    }

    async fn list(&self, list: &List, user: UserId, left: &mut usize) -> Result<Json, StoreError> {
        let count = self.count(list.count, user).await?;
        let mut items = Vec::new();
        'full: for skip in (0..count).step_by(list.page.into()) {
            let values = vec![Value::Int(user.0), Value::Int(list.page.into()), Value::Int(skip)];
            for row in self.reader.read(list.rows, values).await? {
                let item = (list.item)(&row)?;
                if !take(left, item.to_string().len()) {
                    break 'full;
                }
                items.push(item);
            }
        }
        Ok(json!({ "count": count, "items": items }))
    }

    /// Values may have any size, so each is read alone, when it is known to fit.
    async fn values(&self, user: UserId, left: &mut usize) -> Result<Json, StoreError> {
        let count = self.count("SELECT COUNT(*) FROM kv WHERE user_id = $1", user).await?;
        let keys = "SELECT scope, key, CAST(LENGTH(value) AS BIGINT) FROM kv WHERE user_id = $1 \
                    ORDER BY scope, key LIMIT $2 OFFSET $3";
        let mut items = Vec::new();
        'full: for skip in (0..count).step_by(KEYS.into()) {
            for row in self
                .reader
                .read(keys, vec![Value::Int(user.0), Value::Int(KEYS.into()), Value::Int(skip)])
                .await?
            {
                let (scope, key) = (row.text(0)?, row.text(1)?);
                let size = BASE64.encode_len(usize::try_from(row.int(2)?).unwrap_or(0));
                if !take(left, scope.len() + key.len() + size) {
                    break 'full;
                }
                if let Some(value) = Kv(self.reader, Scope::user(user, scope.as_str())).get(&key).await? {
                    items.push(json!({ "scope": scope, "key": key, "value_base64": BASE64.encode(&value) }));
                }
            }
        }
        Ok(json!({ "count": count, "items": items }))
    }

    async fn count(&self, sql: &'static str, user: UserId) -> Result<i64, StoreError> {
        self.reader.read(sql, vec![Value::Int(user.0)]).await?.first().map_or(Ok(0), |row| row.int(0))
    }

    /// The names only: no value is even read. `None` when they cannot be opened.
    fn credential_fields(&self, user: &User) -> Option<Vec<String>> {
        let Some(sealed) = &user.credentials else { return Some(Vec::new()) };
        let opened = self.keys.open(&owner(&user.jid), sealed).ok()?;
        let fields: BTreeMap<String, IgnoredAny> = serde_json::from_slice(opened.expose_secret()).ok()?;
        Some(fields.into_keys().collect())
    }
}
