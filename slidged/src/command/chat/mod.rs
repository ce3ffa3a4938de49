//! Commands in a chat: for clients without forms, and for people who would rather type.
//!
//! A message to the gateway either answers a question that it asked, or begins a command.

pub(crate) mod answer;
mod ask;
mod conversation;
mod help;
mod lines;
mod whom;
mod words;

use crate::command::Env;
use crate::command::caller::Context;
use crate::command::catalog::Commands;
use crate::command::permission::served;
use crate::model::caller::Caller;
use crate::model::lock::lock;
use crate::model::rate::Buckets;
use crate::model::rate::Rate;
use crate::say;
use crate::session::encrypted;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::retraction;
use jid::BareJid;
use jid::Jid;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Instant;

pub(super) use lines::note;
pub(super) use words::given;

/// Longest line of a stranger, in bytes: longer than any password or token.
const MAX_LINE: usize = 4 << 10;
/// Lines that one person may write: faster than anybody types, and enough for a script that runs
/// every command once.
const TYPED: Rate = Rate { burst: 100, per_second: 5 };

/// Limits on the lines written to the gateway itself. Strangers have buckets of their own, so that
/// even many of them use up none of the registered users' share.
#[derive(Default)]
struct Written {
    strangers: Buckets<BareJid>,
    known: Buckets<BareJid>,
}

/// Server of commands in a chat.
pub(crate) struct ChatCommands {
    env: Arc<Env>,
    commands: Arc<Commands>,
    written: Mutex<Written>,
}

impl ChatCommands {
    /// Creates a server for these commands.
    pub(crate) fn new(env: Arc<Env>, commands: Arc<Commands>) -> Self {
        ChatCommands { env, commands, written: Mutex::default() }
    }

    /// Handles a message to the gateway itself.
    pub(crate) fn handle(&self, from: &Jid, stanza: &Stanza) {
        let type_ = stanza.message_type();
        if matches!(type_, "error" | "headline") {
            return;
        }
        let filled = |text: &String| !text.trim().is_empty();
        let Some(body) = stanza.body().filter(filled).or_else(|| stanza.subject().filter(filled)) else {
            return self.wordless(from, stanza);
        };
        let caller = self.env.users.caller(from.clone(), stanza.language());
        let language = caller.language;
        if type_ == "groupchat" {
            let text = say!(language, "not-a-group");
            return self.env.services.refusals.refuse(stanza, Condition::ServiceUnavailable, &text);
        }
        if let Err(error) = served(&self.env, &caller) {
            let text = error.text.unwrap_or_default();
            return self.env.services.refusals.refuse(stanza, error.condition, &text);
        }
        let mut written = lock(&self.written);
        let known = self.env.services.index.knows(&caller.bare());
        let written_by = if known { &mut written.known } else { &mut written.strangers };
        if !written_by.take(caller.bare(), TYPED, Instant::now()) || (!known && body.len() > MAX_LINE) {
            let text = say!(language, "too-much-at-once");
            return self.env.services.refusals.refuse(stanza, Condition::ResourceConstraint, &text);
        }
        drop(written);
        if encrypted(stanza) {
            return self.env.services.refusals.refuse(
                stanza,
                Condition::BadRequest,
                &say!(language, "message-encrypted"),
            );
        }
        let line = body.trim().to_owned();
        match self.env.services.prompts.hand_over(&from.to_bare(), line) {
            Ok(()) => {}
            Err(Some(line)) => self.begin(caller, line),
            Err(None) => {
                let text = say!(language, "chat-too-fast");
                self.env.services.refusals.refuse(stanza, Condition::ResourceConstraint, &text);
            }
        }
    }

    /// Refuses a message without a text, which cannot be served. A retraction is ignored, because
    /// the gateway never kept the message.
    fn wordless(&self, from: &Jid, stanza: &Stanza) {
        let language = self.env.users.caller(from.clone(), stanza.language()).language;
        if retraction::retracted(stanza).is_none()
            && let Some(error) = self.env.services.refusals.not_understood(language, stanza)
        {
            self.env.services.refusals.refuse(stanza, error.condition, &error.text.unwrap_or_default());
        }
    }

    fn begin(&self, caller: Caller, line: String) {
        // The listener is taken here rather than in the task, so that the next line comes after
        // this one.
        let Some(listener) = self.env.services.prompts.listen_to(&caller.bare(), caller.language) else {
            let text = say!(caller.language, "chat-too-fast");
            return self.env.services.messenger.tell(&caller.bare(), &text);
        };
        let context = Context { env: self.env.clone(), caller, on: None, arguments: Vec::new() };
        self.env.services.tasks.converse(conversation::hold(self.commands.clone(), context, listener, line));
    }
}
