//! Command that removes a contact from the account's list.

use plugin_api::prelude::*;

use super::super::account::Account;
use super::super::errors::explain;
use crate::protocol::person::{Rename, Unfriend, Whois};

pub(super) const NODE: &str = "forget";

pub(super) fn command() -> Command {
    Command::new(NODE, "Forget", "Ends the friendship and takes the contact off your list")
        .access(CommandAccess::UserLogged)
        .alone()
        .target(CommandTarget::Contact)
}

pub(super) async fn run(account: &Account, call: &CommandCall, contact: ContactId) -> Result<CommandReply> {
    let known = account.request(Whois { user: contact.0.clone() }).await.map_err(explain)?;
    let name = known.display_name();
    if !call.confirmed() {
        return Ok(CommandReply::confirm(format!(
            "Forget {name}? They will see that you are no friends any more."
        )));
    }
    account.request(Unfriend { user: contact.0.clone() }).await.map_err(explain)?;
    // A contact with a name that the user gave would stay on the list.
    account.request(Rename { user: contact.0.clone(), name: String::new() }).await.map_err(explain)?;
    // The network does not report changes to the device that made them.
    account.host.contact(contact).remove();
    Ok(CommandReply::text(format!("{name} is forgotten.")))
}
