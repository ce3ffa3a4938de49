//! Where operations of the plugin come from: the plugin's session of now, and those before it that are still saying goodbye.

use crate::host::SessionOperation;
use crate::store::Journal;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Context;
use std::task::Poll;
use tokio::sync::mpsc::UnboundedReceiver;

/// All mailboxes of a session.
#[derive(Default)]
pub(in crate::session) struct Mailboxes {
    pub(in crate::session) current: Option<UnboundedReceiver<SessionOperation>>,
    pub(in crate::session) leaving: Vec<Leaving>,
    pub(in crate::session) goodbyes: u32,
    /// A login that waits until nobody is leaving any more, see [`connect`].
    pub(in crate::session) next_login: Option<u32>,
}

/// That of a session of the plugin that says goodbye.
pub(in crate::session) struct Leaving {
    pub(in crate::session) number: u32,
    pub(in crate::session) operations: UnboundedReceiver<SessionOperation>,
    /// The user has given other data since: this session's are not theirs any more.
    pub(in crate::session) replaced: bool,
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
