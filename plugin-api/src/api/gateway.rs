//! The network as a whole: `BaseGateway`.

use super::{GatewayHost, Host, Session, SessionServer};
use crate::{
    error::Result,
    ffi::{Entry, PeerBox},
    interface,
    rpc::{self, Executor, Remote, Server, Tasks},
    types::*,
};
use std::marker::PhantomData;
use tracing::Instrument;

interface! {
    /// A legacy network: what a plugin exports.
    ///
    /// Every callback has a default that answers feature-not-implemented, so only what the network
    /// can do is written.
    pub trait Gateway, remote RemoteGateway, server GatewayServer;
    local {
        /// The connection of one user.
        type Session: Session;

        /// About the network; asked for before anything is started.
        fn info() -> Info;
        /// Makes the gateway, once.
        fn new(start: Start, host: GatewayHost) -> Result<Self> where Self: Sized;
        /// Makes the session of a registered user. It must not log in yet: `Session::login` does.
        fn connect(&self, user: User, host: Host) -> impl Future<Output = Result<Self::Session>> + Send;
    }
    opens open_session;
    requests {
        /// Checks a registration form: of somebody new, or new credentials of a user. What it returns is kept as
        /// the user's data; `None` keeps the form itself. For [`RegistrationType::SingleStepForm`] an error
        /// must come if the network would not let the user in. `flow` is 0 for
        /// [`Info::registration`], else the number of the alternative, from 1.
        ///
        /// [`Error::two_factor_not_required`](crate::Error::two_factor_not_required) ends a flow that would go on.
        fn validate(user_jid: String, form: Form, flow: u32) -> Option<Data>;
        /// Checks the code that the user got; `user.data` is what `validate` returned. What it returns is added to
        /// that, and kept. An error leaves the step open for another code, except for
        /// [`Condition::Gone`](crate::Condition::Gone): then there is nothing left that a code could be for, and
        /// the user has to start again.
        fn validate_two_factor_code(user: User, code: String) -> Option<Data>;
        /// The text of a QR code to scan; `user.data` is what `validate` returned. Newer texts go through
        /// [`refresh_qr`](super::GatewayRemote::refresh_qr), the end through
        /// [`confirm_qr`](super::GatewayRemote::confirm_qr). Asked again, it takes the place of what was shown
        /// to that user before.
        fn get_qr_text(user: User) -> String;
        /// The user has left: clean up. The session, if there was one, has been logged out.
        fn unregister(user: User);
        /// Runs a step of a command of someone who is not registered. (For users it is
        /// [`Session::on_command`](super::Session::on_command).)
        fn on_command(call: CommandCall) -> CommandReply;
        /// Only with [`IdMapping::jids`]: the local part for a contact or room.
        fn legacy_id_to_jid_username(chat: Chat) -> String;
        /// Only with [`IdMapping::jids`]: the contact or room of a local part.
        fn jid_username_to_legacy_id(username: String) -> Chat;
        /// Only with [`IdMapping::messages`]: the stanza id for a message.
        fn legacy_to_xmpp_msg_id(id: MessageId) -> String;
        /// Only with [`IdMapping::messages`]: the message of a stanza id.
        fn xmpp_to_legacy_msg_id(stanza_id: String) -> MessageId;
    }
}

/// Opens a session on behalf of `RemoteGateway::connect`.
async fn open_session<G: Gateway>(
    gateway: &G,
    user: User,
    host: PeerBox,
    executor: Executor,
) -> Result<PeerBox> {
    let span = tracing::info_span!("session", user = user.jid);
    let tasks = Tasks::on(&executor);
    let host = Host::new(Remote::patient(host, &tasks));
    let session = gateway.connect(user, host).instrument(span.clone()).await?;
    Ok(span.in_scope(|| Server::start(SessionServer(session), executor, tasks)))
}

/// A gateway as the entry of a library.
#[doc(hidden)]
pub struct Exported<G>(PhantomData<G>);

impl<G: Gateway> Entry for Exported<G> {
    fn info() -> Result<Vec<u8>> {
        rpc::encode(&G::info())
    }

    fn threads(start: &[u8]) -> Result<(String, usize)> {
        let start: Start = rpc::decode(start)?;
        Ok((start.name, usize::try_from(start.threads)?))
    }

    async fn start(start: Vec<u8>, host: PeerBox, executor: Executor) -> Result<PeerBox> {
        let tasks = Tasks::on(&executor);
        let host = GatewayHost::new(Remote::patient(host, &tasks));
        let span = tracing::info_span!("gateway");
        let gateway = span.in_scope(|| G::new(rpc::decode(&start)?, host))?;
        Ok(span.in_scope(|| Server::start(GatewayServer(gateway), executor, tasks)))
    }
}
