//! Words of the control socket that are no commands.

/// The word that asks which component a gateway is, and of which server: for programs that look for one.
pub(crate) const COMPONENT: &str = "component";

/// The word that has what users' clients should see done for one of them, who looks whether it arrives.
pub(crate) const PROBE: &str = "probe";
