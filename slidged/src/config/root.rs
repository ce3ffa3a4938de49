//! The whole configuration.

use crate::config::component::Component;
use crate::config::database::Database;
use crate::config::delivery::Delivery;
use crate::config::limits::Limits;
use crate::config::log::Log;
use crate::config::media::Media;
use crate::config::plugin::Plugin;
use crate::config::registration::Registration;
use crate::config::session::Session;
use crate::config::state::State;
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
