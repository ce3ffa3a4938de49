//! Mistakes in the configuration, told in one or two sentences: where, what, and the mend.

/// A mistake in the configuration. Its text names the file and line, the variable or the option.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}
