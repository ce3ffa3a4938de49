//! Reason why there is no connection: told to the administrator, and decisive for the back-off.

use std::fmt;

/// Reason why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DownReason {
    /// The first attempt is still going on.
    Starting,
    /// [`LinkTask::stop`](super::LinkTask::stop) was called.
    Stopped,
    /// The server is not reachable, or the connection broke.
    Io(String),
    /// Connecting took too long, or a connected server fell silent.
    Timeout,
    /// The server closed the stream in good order, as it does when it stops.
    Closed,
    /// The peer does not speak XMPP.
    NotXmpp(String),
    /// Another connection has our name: often our own last one, which the server has not missed
    /// yet.
    Conflict,
    /// The server does not accept our secret.
    NotAuthorized,
    /// The server has no component of our name.
    HostUnknown,
    /// Another stream error (RFC 6120 section 4.9.3).
    Stream {
        /// The condition's name.
        condition: String,
        /// Text for people.
        text: Option<String>,
    },
}

impl DownReason {
    pub(super) fn of_stream_error(condition: String, text: Option<String>) -> Self {
        match condition.as_str() {
            "conflict" => DownReason::Conflict,
            "not-authorized" => DownReason::NotAuthorized,
            "host-unknown" => DownReason::HostUnknown,
            _ => DownReason::Stream { condition, text },
        }
    }

    /// Whether the server ended the stream because of something that it was sent (RFC 6120 section
    /// 4.9.3).
    #[must_use]
    pub fn is_rejection(&self) -> bool {
        let DownReason::Stream { condition, .. } = self else { return false };
        matches!(
            condition.as_str(),
            "bad-format"
                | "bad-namespace-prefix"
                | "improper-addressing"
                | "invalid-from"
                | "invalid-namespace"
                | "invalid-xml"
                | "not-well-formed"
                | "policy-violation"
                | "restricted-xml"
                | "unsupported-stanza-type"
        )
    }

    /// Whether only an administrator can help.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, DownReason::NotAuthorized | DownReason::HostUnknown)
    }
}

impl fmt::Display for DownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DownReason::Starting => f.write_str("not connected yet"),
            DownReason::Stopped => f.write_str("stopped"),
            DownReason::Io(error) => f.write_str(error),
            DownReason::Timeout => f.write_str("the server does not answer"),
            DownReason::Closed => f.write_str("the server closed the connection"),
            DownReason::NotXmpp(what) => {
                write!(f, "what listens there is not a component port of an XMPP server ({what})")
            }
            DownReason::Conflict => {
                f.write_str("the server already has a connection of this component (conflict)")
            }
            DownReason::NotAuthorized => {
                f.write_str(
                    "the server does not accept the component's secret, or, if it is ejabberd, does not have this name in hosts (not-authorized)",
                )
            }
            DownReason::HostUnknown => f.write_str("the server has no component of this name (host-unknown)"),
            DownReason::Stream { condition, text: None } => write!(f, "stream error {condition}"),
            DownReason::Stream { condition, text: Some(text) } => {
                write!(f, "stream error {condition}: {text}")
            }
        }
    }
}
