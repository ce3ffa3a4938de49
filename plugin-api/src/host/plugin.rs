//! A loaded plugin, and its start.

use super::{load, sink::Sink, watch::Watch};
use crate::{
    Error, Result,
    api::{Exported, Gateway, RemoteGateway},
    error::Condition,
    ffi::{self, Handshake, LogSink_TO, RootRef},
    host::LoadError,
    rpc::{self, CALL_LIMIT, HostHandler, Remote},
    types::{Info, Start},
};
use abi_stable::{sabi_trait::TD_Opaque, std_types::RVec};
use std::{
    path::Path,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};
use tokio::runtime::Handle;

/// Time limit of [`Plugin::info`], which only fills in a struct.
const INFO_LIMIT: Duration = Duration::from_secs(5);

/// A loaded plugin. It stays loaded until the process ends.
#[derive(Clone, Copy)]
pub struct Plugin {
    root: RootRef,
    handshake: Handshake,
    /// The plugin is in this very program, so that its logs need no forwarding.
    builtin: bool,
}

impl Plugin {
    /// Loads a plugin, running none of its code before it is known to fit.
    ///
    /// # Errors
    ///
    /// One sentence about what is wrong with the file.
    pub fn load(path: impl AsRef<Path>) -> Result<Plugin, LoadError> {
        let (root, handshake) = load::load(path.as_ref())?;
        Ok(Plugin { root, handshake, builtin: false })
    }

    /// Says of a file whether it is a plugin for this daemon, without loading it: all that can be
    /// known without running it.
    ///
    /// # Errors
    ///
    /// As [`Plugin::load`].
    pub fn inspect(path: impl AsRef<Path>) -> Result<Handshake, LoadError> {
        load::inspect(path.as_ref())
    }

    /// A gateway that is linked into this program, for its author's tests. It goes through the same
    /// interface as one from a library.
    pub fn builtin<G: Gateway>(name: &str) -> Plugin {
        let header = Box::leak(Box::new(ffi::header::<Exported<G>>()));
        let root =
            header.init_root_module().unwrap_or_else(|error| unreachable!("it is the same one: {error}"));
        Plugin { root, handshake: Handshake::new(name, "", true), builtin: true }
    }

    /// The name of its package.
    pub fn name(&self) -> String {
        self.handshake.name()
    }

    /// The version of its package.
    pub fn version(&self) -> String {
        self.handshake.version()
    }

    /// Asks what it tells about itself. Blocks for a moment: its code runs, on a thread of its own.
    ///
    /// # Errors
    ///
    /// When it panics, takes too long, or answers with something unreadable.
    pub fn info(&self) -> Result<Info> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let info = self.root.info();
        thread::Builder::new().name("plugin-info".to_owned()).spawn(move || {
            let _ = sender.send(info());
        })?;
        let answer = receiver.recv_timeout(INFO_LIMIT).map_err(|_| {
            Error::from(Condition::RemoteServerTimeout).with_detail(format!("no info in {INFO_LIMIT:?}"))
        })?;
        let bytes: RVec<u8> = rpc::settle(answer)?;
        rpc::decode(&bytes).map_err(|error| error.with_condition(Condition::InternalServerError))
    }

    /// Starts a gateway on threads of its own. Its handler lives as long as the gateway.
    ///
    /// Has to be called within a tokio runtime. Cancel safe: a gateway that nobody waits for is
    /// dropped.
    ///
    /// # Errors
    ///
    /// Those of the plugin, and [`CALL_LIMIT`]'s end.
    pub async fn start(&self, start: &Start, handler: Arc<dyn HostHandler>) -> Result<RemoteGateway> {
        let watch = Arc::new(Watch::default());
        let sink = || LogSink_TO::from_value(Sink::new(watch.clone()), TD_Opaque);
        let log = (!self.builtin).then(sink);
        let host = rpc::serve(handler, Handle::current());
        let asked = self.root.start()(rpc::encode(start)?.into(), log.into(), host);
        Ok(RemoteGateway(Remote::opened("start", Ok(asked), CALL_LIMIT).await?.watched(watch, None)))
    }
}
