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
    /// Id of the user in the store.
    pub id: UserId,
    /// Bare JID of the user.
    pub jid: BareJid,
    /// Data that the plugin keeps for the user, such as credentials; sealed in the database.
    pub data: Data,
    /// Preferences, as the plugin's form.
    pub preferences: Form,
    /// Language of the texts that the user reads.
    pub language: Language,
}

/// State that a session finds again after a restart.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// Language tag, written like the values of `xml:lang`.
    language: String,
}

impl Account {
    /// Reads all registered users. A user whose row cannot be read is left out and logged, so that
    /// nobody else suffers.
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

    /// Reads the user of that address.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn of(store: &Store, jid: &BareJid) -> Result<Option<Account>, StoreError> {
        store.users().by_jid(jid.as_str()).await?.map(|row| read(store, &row)).transpose()
    }

    /// Registers a user; `grant`, the write that admits them, is committed together with the row.
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

/// Returns [`User::state`] for a user who reads that language.
#[must_use]
pub fn state(language: Language) -> String {
    serde_json::to_string(&State { language: language.tag().to_owned() }).unwrap_or_default()
}

/// Seals a user's data for the database.
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
    // A language that cannot be read is no reason to do without the user.
    let state: State = serde_json::from_str(&row.state).unwrap_or_default();
    Ok(Account {
        id: row.id,
        jid: BareJid::new(&row.jid).map_err(|_| StoreError::Invalid("a user's address is none"))?,
        data,
        preferences: serde_json::from_str(&row.preferences).map_err(invalid)?,
        language: Language::of(Some(&state.language)),
    })
}
