//! Events that a session handles.

use crate::language::Language;
use crate::session::control::Asked;
use crate::xmpp::Stanza;
use jid::Jid;
use tokio::sync::oneshot;

/// Stanzas that wait for a session; a user who sends faster is told so. A client that comes online asks for each of its contacts at once.
pub(super) const INBOX: usize = 1024;

/// What a session is told.
pub enum Event {
    /// The user sent something to a contact, or presence to the gateway.
    Stanza(Box<Stanza>),
    /// The user reads that language.
    Language(Language),
    /// The link to the XMPP server is up again.
    LinkUp,
    /// Something that a command wants.
    Asked(Asked),
    /// The user's server lets us do other things than before.
    Privileges,
    /// The database is well, or is not any more.
    Database,
    /// So many milliseconds have passed since that was told last.
    Passed(i64),
    /// The daemon stops.
    Stop,
    /// What a test wants to happen in the session.
    #[cfg(test)]
    Act(Act),
}

/// A user who has just registered.
pub struct Fresh {
    /// The client that they registered with.
    pub full: Jid,
    /// Resolves (in any way) when the registration has been answered: nothing is said before that.
    pub answered: oneshot::Receiver<()>,
}

/// The end of a session.
pub enum Outcome {
    /// The daemon stops; the user stays registered.
    Stopped,
    /// The user has left; those who wait to be told so.
    Left(Vec<oneshot::Sender<()>>),
}

/// Work that a test wants done in a session.
#[cfg(test)]
pub struct Act(pub(super) super::state::Then);
