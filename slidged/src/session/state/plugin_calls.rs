//! Calls of the plugin in the order of a chat.

use crate::say;
use crate::session::chat_queue::Direction;
use crate::session::network_state::NetworkWait;
use crate::session::network_state::PATIENCE;
use crate::session::state::Session;
use crate::session::state::Signal;
use crate::session::state::Then;
use crate::session::state::Turn;
use crate::stanza::error::stanza_error;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;
use plugin_api::ContactId;
use plugin_api::Error;
use plugin_api::RemoteSession;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

impl Session {
    /// Calls a hook whose result the user is not told, in the order of that chat. A plugin that
    /// lacks it is asked only once.
    pub(in crate::session) fn notify_plugin<F>(
        &mut self,
        chat: ContactId,
        name: &'static str,
        call: impl FnOnce(Arc<RemoteSession>) -> F + Send + 'static,
    ) where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let Some(remote) = self.online() else { return };
        if self.services.hooks.lacks(name) || !self.chats.has_room(&chat, 0) {
            return;
        }
        let turn: Turn = Box::pin(async move {
            let result = call(remote.clone()).await;
            Box::new(move |session: &mut Session| session.note_hook_result(&remote, name, result)) as Then
        });
        self.take_turns(Direction::ToNetwork, chat, 0, turn);
    }

    /// Calls a hook that must not be lost: it waits for a network that is about to be there, and
    /// `refused` runs when nothing comes of it.
    pub(in crate::session) fn call_plugin<F>(
        &mut self,
        chat: ContactId,
        name: &'static str,
        call: impl FnOnce(Arc<RemoteSession>) -> F + Send + 'static,
        refused: impl FnOnce(&Session, &StanzaError) + Send + 'static,
    ) where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        self.call_plugin_and_report(chat, name, call, move |session, done| {
            if let Err(error) = done {
                refused(session, &error);
            }
        });
    }

    /// Calls a hook that must not be lost, and passes its result on in any case.
    pub(in crate::session) fn call_plugin_and_report<F>(
        &mut self,
        chat: ContactId,
        name: &'static str,
        call: impl FnOnce(Arc<RemoteSession>) -> F + Send + 'static,
        told: impl FnOnce(&mut Session, Result<(), StanzaError>) + Send + 'static,
    ) where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        if !self.chats.has_room(&chat, 0) {
            let text = say!(self.user.language, "too-much-waits");
            return told(self, Err(StanzaError::with_text(Condition::ResourceConstraint, text)));
        }
        let mut waiting = self.waiting(PATIENCE);
        let turn: Turn = Box::pin(async move {
            let remote = match waiting.remote().await {
                Ok(remote) => remote,
                Err(why) => {
                    let error = StanzaError::with_text(Condition::RecipientUnavailable, why);
                    return Box::new(move |session: &mut Session| told(session, Err(error))) as Then;
                }
            };
            let result = call(remote.clone()).await;
            Box::new(move |session: &mut Session| {
                let language = session.user.language;
                told(session, result.as_ref().copied().map_err(|error| stanza_error(language, error)));
                session.note_hook_result(&remote, name, result);
            })
        });
        self.take_turns(Direction::ToNetwork, chat, 0, turn);
    }

    /// Notes the result of a hook of that session of the plugin.
    pub(in crate::session) fn note_hook_result(
        &mut self,
        remote: &Arc<RemoteSession>,
        name: &'static str,
        result: Result<(), Error>,
    ) {
        match result {
            Ok(()) => {}
            // This is the answer that hooks have by default; other errors may be about this one
            // case.
            Err(error) if error == Error::unsupported(name) => self.services.hooks.note_lack(name),
            Err(error) => {
                tracing::debug!(hook = name, %error, "a hook failed");
                self.check_panic(remote, &error);
            }
        }
    }

    /// Ends the session of the plugin in which a call panicked; an earlier one has ended already.
    pub(in crate::session) fn check_panic(&mut self, remote: &Arc<RemoteSession>, error: &Error) {
        if error.panicked {
            self.signals.push_back(Signal::PluginFailed(remote.clone(), error.clone()));
        }
    }

    /// Begins a wait for the network, at most that long.
    pub(in crate::session) fn waiting(&self, patience: Duration) -> NetworkWait {
        let network = self.services.info.component_name.clone();
        let (ready, until) = (self.connection.readiness(), Instant::now() + patience);
        NetworkWait { ready, until, network, language: self.user.language }
    }

    /// Returns the plugin's session, if the network takes something now.
    pub(in crate::session) fn online(&self) -> Option<Arc<RemoteSession>> {
        self.connection.online()
    }
}
