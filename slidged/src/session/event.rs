//! Events that a session handles.

use crate::language::Language;
use crate::session::control::Control;
use crate::xmpp::Stanza;
use jid::Jid;
use tokio::sync::oneshot;

/// Events that wait for a session; a user who sends faster is told so. A client that comes online
/// requests something of each of its contacts at once.
pub(super) const INBOX: usize = 1024;

/// Event for a session.
pub enum Event {
    /// Stanza of the user to a contact, or presence to the gateway.
    Stanza(Box<Stanza>),
    /// Language that the user reads.
    Language(Language),
    /// Link to the XMPP server that is up again.
    LinkUp,
    /// Request of a command.
    Control(Control),
    /// Privileges of the user's server that have changed.
    Privileges,
    /// Database that is well again, or no longer is.
    Database,
    /// Milliseconds that have passed since the last event of this kind.
    Tick(i64),
    /// Stop of the daemon.
    Stop,
    /// Work that a test wants done in the session.
    #[cfg(test)]
    Act(Act),
}

/// A user who has just registered.
pub struct Fresh {
    /// Full JID of the client that they registered with.
    pub full: Jid,
    /// Resolves, in any way, when the registration has been answered: nothing is said before that.
    pub answered: oneshot::Receiver<()>,
}

/// The end of a session.
pub enum Outcome {
    /// Stop of the daemon; the user stays registered.
    Stopped,
    /// Unregistration of the user, with those who wait to hear of it.
    Left(Vec<oneshot::Sender<()>>),
}

/// Work that a test wants done in a session.
#[cfg(test)]
pub struct Act(pub(super) super::state::Then);
