//! `[plugin]`: the legacy module.

use super::{Options, value};
use serde::Deserialize;
use std::path::PathBuf;

/// A plugin waits for its network most of the time, and one thread serves hundreds of users. The
/// second goes on while a call blocks the first, and costs nothing until then.
const DEFAULT_THREADS: u32 = 2;
/// More threads than this in one plugin is a slip of the keyboard on any machine of today.
const MAX_THREADS: u32 = 256;

/// The section `[plugin]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plugin {
    /// The shared library.
    #[serde(deserialize_with = "value::path")]
    pub path: PathBuf,
    /// Number of threads of the plugin's own runtime.
    #[serde(default = "threads", deserialize_with = "value::number::<1, MAX_THREADS, _>")]
    pub threads: u32,
    /// Options that only the plugin understands: the table `[plugin.options]`.
    #[serde(default)]
    pub options: Options,
}

fn threads() -> u32 {
    DEFAULT_THREADS
}
