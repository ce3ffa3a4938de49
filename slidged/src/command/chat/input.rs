//! Questions of the plugin to the user: the next line is the answer.

use super::words;
use crate::{gateway::Gateway, language::Language, say};
use jid::BareJid;
use plugin_api::{Condition, Error};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// Nobody is waited for longer, whatever the plugin wants: its call would hold a place for good.
const LONGEST: Duration = Duration::from_secs(3600);

impl Gateway {
    /// Asks the user, and waits for what they write next.
    ///
    /// # Errors
    ///
    /// When they do not answer, want to stop, or are asked too much already.
    pub(crate) async fn input(
        self: Arc<Self>,
        who: BareJid,
        prompt: String,
        patience: Duration,
        language: Language,
    ) -> Result<String, Error> {
        let Some(mut listener) = self.listen_to(&who, language) else {
            let error = Error::from(Condition::ResourceConstraint);
            return Err(error.with_detail("the user is asked several things already"));
        };
        self.tell(&who, &prompt);
        let line = timeout(patience.min(LONGEST), listener.line());
        let line = tokio::select! {
            line = line => line,
            // Whoever restarts the gateway does not wait for people.
            () = self.stopping() => {
                return Err(Error::new(Condition::RecipientUnavailable, say!(language, "stopping-now")));
            }
        };
        match line {
            Ok(Some(line)) if words::is_cancel(&line) => {
                Err(Error::new(Condition::NotAcceptable, say!(language, "input-cancelled")))
            }
            Ok(Some(line)) => Ok(line),
            Ok(None) | Err(_) => {
                let text = say!(language, "input-too-slow");
                self.tell(&who, &text);
                Err(Error::new(Condition::RemoteServerTimeout, text))
            }
        }
    }
}
