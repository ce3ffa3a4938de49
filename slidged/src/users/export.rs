//! Export of a user's data, for that user.

use super::{Users, not_registered};
use crate::{model::caller::Caller, services, xmpp::StanzaError};
use bytes::Bytes;

/// Exports everything that is kept about a user, as JSON.
///
/// # Errors
///
/// The answer to the user, with the reason.
pub(crate) async fn export(users: &Users, caller: &Caller) -> Result<Bytes, StanzaError> {
    let kept = users.services.store.export(&caller.bare()).await;
    let kept = kept.map_err(|error| services::store_failed(&error))?;
    let Some(kept) = kept else { return Err(not_registered(&users.services, caller)) };
    Ok(serde_json::to_vec_pretty(&kept).unwrap_or_default().into())
}
