//! Faults on demand: rules that make the network misbehave, for tests. Only a server started with
//! `--faults` accepts them.

use serde::{Deserialize, Serialize};

use super::{Kind, Millis, UserId};

/// Kind of fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The connection is cut: instead of the matching event, before the matching request is read,
    /// or at once when the rule names neither.
    #[default]
    Drop,
    /// The matching request is carried out, but the connection is cut instead of the answer.
    LoseAnswer,
    /// The matching event, or the answer to the matching request, is sent `ms` later, and so is
    /// everything after it on that connection.
    Delay,
    /// The matching event comes twice with the same number.
    Duplicate,
    /// The matching event comes after its successor (or after a second, when there is none).
    Reorder,
    /// A login is refused as `refusal` says.
    RefuseLogin,
    /// The matching request is refused as too fast, to be repeated after `ms`.
    Throttle,
    /// The connection neither reads nor writes for `ms`, and stays open. Like `drop`, it does so at
    /// once when the rule names nothing.
    Stall,
    /// A line that is not JSON comes before the matching event.
    Garbage,
}

/// Rule for a fault: the next `count` matches go wrong, after the first `skip` ones.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Fault {
    /// Kind of fault.
    pub fault: FaultKind,
    /// User whom the rule is for; everybody when absent.
    pub user: Option<UserId>,
    /// Name of the event that it is about (`message`, `typing`, …).
    pub event: Option<String>,
    /// Name of the request that it is about (`send`, `contacts`, …).
    pub request: Option<String>,
    /// Number of matches that pass first.
    pub skip: u32,
    /// Number of matches that go wrong.
    pub count: u32,
    /// Milliseconds, for the kinds that need them.
    pub ms: Millis,
    /// Kind of the refusal, for `refuse_login`.
    pub refusal: Option<Kind>,
}

impl Default for Fault {
    /// Cuts the connection once.
    fn default() -> Fault {
        Fault {
            fault: FaultKind::Drop,
            user: None,
            event: None,
            request: None,
            skip: 0,
            count: 1,
            ms: 0,
            refusal: None,
        }
    }
}

/// Removes all rules.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ClearFaults {}
