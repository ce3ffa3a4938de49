//! Users of the gateway: registration, sealed credentials and preferences.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use secrecy::ExposeSecret as _;
use serde::de::IgnoredAny;

use super::engine::{Conn, Row, Value};
use super::journal::{Script, Storable, Table, plain};
use super::reader::Reader;
use super::sql::Many;
use super::{Keyring, Sealed, StoreError, UserId, applicant, kv};

impl Storable for UserId {}

/// Registered user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Number from [`Store::new_user_id`](super::Store::new_user_id).
    pub id: UserId,
    /// Prepared bare JID. Unique.
    pub jid: Arc<str>,
    /// Time of the registration, milliseconds since 1970.
    pub registered_at: i64,
    /// Credentials for the network, sealed by [`Store::seal`](super::Store::seal) and opened by
    /// [`Store::unseal`](super::Store::unseal).
    pub credentials: Option<Sealed>,
    /// Preferences, a JSON object.
    pub preferences: String,
    /// State that the session wants to find again after a restart, a JSON object.
    pub state: String,
}

impl Storable for User {
    fn weight(&self) -> usize {
        self.jid.len() + self.preferences.len() + self.state.len() + self.credentials.weight()
    }

    fn is_storable(&self) -> bool {
        plain(&self.jid) && plain(&self.preferences) && plain(&self.state)
    }
}

impl Storable for Sealed {
    fn weight(&self) -> usize {
        self.0.len()
    }
}

/// Read access to the users.
#[derive(Debug)]
pub struct Users<'a>(pub(super) &'a Reader);

const COLUMNS: &str = "SELECT id, jid, registered_at, credentials, preferences, state FROM users";

impl Users<'_> {
    /// Returns all users, in the order of their registration. Read once, at the start.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all(&self) -> Result<Vec<User>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} ORDER BY id").into();
        self.0.read(sql, vec![]).await?.iter().map(read).collect()
    }

    /// Returns the user with this bare JID.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_jid(&self, jid: &str) -> Result<Option<User>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} WHERE jid = $1").into();
        self.0.read(sql, vec![Value::text(jid)]).await?.first().map(read).transpose()
    }
}

/// Reads the highest number of a user; 0 for none.
///
/// # Errors
/// When the database fails.
pub(super) async fn last_id(conn: &mut Conn) -> Result<i64, StoreError> {
    conn.fetch_int("SELECT COALESCE(MAX(id), 0) FROM users").await
}

/// Owner that a user's credentials are sealed for.
pub(super) fn owner(jid: &str) -> String {
    format!("user:{jid}")
}

/// Returns the names of a user's credential fields; no value is even read. `None` when they cannot
/// be opened.
pub(super) fn credential_fields(user: &User, keys: &Keyring) -> Option<Vec<String>> {
    let Some(sealed) = &user.credentials else { return Some(Vec::new()) };
    let opened = keys.open(&owner(&user.jid), sealed).ok()?;
    let fields: BTreeMap<String, IgnoredAny> = serde_json::from_slice(opened.expose_secret()).ok()?;
    Some(fields.into_keys().collect())
}

fn read(row: &Row) -> Result<User, StoreError> {
    Ok(User {
        id: UserId(row.int(0)?),
        jid: row.text(1)?.into(),
        registered_at: row.int(2)?,
        credentials: row.opt_blob(3)?.map(Sealed),
        preferences: row.text(4)?,
        state: row.text(5)?,
    })
}

static INSERT: Many = Many {
    head: "INSERT INTO users (id, jid, registered_at, credentials, preferences, state) VALUES ",
    columns: 6,
    tail: "",
};
static DELETE: Many = Many { head: "DELETE FROM users WHERE id IN (", columns: 1, tail: ")" };

/// Changes of users in one transaction.
#[derive(Debug, Default)]
pub(super) struct UserTable {
    removed: BTreeSet<UserId>,
    changed: BTreeMap<UserId, UserChange>,
}

#[derive(Debug, Default)]
struct UserChange {
    add: Option<User>,
    credentials: Option<Option<Sealed>>,
    preferences: Option<String>,
    state: Option<String>,
}

impl UserTable {
    pub(super) fn add(&mut self, user: &User) {
        self.change(user.id).add = Some(user.clone());
    }

    pub(super) fn set_credentials(&mut self, user: UserId, credentials: Option<&Sealed>) {
        self.change(user).credentials = Some(credentials.cloned());
    }

    pub(super) fn set_preferences(&mut self, user: UserId, json: &str) {
        self.change(user).preferences = Some(json.to_owned());
    }

    pub(super) fn set_state(&mut self, user: UserId, json: &str) {
        self.change(user).state = Some(json.to_owned());
    }

    fn change(&mut self, user: UserId) -> &mut UserChange {
        self.changed.entry(user).or_default()
    }
}

impl Table for UserTable {
    fn remove_user(&mut self, user: UserId) {
        self.changed.remove(&user);
        self.removed.insert(user);
    }

    fn statements(&self, script: &mut Script<'_>) {
        let removed = || self.removed.iter().map(|id| vec![Value::Int(id.0)]).collect();
        script.many(&applicant::DELETE_OF_USERS, removed());
        script.many(&DELETE, removed());
        script.many(&kv::DELETE_OF_USERS, removed());
        let added = self.changed.values().filter_map(|change| change.add.as_ref());
        script.many(&INSERT, added.map(values).collect());
        for (id, change) in &self.changed {
            let id = Value::Int(id.0);
            if let Some(credentials) = &change.credentials {
                let sql = "UPDATE users SET credentials = $1 WHERE id = $2";
                script.one(sql, vec![sealed_value(credentials.as_ref()), id.clone()]);
            }
            if let Some(json) = &change.preferences {
                let sql = "UPDATE users SET preferences = $1 WHERE id = $2";
                script.one(sql, vec![Value::text(json), id.clone()]);
            }
            if let Some(json) = &change.state {
                script.one("UPDATE users SET state = $1 WHERE id = $2", vec![Value::text(json), id]);
            }
        }
    }
}

fn values(user: &User) -> Vec<Value> {
    vec![
        Value::Int(user.id.0),
        Value::Text(Arc::clone(&user.jid)),
        Value::Int(user.registered_at),
        sealed_value(user.credentials.as_ref()),
        Value::text(&user.preferences),
        Value::text(&user.state),
    ]
}

fn sealed_value(sealed: Option<&Sealed>) -> Value {
    sealed.map_or(Value::NoBlob, |sealed| Value::Blob(sealed.0.clone()))
}
