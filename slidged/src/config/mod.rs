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
pub(crate) mod explain;
pub(crate) mod file;
mod keys;
mod layer;
mod limits;
mod load;
mod log;
mod media;
pub(crate) mod nearest;
mod options;
mod plugin;
mod registration;
pub(crate) mod root;
pub mod secret;
mod session;
mod state;
pub(crate) mod text;
mod units;
mod value;

pub use component::{Component, Endpoint};
pub use database::{Database, DatabaseUrl, Durability};
pub use delivery::Delivery;
pub use error::ConfigError;
pub use keys::{Section, sections};
pub use limits::Limits;
pub use load::{Flag, Sources, load};
pub use log::{Format, Level, Log};
pub use media::{Media, Origin, OriginalUrls};
pub use options::Options;
pub use plugin::Plugin;
pub use registration::{Admin, Allowed, Mode, Registration};
pub use session::Session;
pub use state::{State, plugin_folder};
pub use units::{ByteSize, Duration, UnitError};

pub use root::Config;
