//! Runtime of the code behind a peer, which never runs on the caller's threads.
//!
//! Each side links its own tokio, whose runtime context is a thread-local of that copy. So a call
//! is spawned on the callee's runtime, and what crosses the boundary is only the handle to wait for
//! it: no I/O ever happens on a thread of the other side, a callee that blocks its thread blocks
//! only itself, and a panic (in a poll or in a drop) becomes a value before it reaches the
//! boundary.

use crate::{
    error::{Condition, Error, Result},
    rpc::encode_error,
};
use abi_stable::std_types::{RResult, RVec};
use async_ffi::{FfiFuture, FutureExt};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::JoinHandle,
};

/// A future of unknown type that may move between threads.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Calls something that may panic.
pub(crate) fn contained<T>(f: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|payload| Err(Error::panicked(payload)))
}

/// Drops something whose drop may panic.
pub(crate) fn dispose(value: impl Sized) {
    if let Err(error) = contained(|| {
        drop(value);
        Ok(())
    }) {
        tracing::error!(%error, "in a drop");
    }
}

/// A future whose panics are errors, be it polled or dropped.
pub(crate) struct Contained<T> {
    /// None once it is done.
    future: Option<BoxFuture<Result<T>>>,
    /// Runtime to enter whenever the future runs, if it is not spawned there.
    runtime: Option<Handle>,
}

impl<T> Contained<T> {
    pub(crate) fn new(future: BoxFuture<Result<T>>) -> Self {
        Contained { future: Some(future), runtime: None }
    }

    /// Enters `runtime` at each poll, for futures that are polled on threads that are not of it.
    #[cfg(feature = "host")]
    pub(crate) fn entering(mut self, runtime: Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }
}

impl<T> Future for Contained<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        let this = &mut *self;
        let _context = this.runtime.as_ref().map(Handle::enter);
        let Some(future) = &mut this.future else {
            return Poll::Ready(Err(Error::internal("polled again after it was done")));
        };
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)))
            .unwrap_or_else(|payload| Poll::Ready(Err(Error::panicked(payload))));
        if polled.is_ready() {
            dispose(this.future.take());
        }
        polled
    }
}

impl<T> Drop for Contained<T> {
    fn drop(&mut self) {
        let _context = self.runtime.as_ref().map(Handle::enter);
        dispose(self.future.take());
    }
}

/// A runtime to spawn on, kept alive by whoever holds this.
#[derive(Clone)]
pub struct Executor(Arc<Owned>);

struct Owned {
    handle: Handle,
    /// Taken only by `drop`.
    runtime: Option<Runtime>,
}

impl Drop for Owned {
    fn drop(&mut self) {
        // May happen on any thread, one of this very runtime included: must not wait.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Executor {
    /// A runtime with threads of its own.
    ///
    /// # Errors
    ///
    /// When the system gives no threads.
    pub fn owned(name: &str, threads: usize) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads.max(1))
            .thread_name(name)
            .enable_all()
            .build()?;
        Ok(Executor(Arc::new(Owned { handle: runtime.handle().clone(), runtime: Some(runtime) })))
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.0.handle
    }

    /// Runs the future here and returns the handle to await it elsewhere.
    /// Dropping that handle aborts it; a panic in it is an error.
    pub(crate) fn run<T, R>(
        &self,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> FfiFuture<RResult<R, RVec<u8>>>
    where
        T: Send + 'static,
        R: From<T> + 'static,
    {
        self.run_boxed(Box::pin(future))
    }

    pub(crate) fn run_boxed<T, R>(&self, future: BoxFuture<Result<T>>) -> FfiFuture<RResult<R, RVec<u8>>>
    where
        T: Send + 'static,
        R: From<T> + 'static,
    {
        let call = Call(self.handle().spawn(Contained::new(future)));
        async move { call.await.map(R::from).map_err(encode_error).into() }.into_ffi()
    }

    /// Drops the value here, where it has its runtime context and where its panic hurts nobody.
    pub(crate) fn dispose(&self, value: impl Send + 'static) {
        let this = self.clone();
        self.handle().spawn(async move {
            dispose(value);
            drop(this);
        });
    }
}

struct Call<T>(JoinHandle<Result<T>>);

impl<T> Future for Call<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        Pin::new(&mut self.0).poll(cx).map(|joined| {
            joined.unwrap_or_else(|error| {
                Err(match error.try_into_panic() {
                    Ok(payload) => Error::panicked(payload),
                    Err(_) => {
                        Error::from(Condition::ServiceUnavailable).with_detail("the callee is shutting down")
                    }
                })
            })
        })
    }
}

impl<T> Drop for Call<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
