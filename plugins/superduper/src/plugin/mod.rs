//! The plugin: the network as slidged sees it.
//!
//! A registered user is one device of their account. The server keeps that device's events until
//! they are acknowledged, which happens once the daemon has taken them: events from a time when the
//! daemon or this plugin is down come later. In the other direction, a message carries a nonce made
//! of the stanza's id, so that the daemon may send it again after a crash.

mod account;
mod attempts;
mod chat;
mod commands;
mod connection;
mod contacts;
mod convert;
mod errors;
mod events;
mod files;
mod ids;
mod info;
mod pictures;
mod preferences;
mod qr;
mod register;
mod rooms;
mod search;
mod session;
mod two_factor;

use plugin_api::prelude::*;
use sha2::{Digest, Sha256};

use crate::client::{Backoff, Entry, Settings};
use crate::protocol::Login;
use attempts::Attempts;
pub use info::SERVER;
use info::{AT_ONCE, BY_CODE, BY_QR, BY_TOKEN, PASSWORD, TOKEN, USER};
use preferences::Preferences;
use session::SuperduperSession;

/// Gateway to the network.
pub struct Superduper {
    server: String,
    /// Address of the gateway, so that two gateways do not share a device.
    jid: String,
    host: GatewayHost,
    attempts: Attempts,
}

impl Gateway for Superduper {
    type Session = SuperduperSession;

    fn info() -> Info {
        info::info()
    }

    fn new(start: Start, host: GatewayHost) -> Result<Self> {
        let server = start.options.get("server").map_or(SERVER, String::as_str).to_owned();
        if !is_host_and_port(&server) {
            let text = format!("The option server is “{server}”: it must be HOST:PORT, such as {SERVER}.");
            return Err(Error::new(Condition::BadRequest, text));
        }
        Ok(Superduper { server, jid: start.jid, host, attempts: Attempts::default() })
    }

    async fn connect(&self, user: User, host: Host) -> Result<SuperduperSession> {
        let Some(account) = user.data.get(USER).cloned() else {
            return Err(Error::credentials("Your registration has no user name. Please register again."));
        };
        let entry = match user.data.get(TOKEN) {
            Some(token) => Entry::Token(token.clone()),
            None => Entry::Password(Login {
                user: account.clone(),
                password: user.data.get(PASSWORD).cloned().unwrap_or_default(),
                device: self.device(&user.jid),
                ..Login::default()
            }),
        };
        let settings =
            Settings { server: self.server.clone(), entry, window: None, backoff: Backoff::default() };
        Ok(SuperduperSession::new(account, settings, Preferences::of(&user.preferences), host))
    }

    async fn validate(&self, user_jid: String, form: Form, flow: u32) -> Result<Option<Data>> {
        self.attempts.end(&user_jid);
        match flow {
            AT_ONCE => self.at_once(&user_jid, &form).await.map(Some),
            BY_CODE => self.before_code(&user_jid, &form).await.map(Some),
            // There is nothing to check before the code is scanned.
            BY_QR => Ok(None),
            BY_TOKEN => self.by_token(&form).await.map(Some),
            _ => Err(Error::new(Condition::BadRequest, "Superduper has no such way to register.")),
        }
    }

    async fn validate_two_factor_code(&self, user: User, code: String) -> Result<Option<Data>> {
        self.after_code(&user.jid, &code).await.map(Some)
    }

    async fn get_qr_text(&self, user: User) -> Result<String> {
        self.show_qr(user).await
    }

    async fn unregister(&self, user: User) -> Result<()> {
        self.attempts.end(&user.jid);
        self.log_out(&user).await
    }

    async fn on_command(&self, call: CommandCall) -> Result<CommandReply> {
        commands::for_strangers(&self.server, &call).await
    }
}

impl Superduper {
    /// Returns the device that a registered user is: the same after every restart, another one for
    /// another gateway or user.
    fn device(&self, user_jid: &str) -> String {
        let digest = Sha256::digest(format!("{}\n{user_jid}", self.jid));
        format!("slidged {}", data_encoding::HEXLOWER.encode(&digest[..8]))
    }
}

/// Tells whether a text could be a server's address, as `HOST:PORT`.
fn is_host_and_port(server: &str) -> bool {
    let Some((host, port)) = server.rsplit_once(':') else { return false };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let named = bare.map_or_else(
        || !host.is_empty() && !host.contains([':', '/', ' ']),
        |ip| ip.parse::<std::net::Ipv6Addr>().is_ok(),
    );
    named && port.parse::<u16>().is_ok_and(|port| port != 0)
}

plugin_api::export_plugin!(Superduper);

#[cfg(test)]
mod tests {
    use super::is_host_and_port;

    #[test]
    fn a_server_is_a_host_and_a_port() {
        for right in [super::SERVER, "example.org:5000", "[::1]:5000"] {
            assert!(is_host_and_port(right), "{right}");
        }
        for wrong in
            ["", "example.org", "example.org:", "http://example.org:5000", ":5000", "::1", "a:0", "a:x"]
        {
            assert!(!is_host_and_port(wrong), "{wrong}");
        }
    }
}
