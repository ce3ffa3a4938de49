//! The daemon's own commands for users.

mod block;
mod contacts;
mod credentials;
mod data;
mod find;
mod groups;
mod info;
mod preferences;
mod qr;
pub(super) mod register;
mod relogin;
mod status;
pub(crate) mod support;
mod sync_contacts;
mod unregister;
pub(crate) mod welcome;

use crate::command::heading::Category;
use crate::command::list::Command;
use crate::command::list::Words;
use crate::xmpp::ns;
use plugin_api::CommandAccess::Any;
use plugin_api::CommandAccess::NonUser;
use plugin_api::CommandAccess::User;
use plugin_api::CommandAccess::UserLogged;
use plugin_api::CommandAccess::UserNonLogged;
use plugin_api::Info;
use std::sync::Arc;

pub(crate) use block::block;
pub(crate) use preferences::defaults as default_preferences;
pub(super) use status::state;

/// Lists the daemon's commands on the gateway. Some depend on what the network can do.
pub(super) fn all(info: &Info) -> Vec<Command> {
    let mut all = vec![
        Command::new("register", None, NonUser, |context| Box::pin(register::run(context, 0)))
            .at(ns::REGISTER),
        Command::new("status", None, User, |context| Box::pin(status::run(context))).with_words(0),
        Command::new("preferences", None, User, |context| Box::pin(preferences::run(context))),
        Command::new("credentials", None, User, |context| Box::pin(credentials::run(context))),
        Command::new("re-login", None, UserNonLogged, |context| Box::pin(relogin::run(context)))
            .with_words(0),
        Command::new("unregister", None, User, |context| Box::pin(unregister::run(context))),
        Command::new("contacts", Some(Category::Contacts), UserLogged, |context| {
            Box::pin(contacts::run(context))
        })
        .with_words(0),
        Command::new("sync-contacts", Some(Category::Contacts), UserLogged, |context| {
            Box::pin(sync_contacts::run(context))
        }),
        Command::new("export-data", Some(Category::Data), User, |context| Box::pin(data::export(context)))
            .with_words(0),
        Command::new("delete-data", Some(Category::Data), User, |context| Box::pin(data::delete(context))),
    ];
    if !info.search_fields.is_empty() {
        all.push(Command::new("find", Some(Category::Contacts), UserLogged, |context| {
            Box::pin(find::run(context))
        }));
    }
    if info.groups {
        all.push(
            Command::new("groups", None, UserLogged, |context| Box::pin(groups::list(context))).with_words(0),
        );
    }
    let alternatives = info.alternative_registrations.iter().zip(1..);
    all.extend(alternatives.map(|(flow, number): (_, u32)| {
        let (title, help) = (flow.title.clone(), flow.instructions.clone());
        let word = format!("register-{number}");
        Command {
            node: format!("{}{word}", ns::OUR_COMMANDS),
            word,
            category: None,
            access: NonUser,
            words: Words::Register { title, help },
            opens: None,
            is_plugins: false,
            most_words: None,
            action: Arc::new(move |context| Box::pin(register::run(context, number))),
        }
    }));
    all.push(Command::new("info", None, Any, |context| Box::pin(info::run(context))).with_words(0));
    all
}

/// Lists the daemon's commands on rooms.
pub(super) fn on_rooms() -> Vec<Command> {
    vec![Command::new("leave", None, UserLogged, |context| Box::pin(groups::leave(context)))]
}

/// Lists the daemon's commands on contacts.
pub(super) fn on_contacts(info: &Info) -> Vec<Command> {
    if !info.contact_features.blocking {
        return Vec::new();
    }
    vec![
        Command::new("block", None, UserLogged, |context| Box::pin(block::run(context, true))).with_words(0),
        Command::new("unblock", None, UserLogged, |context| Box::pin(block::run(context, false)))
            .with_words(0),
    ]
}
