//! Faults on demand: rules that make the network misbehave, for tests. Only a server started with
//! `--faults` takes them.

use serde::{Deserialize, Serialize};

use super::{Kind, Millis, UserId};

/// What goes wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The connection is cut: instead of the matching event, before the matching request is looked
    /// at, or at once when the rule names neither.
    #[default]
    Drop,
    /// The matching request is carried out, and the connection is cut instead of the answer.
    LoseAnswer,
    /// The matching event, or the answer to the matching request, comes `ms` later, and all behind
    /// it on that connection with it.
    Delay,
    /// The matching event comes twice with the same number.
    Duplicate,
    /// The matching event comes after its successor (or after a second, when there is none).
    Reorder,
    /// A login is refused as `refusal` says.
    RefuseLogin,
    /// The matching request is refused: too fast, come back after `ms`.
    Throttle,
    /// The connection neither reads nor writes for `ms`, and stays open. Like `drop`, at once when
    /// the rule names nothing.
    Stall,
    /// A line that is not JSON comes before the matching event.
    Garbage,
}

/// A rule: the next `count` matches after the first `skip` ones.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Fault {
    /// What goes wrong.
    pub fault: FaultKind,
    /// For whom; for everybody when absent.
    pub user: Option<UserId>,
    /// The name of the event that it is about (`message`, `typing`, …).
    pub event: Option<String>,
    /// The name of the request that it is about (`send`, `contacts`, …).
    pub request: Option<String>,
    /// Matches that pass first.
    pub skip: u32,
    /// Matches that go wrong.
    pub count: u32,
    /// Milliseconds, for those kinds that need them.
    pub ms: Millis,
    /// With `refuse_login`: how.
    pub refusal: Option<Kind>,
}

impl Default for Fault {
    /// One cut connection.
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

/// Takes all rules away.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ClearFaults {}
