//! `[log]`: what is logged, and where to.

use serde::Deserialize;
use serde::Deserializer;
use std::collections::BTreeMap;
use std::str::FromStr;
use tracing_subscriber::filter::LevelFilter;

/// Starts, stops, logins and failures; nothing per message.
const DEFAULT_LEVEL: Level = Level(LevelFilter::INFO);

/// The section `[log]`. Read again at SIGHUP.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The level of everything that `targets` does not name.
    pub level: Level,
    /// Levels by the start of a target's name, such as `"slidged::xmpp" = "debug"`.
    pub targets: BTreeMap<String, Level>,
    /// Format of log lines.
    pub format: Format,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: DEFAULT_LEVEL, targets: BTreeMap::new(), format: Format::default() }
    }
}

/// Format of log lines on stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `journald` when stderr goes there, else `text`.
    #[default]
    Auto,
    /// Lines with the time in front, and colours on a terminal.
    Text,
    /// Lines with the priority in front as journald understands it (sd-daemon(3)); journald adds
    /// the time.
    Journald,
}

/// `off`, `error`, `warn`, `info`, `debug` or `trace`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(pub LevelFilter);

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "\"off\", \"error\", \"warn\", \"info\", \"debug\" or \"trace\"";
        crate::config::text::text(deserializer, expected, |text| {
            // A number would be taken for a level too, and nobody knows which way they count.
            if text.is_empty() || !text.chars().all(char::is_alphabetic) {
                return None;
            }
            LevelFilter::from_str(text).ok().map(Level)
        })
    }
}
