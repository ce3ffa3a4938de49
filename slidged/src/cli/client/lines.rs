//! Lines that an administrator adds to the server's configuration so that users' clients see all of
//! the gateway.

/// Part of the server's configuration that clients miss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// The gateway, in the list of services.
    Listing,
    /// XEP-0280.
    Carbons,
    /// XEP-0313.
    Archive,
    /// XEP-0363.
    Files,
    /// XEP-0402.
    Bookmarks,
}

impl Missing {
    /// Consequence of its absence.
    pub(super) fn without(self) -> &'static str {
        match self {
            Missing::Listing => "optional, not listed: clients find the gateway only by its address",
            Missing::Carbons => "optional, none: several clients of a user do not see the same",
            Missing::Archive => "optional, none: a new client does not see what was said before",
            Missing::Files => "optional, none: users cannot send files",
            Missing::Bookmarks => "optional, none: groups are not the same on all clients",
        }
    }

    /// The lines, for both servers.
    pub(super) fn lines(self, domain: &str, gateway: &str) -> String {
        let (prosody, ejabberd) = match self {
            Missing::Listing => (
                format!("in the section VirtualHost \"{domain}\":\ndisco_items = {{ {{ \"{gateway}\" }} }}"),
                format!("mod_disco: {{ extra_domains: [\"{gateway}\"] }}"),
            ),
            Missing::Carbons => (modules("\"carbons\""), "mod_carboncopy: {}".to_owned()),
            Missing::Archive => (modules("\"mam\""), "mod_mam: { default: always }".to_owned()),
            Missing::Files => (
                format!(
                    "as a section of its own:\nComponent \"upload.{domain}\" \"http_file_share\"\nhttp_file_share_access = {{ \"{domain}\"; \"{gateway}\" }}"
                ),
                "mod_http_upload: { put_url: \"https://@HOST@:5443/upload\" }\n\
                 ejabberd, below listen:\n\
                 - { port: 5443, module: ejabberd_http, tls: true, request_handlers: { /upload: mod_http_upload } }"
                    .to_owned(),
            ),
            Missing::Bookmarks => {
                (modules("\"pep\"; \"bookmarks\""), "mod_pubsub: { plugins: [flat, pep] }".to_owned())
            }
        };
        format!("Prosody, {prosody}\nejabberd, below modules:\n{ejabberd}")
    }
}

fn modules(names: &str) -> String {
    format!("in modules_enabled:\n{names}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_for_files_makes_ejabberd_answer_at_the_address_that_it_gives_out() {
        let lines = Missing::Files.lines("example.org", "gw.example.org");
        assert!(lines.contains("request_handlers: { /upload: mod_http_upload }"), "{lines}");
    }
}
