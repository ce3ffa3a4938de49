//! The callee's end of a conversation.

use super::{Arguments, Tasks};
use crate::{
    error::{Error, Result},
    ffi::{Peer, Peer_TO, PeerBox, Reply, ReplyOf},
    runtime::{BoxFuture, Executor, contained},
};
use abi_stable::{sabi_trait::TD_Opaque, std_types::RStr};
use async_ffi::FfiFuture;
use std::sync::Arc;
use tracing::{Instrument, Span};

/// Implementation behind a plugin's peer; [`crate::interface!`] implements it.
pub trait Serve: Send + Sync + 'static {
    /// Finds the operation; its work is in the future, which runs on the plugin's threads.
    fn call(self: Arc<Self>, operation: &str, arguments: Arguments) -> BoxFuture<Result<Vec<u8>>>;
    /// Makes something more specific.
    fn open(
        self: Arc<Self>,
        arguments: Arguments,
        other: PeerBox,
        executor: Executor,
    ) -> BoxFuture<Result<PeerBox>> {
        let _ = (arguments, other, executor);
        Box::pin(async { Err(Error::unsupported("open")) })
    }
}

/// The callee's end of a conversation, in a plugin: whatever is called runs on an executor.
pub struct Server<S: Serve> {
    /// Always there; taken only by `drop`.
    served: Option<Arc<S>>,
    tasks: Option<Arc<Tasks>>,
    executor: Executor,
    /// The one that it was started in; all its work is logged in there.
    span: Span,
}

impl<S: Serve> Server<S> {
    /// Makes it callable. Its tasks end when the other side drops it.
    pub fn start(served: S, executor: Executor, tasks: Arc<Tasks>) -> PeerBox {
        let server =
            Server { served: Some(Arc::new(served)), tasks: Some(tasks), executor, span: Span::current() };
        Peer_TO::from_value(server, TD_Opaque)
    }

    fn run<T: Send + 'static, R: From<T> + 'static>(
        &self,
        work: impl FnOnce(Arc<S>) -> BoxFuture<Result<T>>,
    ) -> FfiFuture<ReplyOf<R>> {
        let work = contained(|| match self.served.clone() {
            Some(served) => Ok(work(served)),
            None => Err(Error::internal("called while it is dropped")),
        });
        let work = work.unwrap_or_else(|error| Box::pin(std::future::ready(Err(error))));
        self.executor.run_boxed(match self.span.is_none() {
            true => work,
            false => Box::pin(work.instrument(self.span.clone())),
        })
    }
}

impl<S: Serve> Peer for Server<S> {
    fn call(&self, operation: RStr<'_>, arguments: Arguments) -> FfiFuture<Reply> {
        self.run(|served| served.call(operation.as_str(), arguments))
    }

    fn cast(&self, operation: RStr<'_>, _: Arguments) {
        // The caller's thread is no place for a plugin's code, and other threads keep no order.
        tracing::debug!(operation = operation.as_str(), "nothing here listens to that");
    }

    fn open(&self, arguments: Arguments, other: PeerBox) -> FfiFuture<ReplyOf<PeerBox>> {
        let executor = self.executor.clone();
        self.run(|served| served.open(arguments, other, executor))
    }
}

impl<S: Serve> Drop for Server<S> {
    fn drop(&mut self) {
        // The tasks first: they may use what is served.
        self.executor.dispose((self.tasks.take(), self.served.take()));
    }
}
