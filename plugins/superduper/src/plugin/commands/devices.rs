//! Command that lists the devices that are logged in to the account.

use plugin_api::prelude::*;

use super::super::account::Account;
use super::super::errors::explain;
use crate::protocol::login::{DeviceState, Devices};

pub(super) const NODE: &str = "devices";

pub(super) fn command() -> Command {
    Command {
        category: Some(super::common::DEVICES.into()),
        ..Command::new(NODE, "List devices", "Lists the devices that are logged in to your account")
            .access(CommandAccess::UserLogged)
            .alone()
    }
}

pub(super) async fn run(account: &Account) -> Result<CommandReply> {
    let columns = vec![Field::text("device", "Device"), Field::text("state", "State")];
    let table = Table::new("Devices of your account", columns);
    let devices = account.request(Devices {}).await.map_err(explain)?.devices;
    let table = devices.into_iter().fold(table, |table, device| {
        let state = state(&device).to_owned();
        table.row([device.device, state])
    });
    Ok(CommandReply::table(table))
}

fn state(device: &DeviceState) -> &'static str {
    match (device.this, device.connected) {
        (true, _) => "this gateway",
        (false, true) => "connected",
        (false, false) => "not connected",
    }
}
