//! Invitations: tokens that let people register.

use std::fmt;
use std::sync::Arc;

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use jid::BareJid;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use super::engine::{Row, Value};
use super::journal::{ConditionalWrite, Storable, plain};
use super::reader::Reader;
use super::{Page, StoreError};

/// Random bytes of a token: nobody guesses 128 bits, and 26 characters can still be typed.
const TOKEN: usize = 16;

/// SHA-256 of a token in hex, which is all that is kept of it. A token has too many random bits for
/// a table of hashes to help.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash(pub(super) Arc<str>);

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenHash({}…)", self.short())
    }
}

impl TokenHash {
    /// Hashes a token as typed: capitals, spaces and hyphens do not matter.
    #[must_use]
    pub fn of(token: &str) -> TokenHash {
        let plain = token.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let plain: String = plain.map(|c| c.to_ascii_lowercase()).collect();
        TokenHash(HEXLOWER.encode(&Sha256::digest(plain)).into())
    }

    /// Returns its beginning, which is enough to name an invitation in a list.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

/// Creates a token, to be shown once, and its hash.
///
/// # Errors
/// [`StoreError::Invalid`] when the system gives no randomness.
pub fn new_token() -> Result<(SecretString, TokenHash), StoreError> {
    let mut bytes = [0; TOKEN];
    getrandom::fill(&mut bytes).map_err(|_| StoreError::Invalid("the system gives no random numbers"))?;
    let token = BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
    let hash = TokenHash::of(&token);
    Ok((token.into(), hash))
}

/// Invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Hash from [`new_token`].
    pub token: TokenHash,
    /// Administrator who made it.
    pub made_by: BareJid,
    /// Time of creation, milliseconds since 1970.
    pub made_at: i64,
    /// Time of expiry, milliseconds since 1970.
    pub expires_at: i64,
    /// Number of registrations that are left.
    pub uses_left: u32,
    /// The administrator's note about whom it is for; may be empty.
    pub note: String,
}

impl Invitation {
    /// Whether it can be used now.
    #[must_use]
    pub fn is_redeemable(&self, now: i64) -> bool {
        self.uses_left > 0 && now < self.expires_at
    }
}

/// Read access to the invitations.
#[derive(Debug)]
pub struct Invitations<'a>(pub(super) &'a Reader);

const COLUMNS: &str = "SELECT token, made_by, made_at, expires_at, uses_left, note FROM invitations";

impl Invitations<'_> {
    /// Returns the invitation with this token. Only
    /// [`Write::InvitationRedeem`](super::Write::InvitationRedeem) makes sure that it can be used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get(&self, token: &TokenHash) -> Result<Option<Invitation>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} WHERE token = $1").into();
        let rows = self.0.read(sql, vec![Value::Text(Arc::clone(&token.0))]).await?;
        rows.first().map(read).transpose()
    }

    /// Returns a page of the invitations, the newest first. Used and expired ones are among them
    /// until the next is made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(&self, page: Page) -> Result<Vec<Invitation>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} ORDER BY made_at DESC, token LIMIT $1 OFFSET $2").into();
        self.0.read(sql, page.values()).await?.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        token: TokenHash(row.text(0)?.into()),
        made_by: row.bare_jid(1)?,
        made_at: row.int(2)?,
        expires_at: row.int(3)?,
        uses_left: u32::try_from(row.int(4)?).unwrap_or(0),
        note: row.text(5)?,
    })
}

impl Storable for TokenHash {}

impl Storable for Invitation {
    fn weight(&self) -> usize {
        self.note.len()
    }

    fn is_storable(&self) -> bool {
        plain(&self.note)
    }
}

/// Adds an invitation, and removes those that are used up or have expired by then: the table holds
/// no more than the valid ones.
pub(super) fn add(invitation: &Invitation) -> [ConditionalWrite; 2] {
    let expired = "DELETE FROM invitations WHERE uses_left = 0 OR expires_at <= $1";
    let sql = "INSERT INTO invitations (token, made_by, made_at, expires_at, uses_left, note) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let values = vec![
        Value::Text(Arc::clone(&invitation.token.0)),
        Value::text(invitation.made_by.as_str()),
        Value::Int(invitation.made_at),
        Value::Int(invitation.expires_at),
        Value::Int(invitation.uses_left.into()),
        Value::text(&invitation.note),
    ];
    let expired = ConditionalWrite::new(expired, vec![Value::Int(invitation.made_at)]);
    [expired, ConditionalWrite::new(sql, values)]
}

/// Takes one use of an invitation, if there is one to take.
pub(super) fn redeem(token: &TokenHash, at: i64) -> ConditionalWrite {
    let sql = "UPDATE invitations SET uses_left = uses_left - 1 \
               WHERE token = $1 AND expires_at > $2 AND uses_left > 0";
    let values = vec![Value::Text(Arc::clone(&token.0)), Value::Int(at)];
    ConditionalWrite::new(sql, values).or(StoreError::NotRedeemable)
}

/// Withdraws an invitation.
pub(super) fn remove(token: &TokenHash) -> ConditionalWrite {
    let values = vec![Value::Text(Arc::clone(&token.0))];
    ConditionalWrite::new("DELETE FROM invitations WHERE token = $1", values)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_token_can_be_typed_and_no_two_are_the_same() {
        let (token, hash) = new_token().unwrap();
        let token = token.expose_secret();
        assert_eq!(token.len(), 26);
        let typed = format!(" {}-{} ", &token[..5].to_uppercase(), &token[5..]);
        assert_eq!(TokenHash::of(&typed), hash);
        assert_ne!(new_token().unwrap().1, hash);
        assert_ne!(TokenHash::of(&token[1..]), hash);
    }

    #[test]
    fn the_hash_is_that_of_everybody_else() {
        // `printf abc | sha256sum`
        assert!(TokenHash::of("ABC").0.starts_with("ba7816bf8f01cfea414140de5dae2223b00361a3"));
        assert_eq!(format!("{:?}", TokenHash::of("abc")), "TokenHash(ba7816bf…)");
    }
}
