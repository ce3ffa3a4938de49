//! What is kept about a user, for that user.

use super::Gateway;
use crate::model::caller::Caller;
use crate::say;
use crate::xmpp::{Condition, StanzaError};
use bytes::Bytes;

impl Gateway {
    /// All of it, as JSON.
    ///
    /// # Errors
    ///
    /// What the user is told.
    pub(crate) async fn export(&self, caller: &Caller) -> Result<Bytes, StanzaError> {
        let kept = self.store.export(&caller.bare()).await.map_err(|error| self.trouble(&error))?;
        let Some(kept) = kept else {
            let text = say!(caller.language, "denied-not-registered", network = &self.info.component_name);
            return Err(StanzaError::with_text(Condition::RegistrationRequired, text));
        };
        Ok(serde_json::to_vec_pretty(&kept).unwrap_or_default().into())
    }
}
