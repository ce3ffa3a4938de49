//! The component as an XMPP entity: the routing of its stanzas, and the requests that it answers
//! itself.

mod blocking;
mod disco;
mod iq;
mod plugin_requests;
mod register;
mod requests;
mod route;
mod search;

use crate::command;
use crate::command::AdHoc;
use crate::command::ChatCommands;
use crate::command::Commands;
use crate::command::Env;
use crate::component::requests::Requests;
use crate::language::Language;
use crate::say;
use crate::services;
use crate::services::Services;
use crate::users::Admission;
use crate::users::Users;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use jid::BareJid;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;

/// Component: it knows everything, and nothing knows it.
pub struct Component {
    /// Services that all sessions share.
    pub services: Arc<Services>,
    /// Users and their sessions.
    pub users: Arc<Users>,
    /// Rules of registration.
    pub admission: Arc<Admission>,
    /// Services and state that commands work with.
    pub env: Arc<Env>,
    /// All commands of the gateway.
    pub commands: Arc<Commands>,
    adhoc: Arc<AdHoc>,
    chat: ChatCommands,
    requests: Requests,
    /// Servers whose privileges have changed, and whose users are about to be told.
    changed: Arc<Mutex<HashSet<String>>>,
}

impl Component {
    /// Puts the component together; nothing runs yet.
    #[must_use]
    pub fn new(parts: services::Parts) -> Arc<Self> {
        let services = Services::new(parts);
        let users = Users::new(services.clone());
        let admission = Arc::new(Admission::new(services.clone()));
        let preferences = command::default_preferences(&services.info);
        let env = Arc::new(Env::new(users.clone(), admission.clone(), preferences));
        let commands = Arc::new(Commands::new(&services.info));
        let adhoc = AdHoc::new(env.clone(), commands.clone());
        users.set_commands(adhoc.clone());
        Arc::new(Component {
            chat: ChatCommands::new(env.clone(), commands.clone()),
            commands,
            services,
            users,
            admission,
            env,
            adhoc,
            requests: Requests::default(),
            changed: Arc::default(),
        })
    }

    /// Lets sessions log in, and begins to watch the server and the plugin; to be called once.
    pub fn open(&self) {
        self.users.open();
        let services = self.services.clone();
        self.services.tasks.converse(services::watch_dropped_iqs(services.clone()));
        self.services.tasks.converse(async move { services.threads.watch(&services.plugin).await });
    }

    /// Ends all conversations and sessions, and waits for every task.
    pub async fn stop(&self) {
        self.services.prompts.end();
        self.services.tasks.stop();
        self.users.stop().await;
    }
}

impl Component {
    /// Answers a request in a task of its own, or refuses it if too many are under way. The task
    /// gets the stanza without its payload, to save memory.
    pub(crate) fn serve<F>(&self, who: &BareJid, iq: Stanza, answer: impl FnOnce(Stanza) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let Some(place) = self.requests.asked.enter(who, self.services.index.knows(who)) else {
            let text = say!(Language::of(iq.language()), "too-much-at-once");
            return self.services.refusals.refuse(&iq, Condition::ResourceConstraint, &text);
        };
        let answer = answer(Stanza { payloads: Vec::new(), ..iq });
        self.services.tasks.spawn(async move {
            answer.await;
            drop(place);
        });
    }
}
