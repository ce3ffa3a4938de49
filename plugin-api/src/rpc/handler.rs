//! The daemon's handlers of what a plugin asks.

use crate::{
    error::{Condition, Error, Result},
    ffi::{self, Peer, Peer_TO, PeerBox, ReplyOf},
    rpc::encode_error,
    runtime::{BoxFuture, Contained, contained, dispose},
};
use abi_stable::{
    sabi_trait::TD_Opaque,
    std_types::{RStr, RVec},
};
use async_ffi::{FfiFuture, FutureExt};
use std::{future::ready, sync::Arc};
use tokio::runtime::Handle;

/// Largest message, in bytes: an avatar or a small file travels inside one, anything larger by its
/// path.
const MESSAGE_BYTES: usize = 32 << 20;

/// The daemon, as one gateway or session of a plugin sees it.
///
/// All methods are called on threads of the plugin, in the order in which the plugin did what they
/// tell of; so they must not block, and should do no more than to hand over. A panic in one of them
/// is contained.
///
/// An implementation for a session must not own that session's end: each would keep the other
/// alive.
pub trait HostHandler: Send + Sync + 'static {
    /// The plugin asks or sends something. What has to keep its order is done before this returns;
    /// the future only waits for the answer. It is polled on threads of the plugin, within the
    /// daemon's runtime context, and dropped when nobody waits for it any more.
    fn call(&self, operation: &str, arguments: Vec<u8>) -> BoxFuture<Result<Vec<u8>>>;

    /// The plugin tells something. So far there is nothing that it could tell.
    fn cast(&self, operation: &str, arguments: Vec<u8>) {
        let _ = arguments;
        tracing::debug!(operation, "the plugin tells what this daemon does not know");
    }

    /// The plugin opens a conversation about something more specific.
    fn open(&self, arguments: Vec<u8>) -> BoxFuture<Result<Arc<dyn HostHandler>>> {
        let _ = arguments;
        Box::pin(ready(Err(Error::unsupported("open"))))
    }
}

/// Lets a plugin call it. Uses the runtime that this is called in.
pub(crate) fn serve(handler: Arc<dyn HostHandler>, runtime: Handle) -> PeerBox {
    Peer_TO::from_value(HostPeer { handler: Some(handler), runtime }, TD_Opaque)
}

/// The daemon's end of a conversation, as a peer.
struct HostPeer {
    /// Always there; taken only by `drop`.
    handler: Option<Arc<dyn HostHandler>>,
    runtime: Handle,
}

impl HostPeer {
    /// Runs code of the handler on this thread, which is one of the plugin's.
    fn hand_over<T>(
        &self,
        arguments: RVec<u8>,
        work: impl FnOnce(&dyn HostHandler, Vec<u8>) -> T,
    ) -> Result<T> {
        let Some(handler) = &self.handler else {
            return Err(Error::internal("called while it is dropped"));
        };
        if arguments.len() > MESSAGE_BYTES {
            let detail = format!("a message of {} bytes; larger things go by their path", arguments.len());
            return Err(Error::from(Condition::PolicyViolation).with_detail(detail));
        }
        let _context = self.runtime.enter();
        contained(|| Ok(work(&**handler, arguments.into())))
    }

    fn answer<T: 'static, R: Send + 'static>(
        &self,
        answer: Result<BoxFuture<Result<T>>>,
        turn: impl FnOnce(T) -> R + Send + 'static,
    ) -> FfiFuture<ReplyOf<R>> {
        match answer {
            Ok(answer) => {
                let answer = Contained::new(answer).entering(self.runtime.clone());
                async move { answer.await.map(turn).map_err(encode_error).into() }.into_ffi()
            }
            Err(error) => ready(Err(encode_error(error)).into()).into_ffi(),
        }
    }
}

impl Peer for HostPeer {
    fn call(&self, operation: RStr<'_>, arguments: RVec<u8>) -> FfiFuture<ffi::Reply> {
        let answer =
            self.hand_over(arguments, |handler, arguments| handler.call(operation.as_str(), arguments));
        self.answer(answer, RVec::from)
    }

    fn cast(&self, operation: RStr<'_>, arguments: RVec<u8>) {
        let told =
            self.hand_over(arguments, |handler, arguments| handler.cast(operation.as_str(), arguments));
        if let Err(error) = told {
            tracing::warn!(operation = operation.as_str(), %error, "what the plugin told is lost");
        }
    }

    fn open(&self, arguments: RVec<u8>, _: PeerBox) -> FfiFuture<ReplyOf<PeerBox>> {
        let answer = self.hand_over(arguments, HostHandler::open);
        let runtime = self.runtime.clone();
        self.answer(answer, |handler| serve(handler, runtime))
    }
}

impl Drop for HostPeer {
    fn drop(&mut self) {
        let _context = self.runtime.enter();
        dispose(self.handler.take());
    }
}
