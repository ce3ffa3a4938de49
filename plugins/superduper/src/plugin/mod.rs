//! The plugin: the network as slidged sees it.
//!
//! A registered user is one device of their account. The server keeps that device's events until they are acknowledged, and they are
//! acknowledged when the daemon has taken them: what happens while the daemon is down, or while this plugin is, comes later.
//! In the other direction a message carries a nonce made of the stanza's id, so that the daemon may send it again after a crash.

mod events;
mod people;
mod session;
mod shape;
mod trouble;

use std::collections::HashMap;

use plugin_api::prelude::*;
use sha2::{Digest, Sha256};

use crate::client::{Backoff, Connection, Entry, Settings};
use crate::protocol::Login;
use crate::protocol::login::Logout;
use session::SuperduperSession;
use trouble::explain;

/// Where `superduperd` listens when nothing else is said.
pub const SERVER: &str = "127.0.0.1:5280";

const USER: &str = "username";
const PASSWORD: &str = "password";
const CODE: &str = "code";
/// Instead of the password, for accounts with a second factor: the code is good for one login only.
const TOKEN: &str = "token";

/// The network.
pub struct Superduper {
    server: String,
    /// The gateway's own address, so that two gateways do not share a device.
    jid: String,
}

impl Gateway for Superduper {
    type Session = SuperduperSession;

    fn info() -> Info {
        let fields = vec![
            Field::text(USER, "User name on superduper").required(),
            Field::private(PASSWORD, "Password").required(),
            Field::text(CODE, "Code, if your account has a second factor"),
        ];
        let server = Field::text("server", "host:port of superduperd").value(SERVER);
        let mut info = Info::new("superduper", "Superduper").registration_fields(fields);
        info.registration.instructions = "Log in with your superduper account.".into();
        Info { idempotent_send: true, options: vec![server], ..info }
    }

    fn new(start: Start, _: GatewayHost) -> Result<Self> {
        let server = start.options.get("server").map_or(SERVER, String::as_str).to_owned();
        Ok(Superduper { server, jid: start.jid })
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
        Ok(SuperduperSession::new(account, settings, host))
    }

    async fn validate(&self, user_jid: String, form: Form, _: u32) -> Result<Option<Data>> {
        let field = |name: &str| form.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
        let (Some(user), Some(password)) = (field(USER), form.get(PASSWORD)) else {
            return Err(Error::new(Condition::BadRequest, "User name and password are needed."));
        };
        let code = field(CODE).map(str::to_owned);
        // With a second factor this login is the one that counts, so it is for the device that stays.
        let device = if code.is_some() {
            self.device(&user_jid)
        } else {
            format!("{} (check)", self.device(&user_jid))
        };
        let login =
            Login { user: user.into(), password: password.clone(), code: code.clone(), device, window: None };
        let (connection, _events) = Connection::open(&self.server).await.map_err(explain)?;
        let welcome = connection.ask(login).await.map_err(explain)?;
        let secret = if code.is_some() {
            (TOKEN.to_owned(), welcome.token)
        } else {
            // The check leaves no device behind. Should it fail, an idle one remains, and the next check takes its place.
            let _ = connection.ask(Logout {}).await;
            (PASSWORD.to_owned(), password.clone())
        };
        Ok(Some(Data::from([(USER.to_owned(), user.to_owned()), secret])))
    }

    async fn unregister(&self, user: User) -> Result<()> {
        let (connection, _events) = Connection::open(&self.server).await.map_err(explain)?;
        let welcome = match user.data.get(TOKEN) {
            Some(token) => {
                connection
                    .ask(crate::protocol::login::LoginToken { token: token.clone(), window: None })
                    .await
            }
            None => {
                let mut data: HashMap<_, _> = user.data.into_iter().collect();
                let mut take = |name: &str| data.remove(name).unwrap_or_default();
                let (name, password) = (take(USER), take(PASSWORD));
                let device = self.device(&user.jid);
                connection.ask(Login { user: name, password, device, ..Login::default() }).await
            }
        };
        welcome.map_err(explain)?;
        connection.ask(Logout {}).await.map_err(explain)?;
        Ok(())
    }
}

impl Superduper {
    /// The device that a registered user is: the same after every restart, another one for another gateway or user.
    fn device(&self, user_jid: &str) -> String {
        let digest = Sha256::digest(format!("{}\n{user_jid}", self.jid));
        format!("slidged {}", data_encoding::HEXLOWER.encode(&digest[..8]))
    }
}

plugin_api::export_plugin!(Superduper);
