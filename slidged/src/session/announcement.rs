//! The message that announced a file (XEP-0447 `attach-to`).

use serde::Deserialize;
use serde::Serialize;

/// The message that announced a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session) struct Announcement {
    /// Id that the sending client gave the message.
    pub(in crate::session) id: String,
    /// Id that the room gave the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::session) in_room: Option<String>,
    /// True if the client requested a receipt.
    #[serde(default)]
    pub(in crate::session) receipt: bool,
}
