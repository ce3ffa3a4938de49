//! Command that tests whether the network answers, and how fast.

use std::time::Instant;

use plugin_api::prelude::*;

use super::super::errors::explain;
use crate::client::Connection;
use crate::protocol::login::Ping;

pub(super) const NODE: &str = "ping-network";

pub(super) fn command() -> Command {
    Command::new(NODE, "Ping superduper", "Tells how fast the network answers")
        .access(CommandAccess::Any)
        .alone()
}

/// Opens a connection of its own, so that it works for strangers, and for users who are not logged
/// in.
pub(super) async fn run(server: &str) -> Result<CommandReply> {
    let (connection, _events) = Connection::open(server).await.map_err(explain)?;
    let asked = Instant::now();
    connection.ask(Ping {}).await.map_err(explain)?;
    Ok(CommandReply::text(format!("Superduper has answered in {} ms.", asked.elapsed().as_millis())))
}
