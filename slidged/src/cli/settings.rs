//! The options that every verb takes.

use crate::config::{Flag, Sources};
use clap::Args;
use jid::BareJid;
use std::{env, path::PathBuf};

#[derive(Args, Clone, Debug, Default)]
pub(super) struct Settings {
    /// The configuration file; conf.d/*.toml beside it is read after it
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The plugin to load, instead of `path` in [plugin]
    #[arg(short, long, value_name = "FILE")]
    pub(super) plugin: Option<String>,
    /// off, error, warn, info, debug or trace
    #[arg(short, long, value_name = "LEVEL")]
    pub(super) log_level: Option<String>,
    /// Any setting of the file, such as component.server=127.0.0.1:5347; may be repeated
    #[arg(short, long, value_name = "SECTION.KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
}

impl Settings {
    /// Sources of the configuration, with the real environment of this process.
    pub(super) fn sources(&self) -> Sources {
        // What is not UTF-8 is none of ours.
        let environment = env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Sources { file: self.config.clone(), environment: environment.collect(), flags: self.flags() }
    }

    fn flags(&self) -> Vec<Flag> {
        let named =
            [("--plugin", "plugin.path", &self.plugin), ("--log-level", "log.level", &self.log_level)];
        let named = named.into_iter().filter_map(|(name, key, value)| {
            let value = value.clone()?;
            Some(Flag { name: name.into(), key: key.into(), value, literal: true })
        });
        let set = self.set.iter().map(|(key, value)| Flag {
            name: format!("--set {key}"),
            key: key.clone(),
            value: value.clone(),
            literal: false,
        });
        set.chain(named).collect()
    }
}

/// The address of somebody.
pub(super) fn account(text: &str) -> Result<BareJid, String> {
    let address = BareJid::new(text).ok().filter(|address| address.node().is_some());
    address.ok_or_else(|| "write somebody's address, such as ann@example.org".to_owned())
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write SECTION.KEY=VALUE, such as log.level=debug")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}
