//! All commands, each defined once: those of the daemon and those that the plugin adds.

use super::{
    access::{self, Standing},
    admin,
    caller::Context,
    category::{self, Category},
    core, plugin,
    reply::Result,
};
use crate::{language::Language, say, xmpp::ns};
use futures_util::future::BoxFuture;
use plugin_api::{CommandAccess, CommandTarget, Info};
use std::sync::Arc;

/// A command of the daemon.
pub(super) type Run = fn(Context) -> BoxFuture<'static, Result>;

/// Something that can be run.
#[derive(Debug)]
pub struct Command {
    /// Its node (XEP-0050).
    pub node: String,
    /// The word that runs it in a chat.
    pub word: String,
    /// The heading under which it is listed.
    pub category: Option<Category>,
    /// Who may run it.
    pub access: CommandAccess,
    pub(super) words: Words,
    pub(super) action: Action,
}

/// What a command is called.
#[derive(Debug)]
pub(super) enum Words {
    /// By a text of the catalogue, whose attribute `help` tells more.
    Catalog(String),
    /// As a way to register, by its title.
    Register { title: String, help: String },
    /// By the plugin.
    Plugin { name: String, help: String },
}

/// What a command does.
pub(super) enum Action {
    Run(Run),
    /// A way to register, by its number.
    Register(u32),
    /// Shows what is in a category.
    Open(Category),
    Plugin(plugin_api::Command),
}

impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Action")
    }
}

impl Command {
    /// One of the daemon, under our own namespace.
    pub(super) fn new(word: &str, category: Option<Category>, access: CommandAccess, run: Run) -> Self {
        Command {
            node: format!("{}{word}", ns::OUR_COMMANDS),
            word: word.to_owned(),
            category,
            access,
            words: Words::Catalog(format!("command-{word}")),
            action: Action::Run(run),
        }
    }

    /// The same under a node of a XEP.
    pub(super) fn at(self, node: &str) -> Self {
        Command { node: node.to_owned(), ..self }
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self, language: Language) -> String {
        match &self.words {
            Words::Catalog(id) => language.text(id, &[]),
            Words::Register { title, .. } => say!(language, "command-register-by", way = title),
            Words::Plugin { name, .. } => name.clone(),
        }
    }

    /// What it does, in a line.
    #[must_use]
    pub fn help(&self, language: Language) -> String {
        match &self.words {
            Words::Catalog(id) => language.text(&format!("{id}.help"), &[]),
            Words::Plugin { help, .. } | Words::Register { help, .. } => help.clone(),
        }
    }

    /// # Errors
    ///
    /// The id of a text that says why not.
    pub fn may_run(&self, standing: Standing) -> std::result::Result<(), access::Denied> {
        access::check(self.access, standing)
    }

    /// Its first step.
    pub(super) fn run(&self, context: Context) -> BoxFuture<'static, Result> {
        match &self.action {
            Action::Run(run) => run(context),
            Action::Register(flow) => Box::pin(core::register::run(context, *flow)),
            Action::Open(category) => Box::pin(category::open(context, category.clone())),
            Action::Plugin(command) => Box::pin(plugin::run(context, command.clone())),
        }
    }
}

/// All commands of a gateway.
#[derive(Debug)]
pub struct Commands {
    gateway: Vec<Arc<Command>>,
    contact: Vec<Arc<Command>>,
    room: Vec<Arc<Command>>,
}

impl Commands {
    /// Those of the daemon, and those of the plugin.
    #[must_use]
    pub fn new(info: &Info) -> Self {
        let mut gateway = core::all(info);
        gateway.extend(admin::all());
        plugin::add(&mut gateway, info, CommandTarget::Gateway);
        category::add(&mut gateway);
        let with = |mut commands: Vec<Command>, target| {
            plugin::add(&mut commands, info, target);
            shared(commands)
        };
        Commands {
            gateway: shared(gateway),
            contact: with(core::on_contacts(info), CommandTarget::Contact),
            room: with(if info.groups { core::on_rooms() } else { Vec::new() }, CommandTarget::Room),
        }
    }

    /// Those on the gateway, on contacts, or on rooms.
    #[must_use]
    pub fn on(&self, target: CommandTarget) -> &[Arc<Command>] {
        match target {
            CommandTarget::Contact => &self.contact,
            CommandTarget::Room => &self.room,
            CommandTarget::Gateway | CommandTarget::Unknown => &self.gateway,
        }
    }

    /// The one of that node.
    #[must_use]
    pub fn at(&self, target: CommandTarget, node: &str) -> Option<&Arc<Command>> {
        self.on(target).iter().find(|command| command.node == node)
    }
}

fn shared(commands: Vec<Command>) -> Vec<Arc<Command>> {
    commands.into_iter().map(Arc::new).collect()
}
