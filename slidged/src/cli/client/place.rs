//! Endpoint at which a server takes clients.

use std::{fmt, str::FromStr};

/// Prefix of an endpoint that speaks TLS from the first byte (XEP-0368).
const DIRECT: &str = "tls:";

/// Endpoint at which a server takes clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) port: u16,
    /// TLS from the first byte; else by STARTTLS.
    pub(super) direct: bool,
}

impl FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (direct, rest) = text.strip_prefix(DIRECT).map_or((false, text), |rest| (true, rest));
        let parts = rest.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let (host, port) = parts.ok_or("write HOST:PORT, such as 127.0.0.1:5222, or tls:HOST:PORT")?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { host, port, direct })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, direct } = self;
        if *direct {
            f.write_str(DIRECT)?;
        }
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_shown() {
        for text in ["127.0.0.1:5222", "tls:xmpp.example.org:443", "[::1]:5222"] {
            assert_eq!(text.parse::<Place>().unwrap().to_string(), text);
        }
        for text in ["example.org", "example.org:", "example.org:99999"] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }
}
