//! Commands in service discovery (XEP-0050 section 2).

use crate::command::AdHoc;
use crate::command::Env;
use crate::command::caller::Context;
use crate::command::catalog::Commands;
use crate::command::is_visible;
use crate::command::target_of;
use crate::language::Language;
use crate::model::caller::Caller;
use crate::say;
use crate::session::ContactCommands;
use crate::stanza::disco::command_list;
use crate::stanza::disco::command_node;
use crate::stanza::listing;
use crate::xmpp::Stanza;
use crate::xmpp::disco::Item;
use crate::xmpp::ns;
use crate::xmpp::reply;
use jid::Jid;
use plugin_api::Chat;
use std::sync::Arc;

/// Lists the commands that the sender may run on the gateway, or on a contact or room.
pub(crate) fn command_items(
    (env, commands): (&Arc<Env>, &Commands),
    from: &Jid,
    iq: &Stanza,
    on: Option<&Chat>,
) -> Vec<Item> {
    let caller = env.users.caller(from.clone(), iq.lang.as_deref());
    let Caller { language, .. } = caller;
    let address = match (&iq.to, on) {
        (Some(to), Some(_)) => to.to_string(),
        _ => env.services.address.domain().to_owned(),
    };
    let context = Context { env: env.clone(), caller, on: on.cloned(), arguments: Vec::new() };
    let (standing, all) = (context.standing(), commands.on(target_of(on)));
    let visible = all.iter().filter(|command| match on {
        None => is_visible(command, all, standing),
        Some(_) => command.may_run(standing).is_ok(),
    });
    visible
        .map(|command| Item {
            jid: address.clone(),
            node: Some(command.node.clone()),
            name: Some(command.name(language)),
        })
        .collect()
}

/// Returns the name of the command of a node.
pub(crate) fn command_name(
    commands: &Commands,
    iq: &Stanza,
    on: Option<&Chat>,
    node: &str,
) -> Option<String> {
    let language = Language::of(iq.lang.as_deref());
    commands.at(target_of(on), node).map(|command| command.name(language))
}

impl ContactCommands for AdHoc {
    fn handle(self: Arc<Self>, iq: &Stanza, on: &Chat) -> bool {
        let (Some(payload), Some(from)) = (iq.payload(), &iq.from) else { return false };
        let (get, node) = (iq.type_str() == "get", payload.attr("node"));
        if !get && payload.is("command", ns::COMMANDS) {
            self.command(from.clone(), iq.clone(), Some(on.clone()));
            return true;
        }
        if !get {
            return false;
        }
        let answer = match node {
            Some(ns::COMMANDS) if payload.is("query", ns::DISCO_ITEMS) => {
                let items = command_items((self.env(), self.commands()), from, iq, Some(on));
                listing::items(iq, node, &items)
            }
            Some(ns::COMMANDS) if payload.is("query", ns::DISCO_INFO) => {
                let language = Language::of(iq.lang.as_deref());
                let mut info = command_list(&say!(language, "commands"));
                info.node = node.map(str::to_owned);
                reply::result(iq, |xml| info.write(xml))
            }
            Some(name) if payload.is("query", ns::DISCO_INFO) => {
                let Some(name) = command_name(self.commands(), iq, Some(on), name) else { return false };
                let mut info = command_node(&name);
                info.node = node.map(str::to_owned);
                reply::result(iq, |xml| info.write(xml))
            }
            _ => return false,
        };
        self.env().services.uplink.send(answer);
        true
    }
}
