//! Answers that were asked for, and things that are on their way.

use super::codec::{decode, settle};
use crate::{
    error::{Condition, Error, Result},
    ffi::ReplyOf,
    runtime::contained,
};
use abi_stable::std_types::RVec;
use async_ffi::FfiFuture;
use serde::de::DeserializeOwned;
use std::{
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    task::coop,
    time::{Instant, Sleep},
};
use zeroize::Zeroize as _;

/// The answer to something that was asked already, when this was made.
///
/// Dropping it takes the question back: the callee stops working on it.
#[must_use = "dropping it takes the question back"]
pub struct Answer<T> {
    call: Call<RVec<u8>>,
    reads: PhantomData<fn() -> T>,
}

impl<T> Answer<T> {
    pub(super) fn new(call: Call<RVec<u8>>) -> Self {
        Answer { call, reads: PhantomData }
    }
}

impl<T: DeserializeOwned> Future for Answer<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        // The other side's copy of tokio cannot know of this task's budget: without this, a loop
        // over answers that are always there already would keep a thread for ever.
        let budget = ready!(coop::poll_proceed(cx));
        let bytes = ready!(self.call.poll(cx));
        budget.made_progress();
        let mut bytes = bytes?;
        let answer = decode(&bytes).map_err(|error| unreadable(self.call.operation, error));
        // It may be a user's credentials, and the other side frees it as it is.
        bytes.as_mut_slice().zeroize();
        Poll::Ready(answer)
    }
}

#[cold]
fn unreadable(operation: &str, error: Error) -> Error {
    let detail = format!("the answer to {operation}: {}", error.detail.unwrap_or_default());
    Error::internal(detail)
}

/// An operation under way: it was handed over, in order, when this was made.
///
/// Awaiting it tells when it is safe with the daemon; a plugin that has much to send should do so
/// now and then, since that is how it learns to slow down. Dropping it takes nothing back.
pub struct Sending<T = ()>(Answer<T>);

impl<T> From<Answer<T>> for Sending<T> {
    fn from(answer: Answer<T>) -> Self {
        Sending(answer)
    }
}

impl<T: DeserializeOwned> Future for Sending<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        Pin::new(&mut self.0).poll(cx)
    }
}

/// Part of all answers that is compiled once.
pub(super) struct Call<R> {
    state: State<R>,
    operation: &'static str,
    limit: Option<Limit>,
    /// Note of the open call, while the plugin is at it.
    #[cfg(feature = "host")]
    noted: Option<crate::host::watch::Asked>,
}

enum State<R> {
    Waiting(FfiFuture<ReplyOf<R>>),
    /// The answer failed; without an error, it was taken already.
    Failed(Option<Error>),
}

struct Limit {
    /// Time limit, counted from the call on.
    time: Duration,
    end: Instant,
    /// Once it was waited for.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<R> Call<R> {
    pub(super) fn new(
        operation: &'static str,
        asked: Result<FfiFuture<ReplyOf<R>>>,
        limit: Option<Duration>,
    ) -> Self {
        let state = match asked {
            Ok(future) => State::Waiting(future),
            Err(error) => State::Failed(Some(error)),
        };
        let limit = limit.map(|time| Limit { time, end: Instant::now() + time, timer: None });
        Call {
            state,
            operation,
            limit,
            #[cfg(feature = "host")]
            noted: None,
        }
    }

    /// Attaches the note by which whoever watches the plugin knows of the call.
    #[cfg(feature = "host")]
    pub(super) fn noted(mut self, noted: Option<crate::host::watch::Asked>) -> Self {
        self.noted = noted;
        self
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<R>> {
        let answer = match &mut self.state {
            State::Failed(error) => {
                Err(error.take().unwrap_or_else(|| Error::internal("polled again after it was done")))
            }
            State::Waiting(future) => match contained(|| Ok(Pin::new(future).poll(cx))) {
                Ok(Poll::Ready(answer)) => settle(answer),
                Ok(Poll::Pending) => match &mut self.limit {
                    None => return Poll::Pending,
                    Some(limit) => Err(ready!(limit.poll(cx, self.operation))),
                },
                // Its glue let a panic through, as ours never does.
                Err(error) => Err(error),
            },
        };
        // Cancels if it was given up.
        self.state = State::Failed(None);
        #[cfg(feature = "host")]
        {
            self.noted = None;
        }
        Poll::Ready(answer)
    }
}

impl Limit {
    fn poll(&mut self, cx: &mut Context<'_>, operation: &str) -> Poll<Error> {
        let end = self.end;
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
        ready!(timer.as_mut().poll(cx));
        let detail = format!("no answer to {operation} in {:?}", self.time);
        Poll::Ready(Error::from(Condition::RemoteServerTimeout).with_detail(detail))
    }
}

#[cfg(feature = "host")]
impl<R> Future for Call<R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R>> {
        Call::poll(&mut self, cx)
    }
}
