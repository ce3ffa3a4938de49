//! Messages from the gateway itself, and what the plugin asks of it.

use super::Gateway;
use crate::host::{GatewayOperation, Share};
use crate::model::ids::new_id;
use crate::stanza;
use crate::stanza::MAX_STANZA;
use crate::store::StoreError;
use crate::store::{Committed, Entry, Journal, Outgoing, Scope, Submitted, Write};
use crate::xmpp::pieces;
use plugin_api::{Blob, Condition, Error, GatewayRequest as Request, host::Reply};
use serde::Serialize;
use std::sync::Arc;
use tracing::Instrument;

/// Values of the plugin, in the gateway's and in users' scopes.
pub const PLUGIN_SCOPE: &str = "plugin";

impl Gateway {
    /// Operations of the plugin on the gateway as a whole.
    pub fn operation(self: &Arc<Self>, operation: GatewayOperation) {
        self::operation(self, operation);
    }

    /// A chat message from the gateway (WIRE 2.8), durable; for whoever has to know that it will arrive.
    pub fn message_to(&self, to: &str, text: &str) -> Submitted {
        self.journal_to(to).submit(self.said_to(to, text))
    }

    /// The same for nobody who waits.
    pub fn say_to(&self, to: &str, text: &str) {
        self.journal_to(to).note(self.said_to(to, text));
    }

    /// The entry of such a message.
    pub(crate) fn said_to(&self, to: &str, text: &str) -> Entry {
        let speaker =
            stanza::Speaker { from: self.domain.clone(), to: to.to_owned(), as_user: None, room: None };
        let piece = |body: &str| {
            let id = new_id();
            let text = stanza::TextShape { id: Some(&id), body, ..stanza::TextShape::default() };
            Outgoing::durable(text.stanza(&speaker))
        };
        let pieces = pieces::of(text, MAX_STANZA / 2);
        Entry { stanzas: pieces.into_iter().map(piece).collect(), ..Entry::default() }
    }

    /// Answers the plugin once `work` is done, whoever still waits for it.
    pub fn answer<T: Serialize + Send + 'static>(
        &self,
        reply: Reply<T>,
        share: Share,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) {
        self.tasks.spawn(
            async move {
                reply.send(work.await);
                drop(share);
            }
            .in_current_span(),
        );
    }

    /// Reads a value of the plugin.
    ///
    /// # Errors
    ///
    /// When the store failed.
    pub async fn kv_get(self: Arc<Self>, scope: Scope, key: String) -> Result<Option<Blob>, Error> {
        let value = self.store.kv(scope).get(&key).await.map_err(StoreError::for_plugin)?;
        Ok(value.map(|bytes| Blob(bytes.into())))
    }

    /// The keys of the plugin that start so.
    ///
    /// # Errors
    ///
    /// When the store failed.
    pub async fn kv_list(self: Arc<Self>, scope: Scope, prefix: String) -> Result<Vec<String>, Error> {
        let all = self.store.kv(scope).all().await.map_err(StoreError::for_plugin)?;
        Ok(all.into_iter().map(|(key, _)| key).filter(|key| key.starts_with(&prefix)).collect())
    }
}

/// Answers the plugin once an entry is durable, and with it all that was submitted before: that is what holds back a plugin which
/// is too fast.
pub fn answer_stored<T: Serialize + Send + 'static>(
    journal: &Journal,
    reply: Reply<T>,
    share: Share,
    entry: Entry,
    answer: impl FnOnce(Committed) -> T + Send + 'static,
) {
    journal.submit_then(entry, move |committed| {
        reply.send(committed.map_err(StoreError::for_plugin).map(answer));
        drop(share);
    });
}

/// Changes a value of the plugin; takes its place in the order at once.
pub fn kv_set(
    journal: &Journal,
    scope: Scope,
    key: &str,
    value: Option<Blob>,
    reply: Reply<()>,
    share: Share,
) {
    let write = match value {
        Some(blob) => Write::Kv(scope, key.into(), blob.0.into()),
        None => Write::KvRemove(scope, key.into()),
    };
    answer_stored(journal, reply, share, Entry { writes: vec![write], ..Entry::default() }, drop);
}

fn operation(gateway: &Arc<Gateway>, operation: GatewayOperation) {
    let GatewayOperation { request, share } = operation;
    let scope = Scope::gateway(PLUGIN_SCOPE);
    match *request {
        Request::SendMessage { user_jid, text, reply } => {
            let user = jid::BareJid::new(&user_jid).ok().filter(|jid| gateway.is_registered(jid));
            let Some(user) = user else {
                let why = "nobody of that address is registered";
                return reply.send(Err(Error::from(Condition::ItemNotFound).with_detail(why)));
            };
            let commit = gateway.message_to(user.as_str(), &text);
            gateway.answer(reply, share, async { commit.await.map(drop).map_err(StoreError::for_plugin) });
        }
        Request::KvGet { key, reply } => gateway.answer(reply, share, gateway.clone().kv_get(scope, key)),
        Request::KvList { prefix, reply } => {
            gateway.answer(reply, share, gateway.clone().kv_list(scope, prefix));
        }
        Request::KvSet { key, value, reply } => {
            kv_set(&gateway.journal, scope, &key, value, reply, share);
        }
        Request::RefreshQr { user_jid, text, reply } => {
            let done = address(&user_jid).and_then(|who| gateway.qr_refreshed(&who, text));
            reply.send(done);
        }
        Request::ConfirmQr { user_jid, outcome, reply } => match address(&user_jid) {
            Ok(who) => gateway.answer(reply, share, gateway.clone().qr_confirmed(who, outcome)),
            Err(error) => reply.send(Err(error)),
        },
    }
}

fn address(jid: &str) -> Result<jid::BareJid, Error> {
    jid::BareJid::new(jid).map_err(|_| Error::from(Condition::JidMalformed).with_detail("that is no address"))
}
