//! Command that logs another device in, by a QR code that it shows.

use plugin_api::prelude::*;

use super::super::account::Account;
use super::super::errors::explain;
use crate::protocol::Kind;
use crate::protocol::login::LinkDevice;

pub(super) const NODE: &str = "link-device";

pub(super) fn command() -> Command {
    Command {
        category: Some(super::common::DEVICES.into()),
        ..Command::new(NODE, "Link a device", "Shows a QR code that logs another device in to your account")
            .access(CommandAccess::UserLogged)
    }
}

pub(super) async fn run(account: &Account, call: &CommandCall) -> Result<CommandReply> {
    let Some(device) = call.answer("device").map(str::to_owned).or_else(|| super::common::words(call)) else {
        let device = Field::text("device", "Name of the new device").required();
        return Ok(CommandReply::form("Link a device", "What is the new device called?", vec![device]));
    };
    let token = match account.request(LinkDevice { device: device.clone() }).await {
        Ok(linked) => linked.token,
        Err(error) => {
            let text = match error.refused() {
                Some(Kind::Conflict) => {
                    format!("There is a device called {device} already. Choose another name.")
                }
                Some(Kind::TooLarge) => "This name is too long, or you have too many devices.".to_owned(),
                _ => return Err(explain(error)),
            };
            return Err(explain(error).with_condition(Condition::NotAcceptable).with_text(text));
        }
    };
    // The picture may be missing: the answer has the same token as text.
    if let Err(error) = account.host.send_qr(token.clone()).await {
        tracing::info!(%error, "a QR code could not be shown");
    }
    Ok(CommandReply::text(format!(
        "Scan the QR code with {device}, or enter this login token there: {token}"
    )))
}
