//! Logs another device out of the account.

use plugin_api::prelude::*;

use super::super::session::SuperduperSession;
use super::super::trouble::explain;
use crate::protocol::Kind;
use crate::protocol::login::{Devices, ForgetDevice};

pub(super) const NODE: &str = "logout-device";

pub(super) fn command() -> Command {
    Command {
        category: Some(super::DEVICES.into()),
        ..Command::new(NODE, "Log a device out", "Logs another device out of your account")
            .access(CommandAccess::UserLogged)
    }
}

pub(super) async fn run(session: &SuperduperSession, call: &CommandCall) -> Result<CommandReply> {
    match (&call.state, call.answer("device").map(str::to_owned).or_else(|| super::words(call))) {
        (Some(device), _) if call.confirmed() => forget(session, device).await,
        (None, Some(device)) => sure(session, device).await,
        _ => which(session).await,
    }
}

async fn which(session: &SuperduperSession) -> Result<CommandReply> {
    let options: Vec<_> =
        others(session).await?.into_iter().map(|device| FieldOption::new(&device, &device)).collect();
    if options.is_empty() {
        return Ok(CommandReply::text("No other device is logged in."));
    }
    let device = Field::choice("device", "Device", options).required();
    Ok(CommandReply::form("Log a device out", "Choose the device that has to go.", vec![device]))
}

async fn sure(session: &SuperduperSession, device: String) -> Result<CommandReply> {
    if !others(session).await?.contains(&device) {
        return Err(gone(&device));
    }
    Ok(CommandReply::confirm(format!("Log {device} out?")).state(device))
}

async fn forget(session: &SuperduperSession, device: &str) -> Result<CommandReply> {
    match session.now(ForgetDevice { device: device.to_owned() }).await {
        Ok(_) => Ok(CommandReply::text(format!("{device} is logged out."))),
        Err(error) if error.refused() == Some(Kind::NotFound) => Err(gone(device)),
        Err(error) => Err(explain(error)),
    }
}

/// All devices but this gateway's.
async fn others(session: &SuperduperSession) -> Result<Vec<String>> {
    let devices = session.now(Devices {}).await.map_err(explain)?.devices;
    Ok(devices.into_iter().filter(|device| !device.this).map(|device| device.device).collect())
}

fn gone(device: &str) -> Error {
    Error::new(Condition::ItemNotFound, format!("No other device is called {device}."))
}
