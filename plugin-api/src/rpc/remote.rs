//! The caller's end of a conversation.

use super::{Answer, Sending, Tasks, answer::Call, codec::encode};
#[cfg(feature = "host")]
use crate::ffi::ReplyOf;
#[cfg(feature = "host")]
use crate::host::watch::Watch;
use crate::{error::Result, ffi::PeerBox};
use abi_stable::std_types::RVec;
#[cfg(feature = "host")]
use async_ffi::FfiFuture;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};

/// Time in which every call has to be answered, unless the caller says otherwise: the networks that
/// people use answer in seconds, and the daemon needs to tell its user something before their
/// client gives up.
#[cfg(feature = "host")]
pub const CALL_LIMIT: Duration = Duration::from_secs(60);

/// The caller's end of a conversation. Cheap to clone.
#[derive(Clone)]
pub struct Remote {
    line: Arc<Line>,
    limit: Option<Duration>,
}

struct Line {
    peer: PeerBox,
    /// Tasks of the object that this was given to. Not kept alive from here, since they may hold
    /// this.
    tasks: Weak<Tasks>,
    /// Watch over a plugin, and the user whose session this is.
    #[cfg(feature = "host")]
    watch: Option<(Arc<Watch>, Option<Arc<str>>)>,
}

impl Line {
    fn new(peer: PeerBox, tasks: Weak<Tasks>) -> Self {
        Line {
            peer,
            tasks,
            #[cfg(feature = "host")]
            watch: None,
        }
    }
}

impl Remote {
    /// The daemon as a plugin sees it: it may take its time, for it may have to ask a person. What
    /// is spawned through it ends with those tasks.
    pub fn patient(peer: PeerBox, tasks: &Arc<Tasks>) -> Self {
        Remote { line: Arc::new(Line::new(peer, Arc::downgrade(tasks))), limit: None }
    }

    /// A plugin as the daemon sees it: what is not answered within this time is an error. Its
    /// answers have to be awaited within a tokio runtime, for the sake of its clock.
    pub fn limited(peer: PeerBox, limit: Duration) -> Self {
        Remote { line: Arc::new(Line::new(peer, Weak::new())), limit: Some(limit) }
    }

    /// Returns this object with another time limit.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        Remote { line: self.line.clone(), limit: Some(limit) }
    }

    /// Runs something in the background until it is done or the object that this was given to is
    /// dropped.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(tasks) = self.line.tasks.upgrade() {
            tasks.spawn(Box::pin(task));
        }
    }

    /// Asks for something, right now.
    pub fn call<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        arguments: &impl Serialize,
    ) -> Answer<T> {
        Answer::new(self.request(operation, encode(arguments)))
    }

    /// Sends something, right now.
    pub fn send<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        arguments: &impl Serialize,
    ) -> Sending<T> {
        self.call(operation, arguments).into()
    }

    /// The part of a call that is the same for all, compiled once.
    fn request(&self, operation: &'static str, arguments: Result<Vec<u8>>) -> Call<RVec<u8>> {
        // Before it begins.
        #[cfg(feature = "host")]
        let noted = self.note(operation);
        let asked = arguments.map(|arguments| self.line.peer.call(operation.into(), arguments.into()));
        let call = Call::new(operation, asked, self.limit);
        #[cfg(feature = "host")]
        let call = call.noted(noted);
        call
    }

    /// Tells something, right now, that nobody answers.
    pub fn cast(&self, operation: &'static str, arguments: &impl Serialize) {
        match encode(arguments) {
            Ok(arguments) => self.line.peer.cast(operation.into(), arguments.into()),
            Err(error) => tracing::error!(operation, %error, "cannot encode"),
        }
    }

    /// Opens a conversation about something more specific, with the same limit.
    ///
    /// # Errors
    ///
    /// Those of the callee; `remote-server-timeout` after the limit.
    #[cfg(feature = "host")]
    pub(crate) async fn open(
        &self,
        arguments: &impl Serialize,
        user: &str,
        other: PeerBox,
    ) -> Result<Remote> {
        let watch = self.watch().cloned().unwrap_or_default();
        let user: Arc<str> = user.into();
        let _noted = watch.asked(Some(user.clone()), "connect");
        let asked = encode(arguments).map(|arguments| self.line.peer.open(arguments.into(), other));
        let opened = Self::opened("open", asked, self.limit.unwrap_or(CALL_LIMIT)).await?;
        Ok(opened.watched(watch, Some(user)))
    }

    /// Returns this object with its calls noted in `watch`. To be called before it is cloned.
    #[cfg(feature = "host")]
    pub(crate) fn watched(mut self, watch: Arc<Watch>, user: Option<Arc<str>>) -> Self {
        if let Some(line) = Arc::get_mut(&mut self.line) {
            line.watch = Some((watch, user));
        }
        self
    }

    /// Returns this object without a time limit.
    #[cfg(feature = "host")]
    pub(crate) fn patiently(&self) -> Self {
        Remote { line: self.line.clone(), limit: None }
    }

    /// Records of the plugin's threads.
    #[cfg(feature = "host")]
    pub(crate) fn watch(&self) -> Option<&Arc<Watch>> {
        self.line.watch.as_ref().map(|(watch, _)| watch)
    }

    #[cfg(feature = "host")]
    fn note(&self, operation: &'static str) -> Option<crate::host::watch::Asked> {
        let (watch, user) = self.line.watch.as_ref()?;
        Some(watch.asked(user.clone(), operation))
    }

    /// Outcome of a conversation that was asked for.
    #[cfg(feature = "host")]
    pub(crate) async fn opened(
        operation: &'static str,
        asked: Result<FfiFuture<ReplyOf<PeerBox>>>,
        limit: Duration,
    ) -> Result<Remote> {
        let peer = Call::new(operation, asked, Some(limit)).await?;
        Ok(Remote::limited(peer, limit))
    }
}
