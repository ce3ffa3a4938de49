//! The greeting of a new user: the gateway on their roster, and a message.

use crate::config::Registration;
use crate::language::Language;
use crate::say;
use crate::services::address::Address;
use crate::services::languages::Languages;
use crate::services::messenger::Messenger;
use crate::services::privileges::PrivilegeTable;
use crate::services::rosters::Rosters;
use crate::services::uplink::Uplink;
use crate::xmpp::link::events::IqType;
use crate::xmpp::roster;
use crate::xmpp::roster::Subscription;
use jid::BareJid;
use jid::Jid;
use plugin_api::Info;
use std::sync::Arc;

/// The group of the gateway itself in the roster.
const GROUP: &str = "Gateways";

/// Parts that the greeting is made of.
pub(super) struct Parts {
    pub(super) info: Arc<Info>,
    pub(super) policy: Arc<Registration>,
    pub(super) address: Address,
    pub(super) uplink: Uplink,
    pub(super) privileges: PrivilegeTable,
    pub(super) rosters: Rosters,
    pub(super) languages: Languages,
    pub(super) messenger: Messenger,
}

/// Greets new users.
pub struct Welcome(Parts);

impl Welcome {
    pub(super) fn new(parts: Parts) -> Self {
        Welcome(parts)
    }

    /// Puts the gateway on a new user's roster, tells administrators, and welcomes the user.
    /// Returns true when their server shares the user's presence already; otherwise a request was
    /// sent.
    pub async fn greet(&self, jid: &BareJid, full: &Jid, language: Language) -> bool {
        let Parts { info, policy, languages, messenger, .. } = &self.0;
        let subscribed = self.onto_roster(jid).await;
        for admin in &policy.admins {
            let language = languages.of(&admin.0);
            messenger.tell(&admin.0, &say!(language, "admin-registered", who = full.to_string()));
        }
        let welcome = if info.welcome_message.is_empty() {
            say!(language, "welcome", network = &info.component_name)
        } else {
            info.welcome_message.clone()
        };
        messenger.tell(jid, &welcome);
        subscribed
    }

    /// Puts the gateway itself on the user's roster: written, or asked for.
    async fn onto_roster(&self, jid: &BareJid) -> bool {
        let Parts { info, address, privileges, rosters, .. } = &self.0;
        let to = jid.to_string();
        if privileges.of(jid.domain().as_str()).is_some_and(|p| p.roster.can_set()) {
            let item = roster::Item {
                jid: address.jid().clone(),
                name: Some(info.component_name.clone()),
                subscription: Subscription::Both,
                ask: false,
                groups: vec![GROUP.to_owned()],
            };
            let items = [item];
            let written = async {
                rosters.ask(IqType::Set, &to, &items).await?;
                rosters.check(jid, &items).await
            };
            match written.await {
                Ok(()) => return true,
                Err(error) => tracing::warn!(%error, "the gateway could not be put on a roster"),
            }
        }
        self.ask_for_subscription(&to);
        false
    }

    /// Asks to see the user's presence.
    pub(crate) fn ask_for_subscription(&self, to: &str) {
        let Parts { info, address, uplink, .. } = &self.0;
        let nick = Some(info.component_name.as_str());
        uplink.send(crate::stanza::subscription(address.domain(), to, "subscribe", None, nick));
    }
}
