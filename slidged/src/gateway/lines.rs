//! What users' servers could let us do and do not: said once to those who miss it and to administrators, with the lines to add (R21).

use super::Gateway;
use crate::{
    language::Language,
    say,
    store::{Entry, Scope, UserId, Write},
    xmpp::ns,
};
use jid::BareJid;
use std::sync::{Arc, PoisonError};

/// A privilege (XEP-0356).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privilege {
    /// To write rosters.
    Roster,
    /// To send messages in users' names.
    Message,
    /// To ask for places for files in users' names.
    Upload,
    /// To read and write what users publish.
    Pubsub,
}

impl Privilege {
    /// All that we make use of.
    pub const ALL: [Privilege; 4] =
        [Privilege::Roster, Privilege::Message, Privilege::Upload, Privilege::Pubsub];

    /// In words for administrators.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Privilege::Roster => "roster",
            Privilege::Message => "message",
            Privilege::Upload => "upload",
            Privilege::Pubsub => "pubsub",
        }
    }

    /// What happens without it, for administrators.
    #[must_use]
    pub fn without(self) -> &'static str {
        match self {
            Privilege::Roster => "optional, not granted: contacts ask one by one to be on the roster",
            Privilege::Message => "optional, not granted: what users send from other apps is not shown",
            Privilege::Upload => "optional, not granted: files count for the gateway's quota",
            Privilege::Pubsub => "optional, not granted: bookmarks and read states are not in sync",
        }
    }

    /// What is missed without it, with the lines to add.
    fn missed(self, language: Language, network: &str, lines: &str) -> String {
        let id = match self {
            Privilege::Roster => "no-roster-privilege",
            Privilege::Message => "carbons-no-privilege",
            Privilege::Upload | Privilege::Pubsub => "no-iq-privilege",
        };
        language.text(id, &[("network", network.into()), ("lines", lines.into())])
    }
}

/// Where it is kept who has been told what.
pub(super) const TOLD: &str = "told";

impl Gateway {
    /// Whether the users' server grants it.
    #[must_use]
    pub fn has(&self, domain: &str, privilege: Privilege) -> bool {
        let Some(granted) = self.privileges(domain) else { return false };
        match privilege {
            Privilege::Roster => granted.roster.can_set(),
            Privilege::Message => granted.message,
            Privilege::Upload => granted.iq(ns::HTTP_UPLOAD).can_get(),
            Privilege::Pubsub => granted.iq(ns::PUBSUB).can_get() && granted.iq(ns::PUBSUB).can_set(),
        }
    }

    /// What an administrator adds to a server so that all works.
    #[must_use]
    pub fn privilege_lines(&self, domain: &str) -> String {
        lines(&self.domain, domain)
    }

    /// A user misses something that their server does not let us do: they are told, once, and so are the administrators.
    pub fn missed(
        self: &Arc<Self>,
        (user, id): (&BareJid, UserId),
        language: Language,
        privilege: Privilege,
    ) {
        let domain = user.domain().as_str();
        let lines = self.privilege_lines(domain);
        let network = &self.info.component_name;
        let text = privilege.missed(language, network, &lines);
        self.tell_once(Scope::user(id, TOLD), privilege.name().to_owned(), user.clone(), text);
        for admin in &self.policy.admins {
            let key = format!("{} {domain} {}", admin.0, privilege.name());
            // Many users may miss the same at the same time. There are few administrators and domains.
            if !self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone()) {
                continue;
            }
            let language = self.language_of(&admin.0);
            let text = privilege.missed(language, network, &lines);
            let text = say!(language, "admin-privilege", domain = domain, text = text);
            self.tell_once(Scope::gateway(TOLD), key, admin.0.clone(), text);
        }
    }

    /// Says something to somebody, unless it was said to them before, under that key.
    fn tell_once(self: &Arc<Self>, scope: Scope, key: String, to: BareJid, text: String) {
        let gateway = self.clone();
        self.spawn(async move {
            match gateway.store.kv(scope.clone()).get(&key).await {
                Ok(None) => {}
                Ok(Some(_)) => return,
                Err(error) => return tracing::error!(%error, "it cannot be looked up who was told what"),
            }
            tracing::warn!(user = %to, "{text}");
            let writes = vec![Write::Kv(scope, key.into(), vec![1].into())];
            let told = gateway.journal.submit(Entry { writes, ..Entry::default() });
            gateway.say_to(to.as_str(), &text);
            drop(told);
        });
    }
}

/// The lines that give a gateway its privileges, for both servers.
fn lines(gateway: &str, domain: &str) -> String {
    format!(
        "Prosody, in the section VirtualHost \"{domain}\":\n\
         modules_enabled = {{ \"privilege\" }}\n\
         privileged_entities = {{ [\"{gateway}\"] = {{ roster = \"both\", message = \"outgoing\", iq = {{ [\"{pubsub}\"] = \"both\", [\"{owner}\"] = \"set\", [\"{upload}\"] = \"get\" }} }} }}\n\
         In the section Component \"{gateway}\":\n\
         modules_enabled = {{ \"privilege\" }}\n\
         In the section Component \"upload.{domain}\" \"http_file_share\":\n\
         http_file_share_access = {{ \"{domain}\"; \"{gateway}\" }}\n\
         ejabberd:\n\
         acl: {{ gateway: {{ server: \"{gateway}\" }} }}\n\
         access_rules: {{ gateway: {{ allow: gateway }} }}\n\
         modules: {{ mod_privilege: {{ roster: {{ both: gateway }}, message: {{ outgoing: gateway }} }} }}\n\
         ejabberd from 24.10 on, below mod_privilege too:\n\
         iq: {{ \"{pubsub}\": {{ both: gateway }}, \"{owner}\": {{ set: gateway }}, \"{upload}\": {{ get: gateway }} }}\n\
         Without roster, also take mod_pres_counter out: it drops what contacts ask.",
        pubsub = ns::PUBSUB,
        owner = ns::PUBSUB_OWNER,
        upload = ns::HTTP_UPLOAD,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_for_prosody_switch_the_privilege_on_for_the_component_and_for_the_host() {
        let lines = lines("gw.example.org", "example.org");
        let on = "modules_enabled = { \"privilege\" }";
        for section in ["VirtualHost \"example.org\"", "Component \"gw.example.org\""] {
            assert!(lines.contains(&format!("{section}:\n{on}")), "{section}: {lines}");
        }
        assert!(lines.contains("mod_pres_counter"), "{lines}");
    }
}
