//! Permission to run a command.

use crate::command::caller::Context;
use crate::command::env::Env;
use crate::command::list::Command;
use crate::model::caller::Caller;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;

/// Tells whether a caller may run a command.
///
/// # Errors
///
/// The answer to the caller, with the reason.
pub(crate) fn permitted(command: &Command, context: &Context) -> Result<(), StanzaError> {
    command.may_run(context.standing()).map_err(|why| {
        let condition = match why {
            "denied-not-registered" => Condition::RegistrationRequired,
            "denied-admin-only" => Condition::Forbidden,
            _ => Condition::NotAllowed,
        };
        StanzaError::with_text(
            condition,
            context.language().text(why, &[("network", context.network().into())]),
        )
    })
}

/// Tells whether the gateway serves a caller at all.
///
/// # Errors
///
/// The answer to the caller, with the reason.
pub(crate) fn served(env: &Env, caller: &Caller) -> Result<(), StanzaError> {
    if caller.admin {
        return Ok(());
    }
    env.admission
        .may_register(&caller.jid, caller.language)
        .map_err(|(condition, text)| StanzaError::with_text(condition, text))
}
