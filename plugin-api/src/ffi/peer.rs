//! Object through which each side calls the other.

use abi_stable::{
    sabi_trait,
    std_types::{RBox, RResult, RStr, RVec},
};
use async_ffi::FfiFuture;

/// Reply: a value on success, an encoded [`crate::Error`] otherwise.
pub type ReplyOf<T> = RResult<T, RVec<u8>>;
/// A CBOR map on success, an encoded [`crate::Error`] otherwise.
pub type Reply = ReplyOf<RVec<u8>>;

/// The other side of a conversation: a gateway, a session, or the daemon as one of them sees it.
///
/// No method unwinds, neither do the futures, nor the drop: the callee's glue sees to that. Work is
/// done on the callee's threads; what runs on the caller's only hands it over, so that calls and
/// casts keep their order.
#[sabi_trait]
pub trait Peer: Send + Sync + 'static {
    /// Asks for something, at once. Dropping the future says that nobody waits for the answer any
    /// more.
    fn call(&self, operation: RStr<'_>, arguments: RVec<u8>) -> FfiFuture<Reply>;
    /// Tells something, without an answer.
    fn cast(&self, operation: RStr<'_>, arguments: RVec<u8>);
    /// Opens a conversation about something more specific, handing over its other half.
    #[sabi(last_prefix_field)]
    fn open(&self, arguments: RVec<u8>, other: PeerBox) -> FfiFuture<ReplyOf<PeerBox>>;
}

/// An owned [`Peer`].
pub type PeerBox = Peer_TO<RBox<()>>;
