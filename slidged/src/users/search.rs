//! Search on the network for a user.

use super::Users;
use crate::{
    language::Language,
    model::{caller::Caller, ids::valid_id},
    say,
    services::Services,
    stanza::error::stanza_error,
    xmpp::{Condition, StanzaError},
};
use plugin_api::{ContactId, FieldType, Form, Info, Table};
use std::time::Duration;

/// Time that the network has to find somebody: less than clients wait.
const SEARCH: Duration = Duration::from_secs(25);

/// Searches the network; the table is empty when nobody is found.
///
/// # Errors
///
/// The answer to the user, with the reason.
pub(crate) async fn find(users: &Users, caller: &Caller, form: Form) -> Result<Table, StanzaError> {
    let services = &users.services;
    let Some(session) = users.session(&caller.bare()) else { return Err(not_registered(services, caller)) };
    let Some(remote) = session.remote() else {
        let network = services.info.component_name.as_str();
        let text = say!(caller.language, "denied-not-connected", network = network);
        return Err(StanzaError::with_text(Condition::RecipientUnavailable, text));
    };
    match remote.within(SEARCH).on_search(form).await {
        Ok(found) => Ok(addressed(services, found.unwrap_or_default())),
        Err(error) => Err(stanza_error(caller.language, &error)),
    }
}

/// Returns the title of the search form.
pub(crate) fn search_title(info: &Info, language: Language) -> String {
    match info.search_title.as_str() {
        "" => say!(language, "command-find"),
        title => title.to_owned(),
    }
}

/// Returns the error for somebody who has to register first.
pub(crate) fn not_registered(services: &Services, caller: &Caller) -> StanzaError {
    let network = &services.info.component_name;
    let text = say!(caller.language, "denied-not-registered", network = network);
    StanzaError::with_text(Condition::RegistrationRequired, text)
}

/// Replaces ids of contacts in a table of the plugin by their addresses.
pub(crate) fn addressed(services: &Services, mut table: Table) -> Table {
    for field in table.fields.iter().filter(|field| field.kind == FieldType::JidSingle) {
        for item in &mut table.items {
            if let Some(value) = item.get_mut(&field.var).filter(|value| valid_id(value)) {
                *value = services.address.contact_bare(&ContactId(std::mem::take(value)));
            }
        }
    }
    table
}
