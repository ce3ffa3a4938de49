//! Where operations of the plugin come from: the plugin's session of now, and those before it that are still saying goodbye.

use super::{Session, lifecycle::say_goodbye};
use crate::{
    host::{Operation, SessionOperation, Share},
    store::Journal,
};
use plugin_api::{Condition, Error, RemoteSession, SessionRequest as Request, host::Reply};
use std::{
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::sync::mpsc::UnboundedReceiver;

/// All mailboxes of a session.
#[derive(Default)]
pub(super) struct Mailboxes {
    current: Option<UnboundedReceiver<SessionOperation>>,
    leaving: Vec<Leaving>,
    goodbyes: u32,
    /// A login that waits until nobody is leaving any more, see [`Session::connect`].
    next_login: Option<u32>,
}

/// That of a session of the plugin that says goodbye.
struct Leaving {
    number: u32,
    operations: UnboundedReceiver<SessionOperation>,
    /// The user has given other data since: this session's are not theirs any more.
    replaced: bool,
}

/// An operation, and from whom.
pub(super) enum From {
    /// The plugin's session of now.
    Current(SessionOperation),
    /// One that is leaving; with other data since, or not.
    Leaving(SessionOperation, bool),
}

impl Mailboxes {
    /// That of a new session of the plugin.
    pub(super) fn open(&mut self, operations: UnboundedReceiver<SessionOperation>) {
        self.current = Some(operations);
    }

    /// The plugin's session of now is no more.
    pub(super) fn close(&mut self) {
        self.current = None;
    }

    /// Says nobody goodbye any more?
    pub(super) fn all_left(&self) -> bool {
        self.leaving.is_empty()
    }

    /// The user has other data than those who are leaving know.
    pub(super) fn data_replaced(&mut self) {
        self.leaving.iter_mut().for_each(|leaving| leaving.replaced = true);
    }

    /// The next operation; of the plugin's session of now, as soon as the server has taken enough of what came of those before: until
    /// then the plugin has to wait. Cancel safe.
    pub(super) async fn next(&mut self, journal: &Journal) -> From {
        let (mut credit, mut given) = (pin!(journal.credit()), false);
        poll_fn(|context| {
            given = given || credit.as_mut().poll(context).is_ready();
            self.poll(context, given)
        })
        .await
    }

    fn poll(&mut self, context: &mut Context<'_>, credit: bool) -> Poll<From> {
        for Leaving { operations, replaced, .. } in &mut self.leaving {
            if let Poll::Ready(Some(operation)) = operations.poll_recv(context) {
                return Poll::Ready(From::Leaving(operation, *replaced));
            }
        }
        let Some(current) = self.current.as_mut().filter(|_| credit) else { return Poll::Pending };
        match current.poll_recv(context) {
            Poll::Ready(Some(operation)) => Poll::Ready(From::Current(operation)),
            Poll::Ready(None) => {
                self.current = None;
                Poll::Pending
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Session {
    /// Carries out an operation, from wherever it came.
    pub(super) fn operation_from(&mut self, from: From) {
        match from {
            From::Current(operation) => self.operation(operation),
            From::Leaving(operation, replaced) => self.last_operation(operation, replaced),
        }
    }

    /// The plugin's session, if there is one, says goodbye; until it has, what it does counts.
    pub(super) fn take_leave(&mut self) {
        let Some(remote) = self.remote.take() else { return self.mailboxes.close() };
        self.mailboxes.goodbyes += 1;
        let number = self.mailboxes.goodbyes;
        if let Some(operations) = self.mailboxes.current.take() {
            self.mailboxes.leaving.push(Leaving { number, operations, replaced: false });
        }
        let limit = self.services.settings.logout_timeout;
        self.spawn(async move {
            say_goodbye(remote, limit).await;
            move |session: &mut Session| session.has_left(number)
        });
    }

    /// It has said goodbye, and what it did then is in its mailbox.
    fn has_left(&mut self, number: u32) {
        let at = self.mailboxes.leaving.iter().position(|leaving| leaving.number == number);
        if let Some(Leaving { mut operations, replaced, .. }) = at.map(|at| self.mailboxes.leaving.remove(at))
        {
            while let Ok(operation) = operations.try_recv() {
                self.last_operation(operation, replaced);
            }
        }
        if self.mailboxes.all_left() && self.mailboxes.next_login.take() == Some(self.generation) {
            self.connect_now();
        }
    }

    /// Logs in, when nobody is leaving any more: two at a time would get in each other's way on the network.
    pub(super) fn connect_in_turn(&mut self) {
        if self.mailboxes.all_left() {
            self.connect_now();
        } else {
            self.mailboxes.next_login = Some(self.generation);
        }
    }

    /// What a plugin does while it says goodbye counts, but it does not tell any more how the user is connected.
    fn last_operation(&mut self, Operation { request, share }: SessionOperation, replaced: bool) {
        let other_data = |reply: Reply<()>, share: Share| {
            let why = "the user has given other data";
            reply.send(Err(Error::from(Condition::Conflict).with_detail(why)));
            drop(share);
        };
        match *request {
            Request::Logged { reply, .. } | Request::SendGatewayStatus { reply, .. } => reply.send(Ok(())),
            Request::LegacyModuleDataUpdate { reply, .. } | Request::LegacyModuleDataSet { reply, .. }
                if replaced =>
            {
                other_data(reply, share);
            }
            other => self.operation(Operation { request: Box::new(other), share }),
        }
    }

    /// Is that the plugin's session of now?
    pub(super) fn is_current(&self, remote: &Arc<RemoteSession>) -> bool {
        self.remote.as_ref().is_some_and(|current| Arc::ptr_eq(current, remote))
    }
}
