//! The message that announced a file (XEP-0447 `attach-to`).

use serde::Deserialize;
use serde::Serialize;

/// The message that announced a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session) struct Announcement {
    /// The id that its client gave it.
    pub(in crate::session) id: String,
    /// The room's id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::session) in_room: Option<String>,
    /// A receipt was asked for.
    #[serde(default)]
    pub(in crate::session) receipt: bool,
}
