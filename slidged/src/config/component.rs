//! `[component]`: who we are to the XMPP server, and where it is (XEP-0114).

use crate::config::secret;
use crate::config::value;
use jid::BareJid;
use secrecy::SecretString;
use serde::Deserialize;
use serde::Deserializer;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Prosody and ejabberd both listen for components on this port unless told otherwise.
const DEFAULT_PORT: u16 = 5347;
/// XEP-0114 is not encrypted, so the server is expected on the same machine.
const DEFAULT_HOST: &str = "127.0.0.1";

/// The section `[component]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// The domain of this gateway, a sub-domain of the server's as a rule. Never has a local part.
    #[serde(deserialize_with = "jid")]
    pub jid: BareJid,
    /// Address at which the XMPP server takes components.
    #[serde(default)]
    pub server: Endpoint,
    /// The file that holds the secret shared with the server. Read by [`secret`](Self::secret).
    #[serde(default, deserialize_with = "value::optional_path")]
    pub secret_file: Option<PathBuf>,
}

impl Component {
    /// Reads the secret shared with the XMPP server.
    ///
    /// # Errors
    ///
    /// There is no such file, or it cannot be read, is empty, or can be read by every user of the
    /// machine.
    pub fn secret(&self) -> Result<SecretString, secret::SecretError> {
        let path = self.secret_file.as_deref().ok_or(secret::SecretError::NoComponentSecret)?;
        secret::read(path)
    }
}

/// Address at which the XMPP server takes components.
#[derive(Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// Over TCP; the host is a name or an address (IPv6 without brackets).
    Tcp {
        /// A name or an address.
        host: String,
        /// The port.
        port: u16,
    },
    /// Over a unix socket at this absolute path.
    Unix(PathBuf),
}

impl Default for Endpoint {
    fn default() -> Self {
        Self::Tcp { host: DEFAULT_HOST.into(), port: DEFAULT_PORT }
    }
}

/// Error: the text is not an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {EXPECTED}")]
pub struct NoEndpoint;

const EXPECTED: &str = "\"host:port\" or \"unix:/path\"";

impl FromStr for Endpoint {
    type Err = NoEndpoint;

    fn from_str(text: &str) -> Result<Self, NoEndpoint> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = PathBuf::from(path);
            return if path.is_absolute() { Ok(Self::Unix(path)) } else { Err(NoEndpoint) };
        }
        let port = |port: &str| port.parse().ok().filter(|port| *port != 0).ok_or(NoEndpoint);
        let (host, port) = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
            Some((host, "")) => (host, DEFAULT_PORT),
            Some((host, rest)) => (host, port(rest.strip_prefix(':').ok_or(NoEndpoint)?)?),
            None => match text.rsplit_once(':') {
                Some((host, rest)) if !host.contains(':') => (host, port(rest)?),
                _ => (text, DEFAULT_PORT),
            },
        };
        let sane = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
        if host.is_empty() || !host.chars().all(sane) {
            return Err(NoEndpoint);
        }
        Ok(Self::Tcp { host: host.to_owned(), port })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::config::text::text(deserializer, EXPECTED, |text| text.parse().ok())
    }
}

fn jid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BareJid, D::Error> {
    crate::config::text::text(deserializer, "a domain such as \"gw.example.org\"", value::domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read_and_shown() {
        for (text, shown) in [
            ("127.0.0.1", "127.0.0.1:5347"),
            ("xmpp.example.org", "xmpp.example.org:5347"),
            ("xmpp.example.org:5275", "xmpp.example.org:5275"),
            ("[::1]:5275", "[::1]:5275"),
            ("[::1]", "[::1]:5347"),
            ("::1", "[::1]:5347"),
            ("unix:/run/prosody/component", "unix:/run/prosody/component"),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.to_string(), shown);
            assert_eq!(shown.parse(), Ok(endpoint));
        }
        assert_eq!("127.0.0.1:5347".parse(), Ok(Endpoint::default()));
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        for text in [
            "",
            ":5347",
            "host:",
            "host:0",
            "host:70000",
            "host:x",
            "[::1",
            "[::1]5",
            "unix:relative",
            "a b:1",
            "xmpp://a:1",
        ] {
            assert_eq!(text.parse::<Endpoint>(), Err(NoEndpoint), "{text}");
        }
    }
}
