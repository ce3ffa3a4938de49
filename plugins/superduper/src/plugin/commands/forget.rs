//! Takes a contact off the account's list.

use plugin_api::prelude::*;

use super::super::session::SuperduperSession;
use super::super::trouble::explain;
use crate::protocol::person::{Rename, Unfriend, Whois};

pub(super) const NODE: &str = "forget";

pub(super) fn command() -> Command {
    Command::new(NODE, "Forget", "Ends the friendship and takes the contact off your list")
        .access(CommandAccess::UserLogged)
        .target(CommandTarget::Contact)
}

pub(super) async fn run(
    session: &SuperduperSession,
    call: &CommandCall,
    contact: ContactId,
) -> Result<CommandReply> {
    let known = session.now(Whois { user: contact.0.clone() }).await.map_err(explain)?;
    let name = known.display_name();
    if !call.confirmed() {
        return Ok(CommandReply::confirm(format!(
            "Forget {name}? They will see that you are no friends any more."
        )));
    }
    session.now(Unfriend { user: contact.0.clone() }).await.map_err(explain)?;
    // With a name of the user's own they would stay on the list.
    session.now(Rename { user: contact.0.clone(), name: String::new() }).await.map_err(explain)?;
    // The network does not tell us what we did.
    session.host.remove_contact(contact);
    Ok(CommandReply::text(format!("{name} is forgotten.")))
}
