//! Answers that the interface itself would never give: below it, where it is only bytes.

use abi_stable::{
    sabi_trait::TD_Opaque,
    std_types::{RErr, ROk, RStr, RVec},
};
use async_ffi::{FfiFuture, FutureExt};
use plugin_api::{
    Result, UserText,
    ffi::{self, Peer, Peer_TO, PeerBox, Reply, ReplyOf},
    rpc::{self, Executor},
};
use std::{future::ready, marker::PhantomData};

/// An entry whose sessions garble their answers when asked to.
pub(crate) struct Entry<E>(PhantomData<E>);

impl<E: ffi::Entry> ffi::Entry for Entry<E> {
    fn info() -> Result<Vec<u8>> {
        E::info()
    }

    fn threads(start: &[u8]) -> Result<(String, usize)> {
        E::threads(start)
    }

    async fn start(start: Vec<u8>, host: PeerBox, executor: Executor) -> Result<PeerBox> {
        Ok(Garbler::around(E::start(start, host, executor).await?))
    }
}

struct Garbler(PeerBox);

impl Garbler {
    fn around(peer: PeerBox) -> PeerBox {
        Peer_TO::from_value(Garbler(peer), TD_Opaque)
    }
}

#[derive(serde::Deserialize)]
struct OnText {
    message: UserText,
}

impl Peer for Garbler {
    fn call(&self, operation: RStr<'_>, arguments: RVec<u8>) -> FfiFuture<Reply> {
        let text = match operation.as_str() {
            "on_text" => rpc::decode::<OnText>(&arguments).map(|arguments| arguments.message.body),
            _ => Ok(String::new()),
        };
        let reply = match text.as_deref() {
            Ok("garbage") => ROk(vec![0xff; 9].into()),
            Ok("garbage error") => RErr(vec![0x81; 9000].into()),
            Ok("nothing") => ROk(RVec::new()),
            Ok("wrong type") => ROk(b"\x18\x2a".to_vec().into()),
            Ok("panic in poll") => return async { panic!("in the glue, as asked") }.into_ffi(),
            _ => return self.0.call(operation, arguments),
        };
        ready(reply).into_ffi()
    }

    fn cast(&self, operation: RStr<'_>, arguments: RVec<u8>) {
        self.0.cast(operation, arguments);
    }

    fn open(&self, arguments: RVec<u8>, other: PeerBox) -> FfiFuture<ReplyOf<PeerBox>> {
        let opened = self.0.open(arguments, other);
        async move { opened.await.map(Garbler::around) }.into_ffi()
    }
}
