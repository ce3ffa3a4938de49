//! Parts that several commands share.

use plugin_api::prelude::*;

/// The category of the commands about the account's devices.
pub(super) const DEVICES: &str = "Devices";

/// The words that were typed behind a command's name; none without any.
pub(super) fn words(call: &CommandCall) -> Option<String> {
    (!call.arguments.is_empty()).then(|| call.arguments.join(" "))
}
