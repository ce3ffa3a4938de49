//! The component as an XMPP entity: where its stanzas go, and what it answers itself.

mod blocking;
mod disco;
mod iq;
mod plugin_requests;
mod register;
mod requests;
mod route;
mod search;

use crate::{
    command::{AdHoc, ChatCommands, Env},
    services::{self, Services},
    users::{Admission, Users},
};
use requests::Requests;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

/// The component: it knows everything, and nothing knows it.
pub struct Component {
    /// Services that all sessions share.
    pub services: Arc<Services>,
    /// Users and their sessions.
    pub users: Arc<Users>,
    /// Rules of registration.
    pub admission: Arc<Admission>,
    /// Everything that commands work with.
    pub env: Arc<Env>,
    adhoc: Arc<AdHoc>,
    chat: ChatCommands,
    requests: Requests,
    /// Servers whose privileges have changed, and whose users are about to be told.
    changed: Arc<Mutex<HashSet<String>>>,
}

impl Component {
    /// Puts the component together. Nothing runs yet.
    #[must_use]
    pub fn new(parts: services::Parts) -> Arc<Self> {
        let services = Services::new(parts);
        let users = Users::new(services.clone());
        let admission = Arc::new(Admission::new(services.clone()));
        let env = Arc::new(Env::new(users.clone(), admission.clone()));
        let adhoc = AdHoc::new(env.clone());
        users.set_commands(adhoc.clone());
        Arc::new(Component {
            chat: ChatCommands::new(env.clone()),
            services,
            users,
            admission,
            env,
            adhoc,
            requests: Requests::default(),
            changed: Arc::default(),
        })
    }

    /// Lets sessions log in, and begins to watch the server and the plugin. To be called once.
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
