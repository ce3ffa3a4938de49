//! Operations of a plugin on their way to whoever handles them.
//!
//! A plugin's operation takes its place in the order at the moment of the call, on the plugin's
//! thread; nothing there may wait. So the queue itself has no fixed length. What bounds it: an
//! operation counts as outstanding until it is answered, answers wait for the outbox
//! (back-pressure), and beyond [`MAX_OPERATIONS`] or [`MAX_BYTES`] outstanding, or beyond the
//! [`Budget`] of all, a call is refused at once.

use super::{Allowance, Budget, Share};
use plugin_api::{
    Condition, Error, GatewayRequest, SessionRequest,
    host::{BoxFuture, HostHandler, Pending},
};
use std::sync::Arc;
use tokio::sync::mpsc;

/// A plugin that awaits its answers has a handful outstanding; thousands mean that it does not
/// wait.
const MAX_OPERATIONS: usize = 4096;
/// Twice the largest avatar and some text; files go by path.
const MAX_BYTES: usize = 32 << 20;

/// An operation, with its share of what may be outstanding: kept until it is dealt with.
pub struct Operation<R> {
    /// The request, and where the answer goes. Boxed: a queue makes room for 32 at once, and most
    /// sessions are idle.
    pub request: Box<R>,
    /// Dropped when nothing of it is under way any more.
    pub share: Share,
}

/// An operation of a session.
pub type SessionOperation = Operation<SessionRequest>;
/// An operation of the gateway.
pub type GatewayOperation = Operation<GatewayRequest>;

/// Reads an operation.
type Decode<R> = fn(&str, &[u8]) -> Result<(R, Pending), Error>;

/// Sending side of a plugin's operations.
pub struct Mailbox<R> {
    queue: mpsc::UnboundedSender<Operation<R>>,
    decode: Decode<R>,
    allowance: Allowance,
}

/// A new queue, for one session or the gateway.
#[must_use]
pub fn mailbox<R>(
    decode: Decode<R>,
    budget: &Budget,
) -> (Arc<Mailbox<R>>, mpsc::UnboundedReceiver<Operation<R>>) {
    #[expect(clippy::disallowed_methods, reason = "bounded by what is outstanding, see the module")]
    let (queue, operations) = mpsc::unbounded_channel();
    let allowance = budget.allowance(MAX_OPERATIONS, MAX_BYTES);
    (Arc::new(Mailbox { queue, decode, allowance }), operations)
}

impl<R> Mailbox<R> {
    fn push(&self, operation: &str, arguments: &[u8]) -> Result<Pending, Error> {
        let share = self.allowance.share(arguments.len()).ok_or_else(|| {
            let why = "too many operations are outstanding: the plugin has to wait for answers";
            Error::from(Condition::ResourceConstraint).with_detail(why)
        })?;
        let (request, pending) = (self.decode)(operation, arguments)?;
        self.queue
            .send(Operation { request: Box::new(request), share })
            .map_err(|_| Error::from(Condition::ServiceUnavailable).with_detail("the session has ended"))?;
        Ok(pending)
    }
}

impl<R: Send + 'static> HostHandler for Mailbox<R> {
    fn call(&self, operation: &str, arguments: Vec<u8>) -> BoxFuture<Result<Vec<u8>, Error>> {
        match self.push(operation, &arguments) {
            Ok(pending) => Box::pin(pending),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn cast(&self, operation: &str, arguments: Vec<u8>) {
        if let Err(error) = self.push(operation, &arguments) {
            tracing::debug!(operation, %error, "event of the plugin dropped");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> (Arc<Mailbox<SessionRequest>>, mpsc::UnboundedReceiver<SessionOperation>) {
        mailbox(SessionRequest::decode, &Budget::default())
    }

    fn get(mailbox: &Mailbox<SessionRequest>, key: &str) -> BoxFuture<Result<Vec<u8>, Error>> {
        let arguments = std::collections::BTreeMap::from([("key", key)]);
        mailbox.call("kv_get", plugin_api::host::encode(&arguments).unwrap())
    }

    fn answer(operation: SessionOperation) -> String {
        let SessionRequest::KvGet { key, reply } = *operation.request else { panic!("something else") };
        reply.send(Ok(None));
        key
    }

    #[tokio::test]
    async fn operations_keep_the_order_of_their_calls_not_of_their_awaits() {
        let (mailbox, mut queue) = keys();
        let (first, second) = (get(&mailbox, "1"), get(&mailbox, "2"));
        for expected in ["1", "2"] {
            assert_eq!(answer(queue.recv().await.unwrap()), expected);
        }
        second.await.unwrap();
        first.await.unwrap();
    }

    #[tokio::test]
    async fn a_plugin_that_does_not_wait_is_refused_and_recovers() {
        let (mailbox, mut queue) = keys();
        for n in 0..MAX_OPERATIONS {
            // Dropped: it has been asked all the same.
            drop(get(&mailbox, &n.to_string()));
        }
        let refused = get(&mailbox, "one too many").await.unwrap_err();
        assert_eq!(refused.condition, Condition::ResourceConstraint);
        for n in 0..MAX_OPERATIONS {
            assert_eq!(answer(queue.recv().await.unwrap()), n.to_string());
        }
        let again = get(&mailbox, "again");
        answer(queue.recv().await.unwrap());
        again.await.unwrap();
    }

    #[tokio::test]
    async fn an_unanswered_operation_is_an_error() {
        let (mailbox, mut queue) = keys();
        let call = get(&mailbox, "x");
        drop(queue.recv().await);
        assert_eq!(call.await.unwrap_err().condition, Condition::ServiceUnavailable);
    }
}
