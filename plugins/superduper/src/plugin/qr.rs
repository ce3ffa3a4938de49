//! Registration by a QR code, which a device that is logged in approves.

use plugin_api::prelude::*;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::Superduper;
use super::attempts::{LIFE, Step};
use super::errors::explain;
use super::info::{TOKEN, USER};
use crate::client::{self, Connection, Incoming};
use crate::protocol::Event;
use crate::protocol::login::{LoginToken, Logout, QrLogin};

impl Superduper {
    /// Shows a code, and goes on showing new ones in the background.
    pub(super) async fn show_qr(&self, user: User) -> Result<String> {
        let (connection, events) = Connection::open(&self.server).await.map_err(explain)?;
        let shown = connection.ask(QrLogin { device: self.device(&user.jid) }).await.map_err(explain)?;
        let (keep, given_up) = oneshot::channel();
        self.attempts.begin(&user.jid, Step::Qr(keep), Instant::now())?;
        let showing = Showing { jid: user.jid, host: self.host.clone(), connection, events };
        self.host.spawn(showing.until_given_up(given_up));
        Ok(shown.code)
    }
}

/// Code that is shown to a user.
struct Showing {
    jid: String,
    host: GatewayHost,
    connection: Connection,
    events: Incoming,
}

impl Showing {
    async fn until_given_up(self, given_up: oneshot::Receiver<()>) {
        tokio::select! {
            // The server forgets a code that nobody shows.
            _ = given_up => {}
            () = self.until_over() => {}
        }
    }

    async fn until_over(mut self) {
        let failed = match timeout(LIFE, self.scanned()).await {
            Ok(Ok(None)) => return,
            Ok(Ok(Some((user, token)))) => return self.confirm(user, token).await,
            Err(_) => QrOutcome::failed("Nobody has scanned the code in time. Please start again."),
            Ok(Err(client::Error::Closed(Some(reason)))) if reason == "expired" => {
                QrOutcome::failed("Nobody has scanned the code in time. Please start again.")
            }
            Ok(Err(error)) => QrOutcome::failed(explain(error).user_text()),
        };
        // A user who has walked away does not need to know.
        let _ = self.host.confirm_qr(self.jid, failed).await;
    }

    /// Waits until the code is scanned, and returns the user who did it and the token of the new
    /// device. `None` if nobody looks at the code any more.
    async fn scanned(&mut self) -> Result<Option<(String, String)>, client::Error> {
        while let Some(arrival) = self.events.recv().await {
            match arrival.event {
                Event::QrCode { code, .. } => {
                    let seen = self.host.refresh_qr(self.jid.clone(), code).await;
                    if seen.is_err_and(|error| error.condition == Condition::ItemNotFound) {
                        return Ok(None);
                    }
                }
                Event::QrConfirmed { user, token } => return Ok(Some((user, token))),
                _ => {}
            }
        }
        Err(self.connection.closed().await)
    }

    async fn confirm(self, user: String, token: String) {
        let data = Data::from([(USER.to_owned(), user), (TOKEN.to_owned(), token.clone())]);
        let Err(error) = self.host.confirm_qr(self.jid, QrOutcome::confirmed(data)).await else { return };
        // The user has walked away between the scan and now: nobody will use the device.
        tracing::info!(%error, "a confirmed QR code is not wanted any more");
        if self.connection.ask(LoginToken { token, window: None }).await.is_ok() {
            let _ = self.connection.ask(Logout {}).await;
        }
    }
}
