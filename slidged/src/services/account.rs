//! Registered users as sessions know them: the store's rows, with the credentials opened.

use crate::language::Language;
use crate::model::clock::now;
use crate::store::{Entry, Sealed, Store, StoreError, User, UserId, Write};
use jid::BareJid;
use plugin_api::{Data, Form};
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Serialize};

/// A registered user.
#[derive(Clone)]
pub struct Account {
    /// In the store.
    pub id: UserId,
    /// Who.
    pub jid: BareJid,
    /// What the plugin keeps for them.
    pub data: Data,
    /// Preferences.
    pub preferences: Form,
    /// What they read.
    pub language: Language,
}

/// What a session wants to find again after a restart.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// As in `xml:lang`.
    language: String,
}

impl Account {
    /// All of them. One whose row cannot be read is left out, and the log says why: nobody else suffers.
    ///
    /// # Errors
    ///
    /// When the store cannot be read at all.
    pub async fn all(store: &Store) -> Result<Vec<Account>, StoreError> {
        let rows = store.users().all().await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| {
                let jid = row.jid.clone();
                read(store, &row)
                    .map_err(|error| tracing::error!(user = %jid, %error, "a user could not be read"))
                    .ok()
            })
            .collect())
    }

    /// The one of that address.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn of(store: &Store, jid: &BareJid) -> Result<Option<Account>, StoreError> {
        store.users().by_jid(jid.as_str()).await?.map(|row| read(store, &row)).transpose()
    }

    /// A new one; `grant` is what lets them in.
    ///
    /// # Errors
    ///
    /// When it cannot be stored, or there is one already.
    pub async fn add(
        store: &Store,
        jid: BareJid,
        data: Data,
        preferences: Form,
        language: Language,
        grant: Option<Write>,
    ) -> Result<Account, StoreError> {
        let account = Account { id: store.new_user_id(), jid, data, preferences, language };
        let row = User {
            id: account.id,
            jid: account.jid.as_str().into(),
            registered_at: now(),
            credentials: Some(seal(store, &account.jid, &account.data)?),
            preferences: serde_json::to_string(&account.preferences).unwrap_or_default(),
            state: state(language),
        };
        let writes = std::iter::once(Write::UserAdd(row)).chain(grant).collect();
        store.journal().commit(Entry { writes, ..Entry::default() }).await?;
        Ok(account)
    }
}

/// [`User::state`] of who reads that.
#[must_use]
pub fn state(language: Language) -> String {
    serde_json::to_string(&State { language: language.tag().to_owned() }).unwrap_or_default()
}

/// A user's data as it is kept.
///
/// # Errors
///
/// When the system gives no randomness.
pub fn seal(store: &Store, jid: &BareJid, data: &Data) -> Result<Sealed, StoreError> {
    let json = serde_json::to_vec(data).unwrap_or_default();
    store.seal(jid.as_str(), &SecretSlice::from(json))
}

fn read(store: &Store, row: &User) -> Result<Account, StoreError> {
    let invalid = |_| StoreError::Invalid("a user's row holds something else than expected");
    let data = match &row.credentials {
        Some(sealed) => {
            let opened = store.unseal(&row.jid, sealed)?;
            serde_json::from_slice(opened.expose_secret()).map_err(invalid)?
        }
        None => Data::new(),
    };
    // Worth less than the user.
    let state: State = serde_json::from_str(&row.state).unwrap_or_default();
    Ok(Account {
        id: row.id,
        jid: BareJid::new(&row.jid).map_err(|_| StoreError::Invalid("a user's address is none"))?,
        data,
        preferences: serde_json::from_str(&row.preferences).map_err(invalid)?,
        language: Language::of(Some(&state.language)),
    })
}
