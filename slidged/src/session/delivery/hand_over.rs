//! A message of the user, handed over to the plugin: ids of stanzas become the network's, and what
//! the network does not have becomes something that it has.

use crate::say;
use crate::session::delivery::Delivery;
use crate::session::delivery::Done;
use crate::session::delivery::Refusal;
use crate::session::message::Kind;
use crate::session::message::UserMessage;
use crate::session::reactions::reset_reactions;
use crate::session::state::Session;
use crate::session::state::Then;
use crate::store::Entry;
use crate::store::MessageIds;
use crate::store::StoreError;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;
use crate::xmpp::reactions;
use plugin_api::Chat;
use plugin_api::Error;
use plugin_api::MessageId;
use plugin_api::RemoteSession;
use plugin_api::Sender;
use plugin_api::ThreadId;
use plugin_api::UserText;
use std::sync::Arc;

impl Delivery {
    /// Calls the plugin.
    pub(super) async fn hand_over(
        &self,
        remote: &RemoteSession,
        message: &mut UserMessage,
    ) -> Result<Done, Refusal> {
        let chat = message.chat();
        self.resolve_reply(message).await?;
        self.resolve_thread(remote, message).await?;
        let Some(target) = message.kind.target() else {
            return Ok(self.say(remote, chat, message).await?);
        };
        let known = self.known(message, target).await?;
        let mut known = known.iter().map(|ids| MessageId::from(&*ids.legacy_id));
        // Some networks use the stanza's id, or the message is an old one: the network knows best.
        // Of several files, the first has the words.
        let about = known.next().unwrap_or_else(|| target.into());
        let further: Vec<_> = known.collect();
        let thread = message.text.thread.clone();
        let id = match &message.kind {
            Kind::Text | Kind::Files(_) | Kind::Bits { .. } => None,
            Kind::Correct { .. } => self.correct(remote, chat, (&about, &further), message).await?,
            Kind::Retract { .. } => {
                retract(remote, chat, (&about, &further), thread).await?;
                None
            }
            Kind::React { emojis, .. } => {
                let emojis = self.check_reactions(remote, &chat, &about, emojis.clone()).await?;
                remote.on_react(chat, about.clone(), emojis, thread).await?;
                None
            }
        };
        Ok(Done { id, about: Some(about), ..Done::default() })
    }

    /// Hands over a correction in the way that the network has: as such, as a retraction and a new
    /// message, or as a message that says what it corrects.
    async fn correct(
        &self,
        remote: &RemoteSession,
        chat: Chat,
        (about, further): (&MessageId, &[MessageId]),
        message: &UserMessage,
    ) -> Result<Option<MessageId>, Error> {
        let can = &self.can;
        let text = message.text.clone();
        if can.retraction && (text.body.is_empty() || !can.correction) {
            retract(remote, chat.clone(), (about, further), text.thread.clone()).await?;
            return if text.body.is_empty() { Ok(None) } else { remote.on_text(chat, text).await };
        }
        if can.correction {
            return remote.on_correct(chat, about.clone(), text).await;
        }
        let body = say!(self.language, "correction", text = &text.body);
        remote.on_text(chat, UserText { body, spans: Vec::new(), ..text }).await
    }

    /// Returns these reactions in the network's form, if it has them (K10, K11, K42).
    async fn check_reactions(
        &self,
        remote: &RemoteSession,
        chat: &Chat,
        about: &MessageId,
        emojis: Vec<String>,
    ) -> Result<Vec<String>, Refusal> {
        let info = &self.services.info;
        if info.special_msg_id_prefix.as_ref().is_some_and(|prefix| about.as_str().starts_with(&**prefix)) {
            return Ok(emojis);
        }
        if self.can.reactions_single_emoji && emojis.len() > 1 {
            return Err(Refusal::Reactions);
        }
        if emojis.is_empty() || self.services.hooks.lacks("available_emojis") {
            return Ok(emojis);
        }
        match remote.available_emojis(chat.clone(), Some(about.clone())).await {
            Ok(None) => Ok(emojis),
            Ok(Some(allowed)) => reactions::among(&emojis, &allowed).ok_or(Refusal::Reactions),
            Err(error) if error == Error::unsupported("available_emojis") => {
                self.services.hooks.note_lack("available_emojis");
                Ok(emojis)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Refuses reactions that the network does not have: it shows none of the user's, so they are
    /// removed from the user's clients as well (K42).
    pub(super) fn no_such_reactions(self, message: UserMessage, remote: &Arc<RemoteSession>) -> Then {
        let network = &self.services.info.component_name;
        let single = self.can.reactions_single_emoji;
        let id = if single { "one-reaction-only" } else { "no-such-reaction" };
        let text = say!(self.language, id, network = network);
        let then = self.failed(message.clone(), &StanzaError::with_text(Condition::PolicyViolation, text));
        let remote = remote.clone();
        Box::new(move |session: &mut Session| {
            then(session);
            reset_reactions(session, &message, &remote);
        })
    }

    /// Returns the messages of the network that a stanza of that id stands for (K37).
    async fn known(&self, message: &UserMessage, stanza_id: &str) -> Result<Vec<MessageIds>, Error> {
        // The message may have been delivered a moment ago.
        self.journal.submit(Entry::default()).await.map_err(StoreError::for_plugin)?;
        let messages = self.services.store.messages(self.user);
        messages.all_by_xmpp_id(message.contact.as_str(), stanza_id).await.map_err(StoreError::for_plugin)
    }

    /// Replaces the id of the message that is replied to by the network's. A reply to one that is
    /// not known gets the quote in front of its text.
    async fn resolve_reply(&self, message: &mut UserMessage) -> Result<(), Error> {
        let Some(reply) = &message.text.reply else { return Ok(()) };
        let can = self.can.replies;
        let known = if can { self.known(message, reply.id.as_str()).await? } else { Vec::new() };
        let Some(reply) = &mut message.text.reply else { return Ok(()) };
        match known.first() {
            Some(ids) => {
                reply.id = (*ids.legacy_id).into();
                reply.to = match (&message.room, ids.from_user) {
                    (None, is_user) => {
                        Some(Sender { contact: Some(message.contact.clone()), is_user, ..Sender::default() })
                    }
                    (Some(_), true) => {
                        let room = Some(message.contact.0.clone().into());
                        Some(Sender { room, is_user: true, ..Sender::default() })
                    }
                    // The client's own word counts.
                    (Some(_), false) => reply.to.take(),
                };
            }
            None => {
                message.text.reply = None;
                if let Some(quoted) = message.quoted.take() {
                    message.text.body = quoted;
                }
            }
        }
        Ok(())
    }
}

/// Retracts all messages that one stanza stands for. One that fails does not keep the others.
async fn retract(
    remote: &RemoteSession,
    chat: Chat,
    (about, further): (&MessageId, &[MessageId]),
    thread: Option<ThreadId>,
) -> Result<(), Error> {
    let mut outcome = remote.on_retract(chat.clone(), about.clone(), thread.clone()).await;
    for id in further {
        outcome = outcome.and(remote.on_retract(chat.clone(), id.clone(), thread.clone()).await);
    }
    outcome
}
