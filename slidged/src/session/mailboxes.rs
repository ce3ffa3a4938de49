//! Sources of the plugin's operations: its current session, and earlier ones that are still saying
//! goodbye.

use crate::host::SessionOperation;
use crate::store::Journal;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Context;
use std::task::Poll;
use tokio::sync::mpsc::UnboundedReceiver;

/// Mailboxes of a user's session.
#[derive(Default)]
pub(in crate::session) struct Mailboxes {
    pub(in crate::session) current: Option<UnboundedReceiver<SessionOperation>>,
    pub(in crate::session) leaving: Vec<Leaving>,
    pub(in crate::session) goodbyes: u32,
    /// Login that waits until nobody is leaving any more, see [`connect`].
    pub(in crate::session) next_login: Option<u32>,
}

/// Mailbox of a plugin's session that says goodbye.
pub(in crate::session) struct Leaving {
    pub(in crate::session) number: u32,
    pub(in crate::session) operations: UnboundedReceiver<SessionOperation>,
    /// True if the user has given other data since, so that this session's are outdated.
    pub(in crate::session) replaced: bool,
}

/// Operation, with the session that it came from.
pub(super) enum From {
    /// Operation of the current session.
    Current(SessionOperation),
    /// Operation of a session that is leaving; true if its data were replaced since.
    Leaving(SessionOperation, bool),
}

impl Mailboxes {
    /// Opens the mailbox of a new session of the plugin.
    pub(super) fn open(&mut self, operations: UnboundedReceiver<SessionOperation>) {
        self.current = Some(operations);
    }

    /// Closes the mailbox of the current session.
    pub(super) fn close(&mut self) {
        self.current = None;
    }

    /// Tells whether all earlier sessions have said goodbye.
    pub(super) fn all_left(&self) -> bool {
        self.leaving.is_empty()
    }

    /// Marks the data of sessions that are leaving as outdated.
    pub(super) fn data_replaced(&mut self) {
        self.leaving.iter_mut().for_each(|leaving| leaving.replaced = true);
    }

    /// Waits for the next operation; cancel safe. One of the current session comes only when the
    /// server has taken enough of the stanzas before it: until then the plugin has to wait.
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
