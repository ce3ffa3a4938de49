//! `slidged doctor --client`: logs in as a user, as an ordinary client does, and looks at the
//! gateway from there.

mod bind;
mod connect;
mod examine;
mod lines;
mod password;
mod place;
mod session;
mod srv;

use super::settings::account;
use crate::{
    config::Component,
    model::finding::{Findings, Verdict},
};
use clap::Args;
use examine::Examined;
use jid::BareJid;
use place::Place;
use secrecy::SecretString;
use session::Session;
use std::path::PathBuf;
use tokio::runtime::Builder;

#[derive(Debug, Args)]
pub(super) struct Client {
    /// Look at the gateway as this user's client does, too: logs in, and asks for the password.
    #[arg(long = "client", value_name = "ADDRESS", value_parser = account)]
    address: Option<BareJid>,
    /// Read that user's password from a file.
    #[arg(long, value_name = "FILE", requires = "address")]
    password_file: Option<PathBuf>,
    /// Log in there instead of where the domain's DNS says; tls:HOST:PORT for TLS from the first
    /// byte.
    #[arg(long, value_name = "HOST:PORT", requires = "address")]
    client_server: Option<Place>,
}

impl Client {
    pub(super) fn address(&self) -> Option<&BareJid> {
        self.address.as_ref()
    }
}

/// Looks. `probe` has the gateway that runs do what the user's clients should see.
pub(super) fn look(
    client: &Client,
    component: &Component,
    probe: Option<impl FnOnce(&BareJid) -> Result<Findings, String> + Send + 'static>,
) -> Findings {
    let Some(user) = &client.address else { return Findings::default() };
    let (login, mut findings) = (format!("{user}: login"), Findings::default());
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Findings::wrong(login, error.to_string()),
    };
    let password = match password::of(user, client.password_file.as_deref()) {
        Ok(password) => password,
        Err(why) => return Findings::wrong(login, why),
    };
    runtime.block_on(async {
        match log_in(user, &password, client.client_server.as_ref()).await {
            Ok((session, how)) => {
                findings.add(login, Verdict::Fine, how);
                Examined::new(session, user, &component.jid, findings).all(probe).await
            }
            Err(why) => Findings::wrong(login, why),
        }
    })
}

/// Logs in at the first place that lets us; how it went there comes back too.
async fn log_in(
    user: &BareJid,
    password: &SecretString,
    given: Option<&Place>,
) -> Result<(Session, String), String> {
    let domain = user.domain().as_str();
    let places = match given {
        Some(place) => vec![place.clone()],
        None => srv::places(domain).await?,
    };
    let mut tried = Vec::new();
    for place in places {
        let connected = match connect::to(domain, &place).await {
            Ok(connected) => connected,
            Err(why) => {
                tried.push(format!("{place}: {why}"));
                continue;
            }
        };
        let how = connected.how;
        // Another place of the same server would say the same.
        let session =
            bind::log_in(connected, user, password).await.map_err(|why| format!("{place}: {why}"))?;
        return Ok((session, format!("at {place}, {how}")));
    }
    Err(tried.join("; "))
}
