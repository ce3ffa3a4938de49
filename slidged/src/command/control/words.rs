//! Words of the control socket that are no commands.

/// Word that asks for the component's address and its server, for programs that look for a gateway.
pub(crate) const COMPONENT: &str = "component";

/// Word that sends a user what their clients should show, so that they can look whether it arrives.
pub(crate) const PROBE: &str = "probe";
