//! Root module of a plugin's library.

use super::{LogBox, PeerBox, Reply, ReplyOf};
use crate::{
    error::{Error, Result},
    log, rpc,
    runtime::{Executor, contained},
};
use abi_stable::{
    StableAbi,
    library::{CheckTypeLayout, LibHeader, RootModule, RootModuleResult},
    marker_type::ErasedPrefix,
    prefix_type::{PrefixRefTrait, PrefixTypeTrait},
    sabi_types::VersionStrings,
    std_types::{RErr, ROk, ROption, RSome, RVec},
};
use async_ffi::{FfiFuture, FutureExt};

/// Functions that the daemon calls first. New ones go at the end.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = RootRef)))]
#[sabi(missing_field(option))]
pub struct Root {
    /// Description that the plugin gives of itself, encoded.
    pub info: extern "C" fn() -> Reply,
    /// Makes a gateway, with its own threads.
    #[sabi(last_prefix_field)]
    pub start:
        extern "C" fn(start: RVec<u8>, log: ROption<LogBox>, host: PeerBox) -> FfiFuture<ReplyOf<PeerBox>>,
}

impl RootModule for RootRef {
    abi_stable::declare_root_module_statics! {RootRef}
    const BASE_NAME: &'static str = "slidged_plugin";
    const NAME: &'static str = "slidged plugin";
    /// Version of the binary interface, not of this crate: the messages have their own rules.
    const VERSION_STRINGS: VersionStrings = VersionStrings::new("1.0.0");
}

/// Implementation behind a [`Root`], still in terms of messages.
pub trait Entry: Sized + 'static {
    /// An encoded description.
    fn info() -> Result<Vec<u8>>;
    /// Name and number of the threads to make, out of the message that asks to start.
    fn threads(start: &[u8]) -> Result<(String, usize)>;
    /// Starts a gateway; runs on its own threads.
    fn start(
        start: Vec<u8>,
        host: PeerBox,
        executor: Executor,
    ) -> impl Future<Output = Result<PeerBox>> + Send;
}

/// Header that `abi_stable` looks for in a library, made by [`crate::export_plugin!`].
pub const fn header<E: Entry>() -> LibHeader {
    extern "C" fn construct<E: Entry>() -> RootModuleResult {
        let root = Root { info: info::<E>, start: start::<E> }.leak_into_prefix();
        // SAFETY: the erased type is that of the header below, the only one that calls this.
        ROk(unsafe { root.to_prefix_ref().cast::<ErasedPrefix>() })
    }
    // SAFETY: `construct` returns an erased `RootRef`, which is what is named here.
    unsafe { LibHeader::from_constructor::<RootRef>(construct::<E>, CheckTypeLayout::Yes) }
}

extern "C" fn info<E: Entry>() -> Reply {
    contained(E::info).map(RVec::from).map_err(rpc::encode_error).into()
}

extern "C" fn start<E: Entry>(
    start: RVec<u8>,
    sink: ROption<LogBox>,
    host: PeerBox,
) -> FfiFuture<ReplyOf<PeerBox>> {
    let started = contained(|| {
        if let RSome(sink) = sink {
            log::forward_to(sink);
        }
        let (name, threads) = E::threads(&start)?;
        let executor = Executor::owned(&name, threads)?;
        Ok(executor.clone().run(async move { E::start(start.into(), host, executor).await }))
    });
    started.unwrap_or_else(|error: Error| std::future::ready(RErr(rpc::encode_error(error))).into_ffi())
}
