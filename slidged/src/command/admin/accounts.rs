//! Fields of forms that name accounts.

use crate::command::caller::Context;
use crate::command::reply::Result;
use crate::say;
use crate::session::SessionHandle;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;
use jid::BareJid;
use plugin_api::Field;
use plugin_api::FieldType;
use plugin_api::Form;

/// Field that names one user (XEP-0133).
pub(crate) const ACCOUNT: &str = "accountjid";

/// Field that names several users (XEP-0133).
pub(crate) const ACCOUNTS: &str = "accountjids";

pub(crate) fn account_field(context: &Context) -> Field {
    let label = say!(context.language(), "admin-account");
    Field { kind: FieldType::JidSingle, ..Field::text(ACCOUNT, label) }.required()
}

pub(crate) fn accounts_field(context: &Context) -> Field {
    let label = say!(context.language(), "admin-accounts");
    Field { kind: FieldType::JidMulti, ..Field::text(ACCOUNTS, label) }.required()
}

/// Returns the sessions of the users that a form names.
///
/// # Errors
///
/// When one of them is not registered: then nothing is done for the others either.
pub(crate) fn named(context: &Context, form: &Form) -> Result<Vec<SessionHandle>> {
    let given = form.get(ACCOUNTS).or_else(|| form.get(ACCOUNT)).map_or("", String::as_str);
    given
        .lines()
        .map(|line| {
            let session = BareJid::new(line.trim()).ok().and_then(|jid| context.env.users.session(&jid));
            session.ok_or_else(|| {
                let text = say!(context.language(), "admin-no-such-user", who = line);
                StanzaError::with_text(Condition::ItemNotFound, text)
            })
        })
        .collect()
}
