//! Requests of the plugin that concern the gateway as a whole.

use super::Component;
use crate::{
    host::GatewayOperation,
    services::{PLUGIN_SCOPE, kv_get, kv_list, kv_set},
    store::{Scope, StoreError},
};
use plugin_api::{Condition, Error, GatewayRequest as Request};
use std::sync::Arc;

impl Component {
    /// Carries out a request of the plugin that concerns the gateway as a whole.
    pub fn operation(self: &Arc<Self>, operation: GatewayOperation) {
        let GatewayOperation { request, share } = operation;
        let scope = Scope::gateway(PLUGIN_SCOPE);
        match *request {
            Request::SendMessage { user_jid, text, reply } => {
                let user =
                    jid::BareJid::new(&user_jid).ok().filter(|jid| self.services.index.is_registered(jid));
                let Some(user) = user else {
                    let why = "nobody of that address is registered";
                    return reply.send(Err(Error::from(Condition::ItemNotFound).with_detail(why)));
                };
                let commit = self.services.messenger.message_to(user.as_str(), &text);
                self.services
                    .tasks
                    .answer(reply, share, async { commit.await.map(drop).map_err(StoreError::for_plugin) });
            }
            Request::KvGet { key, reply } => {
                self.services.tasks.answer(reply, share, kv_get(self.services.store.clone(), scope, key));
            }
            Request::KvList { prefix, reply } => {
                self.services.tasks.answer(reply, share, kv_list(self.services.store.clone(), scope, prefix));
            }
            Request::KvSet { key, value, reply } => {
                kv_set(&self.services.journal, scope, &key, value, reply, share);
            }
            Request::RefreshQr { user_jid, text, reply } => {
                let done = address(&user_jid)
                    .and_then(|who| self.env.qr.refreshed(&self.services.file_messages, &who, text));
                reply.send(done);
            }
            Request::ConfirmQr { user_jid, outcome, reply } => match address(&user_jid) {
                Ok(who) => {
                    let env = self.env.clone();
                    self.services.tasks.answer(reply, share, async move {
                        let parts = (&env.registration, &env.services.file_messages);
                        env.qr.confirmed(parts, who, outcome).await
                    });
                }
                Err(error) => reply.send(Err(error)),
            },
        }
    }
}

fn address(jid: &str) -> Result<jid::BareJid, Error> {
    jid::BareJid::new(jid).map_err(|_| Error::from(Condition::JidMalformed).with_detail("that is no address"))
}
