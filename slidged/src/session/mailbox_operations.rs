//! Operations of the plugin: of its current session, and of those that say goodbye.

use crate::host::Operation;
use crate::host::SessionOperation;
use crate::host::Share;
use crate::session::mailboxes::From;
use crate::session::plugin_operations::handle_operation;
use crate::session::state::Session;
use plugin_api::Condition;
use plugin_api::Error;
use plugin_api::SessionRequest as Request;
use plugin_api::host::Reply;

/// Carries out an operation, from whichever session it came.
pub(in crate::session) fn operation_from(session: &mut Session, from: From) {
    match from {
        From::Current(operation) => handle_operation(session, operation),
        From::Leaving(operation, replaced) => last_operation(session, operation, replaced),
    }
}

/// Carries out an operation of a plugin's session that says goodbye. It counts, but a report of the
/// connection to the network does not any more.
pub(in crate::session) fn last_operation(
    session: &mut Session,
    Operation { request, share }: SessionOperation,
    replaced: bool,
) {
    let other_data = |reply: Reply<()>, share: Share| {
        let why = "the user has given other data";
        reply.send(Err(Error::from(Condition::Conflict).with_detail(why)));
        drop(share);
    };
    match *request {
        Request::Logged { reply, .. } | Request::SendGatewayStatus { reply, .. } => reply.send(Ok(())),
        Request::LegacyModuleDataUpdate { reply, .. } | Request::LegacyModuleDataSet { reply, .. }
            if replaced =>
        {
            other_data(reply, share);
        }
        other => handle_operation(session, Operation { request: Box::new(other), share }),
    }
}
