//! All commands, each defined once: those of the daemon and those that the plugin adds.

use crate::command::admin;
use crate::command::category;
use crate::command::core;
use crate::command::list::Command;
use crate::command::plugin;
use plugin_api::CommandTarget;
use plugin_api::Info;
use std::sync::Arc;

/// All commands of a gateway.
pub struct Commands {
    pub(crate) gateway: Vec<Arc<Command>>,
    pub(crate) contact: Vec<Arc<Command>>,
    pub(crate) room: Vec<Arc<Command>>,
}

impl Commands {
    /// Collects the commands of the daemon and those that the plugin adds.
    #[must_use]
    pub fn new(info: &Info) -> Self {
        let mut gateway = core::all(info);
        gateway.extend(admin::all());
        plugin::add(&mut gateway, info, CommandTarget::Gateway);
        let mut gateway = shared(gateway);
        category::add(&mut gateway);
        let with = |mut commands: Vec<Command>, target| {
            plugin::add(&mut commands, info, target);
            shared(commands)
        };
        Commands {
            gateway,
            contact: with(core::on_contacts(info), CommandTarget::Contact),
            room: with(if info.groups { core::on_rooms() } else { Vec::new() }, CommandTarget::Room),
        }
    }

    /// Returns the commands on the gateway, on contacts, or on rooms.
    #[must_use]
    pub fn on(&self, target: CommandTarget) -> &[Arc<Command>] {
        match target {
            CommandTarget::Contact => &self.contact,
            CommandTarget::Room => &self.room,
            CommandTarget::Gateway | CommandTarget::Unknown => &self.gateway,
        }
    }

    /// Finds the command of a node (XEP-0050).
    #[must_use]
    pub fn at(&self, target: CommandTarget, node: &str) -> Option<&Arc<Command>> {
        self.on(target).iter().find(|command| command.node == node)
    }
}

pub(crate) fn shared(commands: Vec<Command>) -> Vec<Arc<Command>> {
    commands.into_iter().map(Arc::new).collect()
}
