//! Command that approves the QR code of another device, for people who cannot scan it with this
//! gateway but can copy and paste it.

use plugin_api::prelude::*;

use super::super::account::Account;
use super::super::errors::explain;
use crate::client::Client;
use crate::protocol::Kind;
use crate::protocol::login::ApproveQr;

pub(super) const NODE: &str = "approve-device";

pub(super) fn command() -> Command {
    Command {
        category: Some(super::common::DEVICES.into()),
        ..Command::new(NODE, "Approve a device", "Logs a device in that shows a QR code, by the code's text")
            .access(CommandAccess::UserLogged)
    }
}

pub(super) async fn run(account: &Account, call: &CommandCall) -> Result<CommandReply> {
    let client = account.client()?;
    if let Some(code) = super::common::words(call) {
        return approve(client, code).await.map(CommandReply::text);
    }
    // People take longer than a command may, so this one ends here and the rest follows in the
    // chat.
    let (client, host) = (client.clone(), account.host.clone());
    account.host.spawn(async move {
        let text = match host.ask("Which code does the new device show?").await {
            Ok(code) => approve(&client, code).await.unwrap_or_else(|error| error.user_text().to_owned()),
            Err(_) => "No device was approved: there was no code in time.".to_owned(),
        };
        host.send_gateway_message(text);
    });
    Ok(CommandReply::text("You are asked for the code in the chat with this gateway."))
}

async fn approve(client: &Client, code: String) -> Result<String> {
    match client.ask(ApproveQr { code: code.trim().to_owned() }).await {
        Ok(_) => Ok("The device is logged in.".to_owned()),
        Err(error) if error.refused() == Some(Kind::NotFound) => {
            let text = "No device shows this code. It may have changed: try again with the new one.";
            Err(explain(error).with_text(text))
        }
        Err(error) => Err(explain(error)),
    }
}
