//! The configuration: one file per section of `slidge.toml`, and `load` that puts the layers
//! together.
//!
//! From weak to strong: the defaults, the file, `conf.d/*.toml` beside it in the order of their
//! names, the environment (`SLIDGED_COMPONENT_SERVER` is `server` in `[component]`), the command
//! line. A list in a stronger layer replaces the one below. A relative path in a file starts from
//! that file's directory.

mod component;
mod database;
mod delivery;
mod error;
mod keys;
mod layer;
mod limits;
mod load;
mod log;
mod media;
mod options;
mod plugin;
mod registration;
pub mod secret;
mod session;
mod state;
mod units;
mod value;

pub use component::{Component, Endpoint};
pub use database::{Database, DatabaseUrl, Durability};
pub use delivery::Delivery;
pub use error::ConfigError;
pub use keys::{Section, sections};
pub use limits::Limits;
pub use load::{Flag, Sources};
pub use log::{Format, Level, Log};
pub use media::{Media, Origin, OriginalUrls};
pub use options::Options;
pub use plugin::Plugin;
pub use registration::{Admin, Allowed, Mode, Registration};
pub use session::Session;
pub use state::State;
pub use units::{ByteSize, Duration, UnitError};

use serde::Deserialize;

/// The whole configuration. Its `Debug` form holds no secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Connection to the XMPP server as a component.
    pub component: Component,
    /// The legacy module.
    pub plugin: Plugin,
    /// State directory.
    pub state: State,
    /// Database.
    pub database: Database,
    /// Registration with the gateway.
    pub registration: Registration,
    /// Bounds of what is kept so that nothing is lost.
    #[serde(default)]
    pub delivery: Delivery,
    /// One user's connection to the legacy network.
    #[serde(default)]
    pub session: Session,
    /// Limits of one user.
    #[serde(default)]
    pub limits: Limits,
    /// Files, in both directions.
    #[serde(default)]
    pub media: Media,
    /// Logging.
    #[serde(default)]
    pub log: Log,
}

impl Config {
    /// Puts the layers together. Reads the files, but no secret.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or something in one of the layers is wrong: one sentence that names
    /// the place.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        load::load(sources)
    }
}
