//! Privileges of the gateway (XEP-0356), with the configuration that grants them.

use crate::{language::Language, xmpp::ns};

/// A privilege (XEP-0356).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privilege {
    /// Writing rosters.
    Roster,
    /// Sending messages in users' names.
    Message,
    /// Requesting upload slots in users' names (XEP-0363).
    Upload,
    /// Reading and writing users' pubsub nodes.
    Pubsub,
}

impl Privilege {
    /// Privileges that the gateway makes use of.
    pub const ALL: [Privilege; 4] =
        [Privilege::Roster, Privilege::Message, Privilege::Upload, Privilege::Pubsub];

    /// Returns the name that administrators know.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Privilege::Roster => "roster",
            Privilege::Message => "message",
            Privilege::Upload => "upload",
            Privilege::Pubsub => "pubsub",
        }
    }

    /// Describes what happens without the privilege, for administrators.
    #[must_use]
    pub fn without(self) -> &'static str {
        match self {
            Privilege::Roster => "optional, not granted: contacts ask one by one to be on the roster",
            Privilege::Message => "optional, not granted: what users send from other apps is not shown",
            Privilege::Upload => "optional, not granted: files count for the gateway's quota",
            Privilege::Pubsub => "optional, not granted: groups stay on the bookmarks of who leaves",
        }
    }

    /// Describes to a user what they miss without the privilege, with the lines to add.
    pub(super) fn missed(self, language: Language, network: &str, lines: &str) -> String {
        let id = match self {
            Privilege::Roster => "no-roster-privilege",
            Privilege::Message => "carbons-no-privilege",
            Privilege::Upload | Privilege::Pubsub => "no-iq-privilege",
        };
        language.text(id, &[("network", network.into()), ("lines", lines.into())])
    }
}

/// The lines that give a gateway its privileges, for both servers.
pub(super) fn lines(gateway: &str, domain: &str) -> String {
    format!(
        "Prosody, VirtualHost \"{domain}\":\n\
         modules_enabled = {{ \"privilege\" }}\n\
         privileged_entities = {{ [\"{gateway}\"] = {{ roster = \"both\", message = \"outgoing\", iq = {{ [\"{pubsub}\"] = \"both\", [\"{owner}\"] = \"set\", [\"{upload}\"] = \"get\" }} }} }}\n\
         Component \"{gateway}\":\n\
         modules_enabled = {{ \"privilege\" }}\n\
         Component \"upload.{domain}\" \"http_file_share\":\n\
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
