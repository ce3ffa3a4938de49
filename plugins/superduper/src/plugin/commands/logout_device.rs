//! Command that logs another device out of the account.

use plugin_api::prelude::*;

use super::super::account::Account;
use super::super::errors::explain;
use crate::protocol::Kind;
use crate::protocol::login::{Devices, ForgetDevice};

pub(super) const NODE: &str = "logout-device";

pub(super) fn command() -> Command {
    Command {
        category: Some(super::common::DEVICES.into()),
        ..Command::new(NODE, "Log a device out", "Logs another device out of your account")
            .access(CommandAccess::UserLogged)
    }
}

pub(super) async fn run(account: &Account, call: &CommandCall) -> Result<CommandReply> {
    match (&call.state, call.answer("device").map(str::to_owned).or_else(|| super::common::words(call))) {
        (Some(device), _) if call.confirmed() => forget(account, device).await,
        (None, Some(device)) => sure(account, device).await,
        _ => which(account).await,
    }
}

async fn which(account: &Account) -> Result<CommandReply> {
    let options: Vec<_> =
        others(account).await?.into_iter().map(|device| FieldOption::new(&device, &device)).collect();
    if options.is_empty() {
        return Ok(CommandReply::text("No other device is logged in."));
    }
    let device = Field::choice("device", "Device", options).required();
    Ok(CommandReply::form("Log a device out", "Choose the device that has to go.", vec![device]))
}

async fn sure(account: &Account, device: String) -> Result<CommandReply> {
    if !others(account).await?.contains(&device) {
        return Err(gone(&device));
    }
    Ok(CommandReply::confirm(format!("Log {device} out?")).state(device))
}

async fn forget(account: &Account, device: &str) -> Result<CommandReply> {
    match account.request(ForgetDevice { device: device.to_owned() }).await {
        Ok(_) => Ok(CommandReply::text(format!("{device} is logged out."))),
        Err(error) if error.refused() == Some(Kind::NotFound) => Err(gone(device)),
        Err(error) => Err(explain(error)),
    }
}

/// Lists all devices except this gateway's.
async fn others(account: &Account) -> Result<Vec<String>> {
    let devices = account.request(Devices {}).await.map_err(explain)?.devices;
    Ok(devices.into_iter().filter(|device| !device.this).map(|device| device.device).collect())
}

fn gone(device: &str) -> Error {
    Error::new(Condition::ItemNotFound, format!("No other device is called {device}."))
}
