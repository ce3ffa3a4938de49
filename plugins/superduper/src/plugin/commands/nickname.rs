//! Command that gives a contact a name of the user's own.

use plugin_api::prelude::*;

use super::super::account::Account;
use super::super::contacts;
use super::super::errors::explain;
use crate::protocol::Kind;
use crate::protocol::person::{Rename, Whois};

pub(super) const NODE: &str = "nickname";

pub(super) fn command() -> Command {
    Command::new(NODE, "Nickname", "Gives a contact a name of your own")
        .access(CommandAccess::UserLogged)
        .target(CommandTarget::Contact)
}

pub(super) async fn run(account: &Account, call: &CommandCall, contact: ContactId) -> Result<CommandReply> {
    let who = Whois { user: contact.0.clone() };
    let name = match &call.form {
        // An empty answer removes the name.
        Some(_) => call.answer("name").unwrap_or_default().to_owned(),
        None => match super::common::words(call) {
            Some(name) => name,
            None => return Ok(form(account.request(who).await.map_err(explain)?.nickname)),
        },
    };
    if let Err(error) = account.request(Rename { user: contact.0, name }).await {
        return Err(if error.refused() == Some(Kind::TooLarge) {
            explain(error).with_condition(Condition::NotAcceptable).with_text("This name is too long.")
        } else {
            explain(error)
        });
    }
    // The network does not report changes to the device that made them.
    let known = account.request(who).await.map_err(explain)?;
    let text = format!("{} is now shown as {}.", known.user, known.display_name());
    account.host.set_contacts(vec![contacts::info(known)]);
    Ok(CommandReply::text(text))
}

fn form(nickname: String) -> CommandReply {
    let name = Field::text("name", "Nickname").value(nickname);
    CommandReply::form(
        "Nickname",
        "Only you see it. Leave it empty to see the contact's own name.",
        vec![name],
    )
}
