//! Contacts of a user, as the network knows them.

use std::sync::Arc;

use serde_json::json;

use super::engine::{Row, Value};
use super::export::{List, parsed};
use super::journal::{Changes, Script, Storable, Table, plain, user_and_id};
use super::reader::Reader;
use super::sql::Many;
use super::{StoreError, UserId};

/// Contact of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// User.
    pub user: UserId,
    /// The network's id, always as text.
    pub legacy_id: Arc<str>,
    /// The network's name for it.
    pub name: Option<Arc<str>>,
    /// Whether both are friends on the network.
    pub is_friend: bool,
    /// Whether the gateway has put it into the user's roster.
    pub on_roster: bool,
    /// Disco type of its client: `pc`, `phone`, `bot`…
    pub client_type: Arc<str>,
    /// Hash of its avatar.
    pub avatar: Option<Arc<str>>,
    /// The plugin's version of that avatar.
    pub avatar_version: Option<Arc<str>>,
    /// All other fields, as a JSON object.
    pub extra: Arc<str>,
}

impl Storable for Contact {
    fn weight(&self) -> usize {
        self.extra.len()
    }

    fn is_storable(&self) -> bool {
        plain(&self.legacy_id)
            && self.name.is_storable()
            && plain(&self.client_type)
            && plain(&self.extra)
            && self.avatar.is_storable()
            && self.avatar_version.is_storable()
    }
}

/// Read access to the contacts of a user.
#[derive(Debug)]
pub struct Contacts<'a>(pub(super) &'a Reader, pub(super) UserId);

const COLUMNS: &str = "SELECT user_id, legacy_id, name, is_friend, on_roster, client_type, avatar, avatar_version, extra FROM contacts";

impl Contacts<'_> {
    /// Returns all contacts, by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all(&self) -> Result<Vec<Contact>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} WHERE user_id = $1 ORDER BY legacy_id").into();
        self.0.read(sql, vec![Value::Int(self.1.0)]).await?.iter().map(read).collect()
    }

    /// Returns the contact with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get(&self, legacy_id: &str) -> Result<Option<Contact>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} WHERE user_id = $1 AND legacy_id = $2").into();
        let rows = self.0.read(sql, vec![Value::Int(self.1.0), Value::text(legacy_id)]).await?;
        rows.first().map(read).transpose()
    }
}

fn read(row: &Row) -> Result<Contact, StoreError> {
    Ok(Contact {
        user: UserId(row.int(0)?),
        legacy_id: row.text(1)?.into(),
        name: row.opt_text(2)?.map(Into::into),
        is_friend: row.flag(3)?,
        on_roster: row.flag(4)?,
        client_type: row.text(5)?.into(),
        avatar: row.opt_text(6)?.map(Into::into),
        avatar_version: row.opt_text(7)?.map(Into::into),
        extra: row.text(8)?.into(),
    })
}

static UPSERT: Many = Many {
    head: "INSERT INTO contacts (user_id, legacy_id, name, is_friend, on_roster, client_type, avatar, avatar_version, extra) VALUES ",
    columns: 9,
    tail: " ON CONFLICT (user_id, legacy_id) DO UPDATE SET name = excluded.name, is_friend = excluded.is_friend, \
           on_roster = excluded.on_roster, client_type = excluded.client_type, avatar = excluded.avatar, \
           avatar_version = excluded.avatar_version, extra = excluded.extra",
};
static DELETE: Many =
    Many { head: "DELETE FROM contacts WHERE (user_id, legacy_id) IN (VALUES ", columns: 2, tail: ")" };

/// Changes of contacts in one transaction.
#[derive(Debug, Default)]
pub(super) struct ContactTable(Changes<(UserId, Arc<str>), Contact>);

impl ContactTable {
    pub(super) fn put(&mut self, contact: &Contact) {
        self.0.set((contact.user, Arc::clone(&contact.legacy_id)), Some(contact.clone()));
    }

    pub(super) fn remove(&mut self, user: UserId, legacy_id: &Arc<str>) {
        self.0.set((user, Arc::clone(legacy_id)), None);
    }
}

impl Table for ContactTable {
    fn remove_user(&mut self, user: UserId) {
        self.0.retain(|(owner, _), _| *owner != user);
    }

    fn statements(&self, script: &mut Script<'_>) {
        script.many(&DELETE, self.0.removed().map(user_and_id).collect());
        script.many(&UPSERT, self.0.rows().map(|(_, contact)| values(contact)).collect());
    }
}

fn values(contact: &Contact) -> Vec<Value> {
    vec![
        Value::Int(contact.user.0),
        Value::Text(Arc::clone(&contact.legacy_id)),
        Value::opt_text(contact.name.as_ref()),
        Value::flag(contact.is_friend),
        Value::flag(contact.on_roster),
        Value::Text(Arc::clone(&contact.client_type)),
        Value::opt_text(contact.avatar.as_ref()),
        Value::opt_text(contact.avatar_version.as_ref()),
        Value::Text(Arc::clone(&contact.extra)),
    ]
}

/// Contacts with their vCards in an export.
pub(super) const EXPORT: List = List {
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
