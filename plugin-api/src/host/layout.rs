//! Check of the layout of a plugin's types.

use super::error::LoadErrorKind;
use crate::ffi::RootRef;
use abi_stable::{StableAbi, abi_stability::abi_checking::check_layout_compatibility, library::LibHeader};
use std::fmt::Display;

/// Part of a report of `abi_stable` that goes into a sentence, in lines: it is hundreds of lines
/// that end in those that matter.
const LINES: usize = 8;

/// Lets `abi_stable` compare the interfaces. On its own it wants the plugin's to be the same or
/// newer; here older ones will do too, since missing functions are optional.
pub(super) fn check(header: &LibHeader) -> Result<(), LoadErrorKind> {
    let theirs = header.layout().ok_or(LoadErrorKind::NotAPlugin)?;
    let ours = <RootRef as StableAbi>::LAYOUT;
    check_layout_compatibility(ours, theirs)
        .or_else(|error| check_layout_compatibility(theirs, ours).map_err(|_| error))
        .map_err(refused)
}

// By value, for `map_err`.
#[allow(clippy::needless_pass_by_value)]
pub(super) fn refused(error: impl Display) -> LoadErrorKind {
    let report = error.to_string();
    tracing::debug!(%report, "layout check");
    let lines = report.lines().skip_while(|line| !line.starts_with("Error:"));
    let lines: Vec<_> = lines.map(str::trim).filter(|line| !line.is_empty()).take(LINES).collect();
    LoadErrorKind::Layout(if lines.is_empty() { report.trim().replace('\n', " ") } else { lines.join(" ") })
}
