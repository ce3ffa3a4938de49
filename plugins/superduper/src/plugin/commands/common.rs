//! Parts that several commands share.

use plugin_api::prelude::*;

/// Category of the commands about the account's devices.
pub(super) const DEVICES: &str = "Devices";

/// Returns the words typed after a command's name; none if there are none.
pub(super) fn words(call: &CommandCall) -> Option<String> {
    (!call.arguments.is_empty()).then(|| call.arguments.join(" "))
}
