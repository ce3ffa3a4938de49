//! The network as a whole.

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
    /// A network: what a plugin exports (slidge: `BaseGateway`).
    ///
    /// * **Order.** Calls of one registration come one after the other, those of different people
    ///   at the same time.
    /// * **Deadline.** 60 s for a step of a registration and for `unregister`, 120 s for a command
    ///   step, else 30 s unless the administrator says otherwise (`session.call_timeout`).
    /// * **Cancellation.** A call that is given up is cancelled by dropping its future at an
    ///   `.await`.
    /// * **Defaults.** A callback that is not implemented answers `feature-not-implemented`, so
    ///   only what the network can do is written.
    pub trait Gateway, remote RemoteGateway, server GatewayServer;
    local {
        /// The connection of one user.
        type Session: Session;

        /// Describes the plugin and its network; asked for before anything is started. Deadline: 5
        /// s.
        fn info() -> Info;
        /// Makes the gateway, once.
        fn new(start: Start, host: GatewayHost) -> Result<Self> where Self: Sized;
        /// Makes the session of a registered user. It must not log in yet: `Session::login` does.
        fn connect(&self, user: User, host: Host) -> impl Future<Output = Result<Self::Session>> + Send;
    }
    opens open_session;
    requests {
        /// Checks a registration form: of somebody new, or new credentials of a user. Returns the
        /// data to keep for the user; `None` keeps the form itself.
        ///
        /// `flow` is 0 for [`Info::registration`], else the number of the alternative, from 1. For
        /// [`RegistrationType::SingleStepForm`] an error must come if the network would not let the
        /// user in; [`Error::two_factor_not_required`](crate::Error::two_factor_not_required) ends
        /// a flow that would go on.
        fn validate(user_jid: String, form: Form, flow: u32) -> Option<Data>;
        /// Checks the code that the network has sent the user; `user.data` is what `validate`
        /// returned. Returns data to add to it.
        ///
        /// An error leaves the step open for another code, except for
        /// [`Condition::Gone`](crate::Condition::Gone): then the user has to start again.
        fn validate_two_factor_code(user: User, code: String) -> Option<Data>;
        /// Makes the text of a QR code to scan; `user.data` is what `validate` returned. Asked
        /// again, it replaces what was shown to that user before.
        ///
        /// Newer texts go through [`GatewayHost::refresh_qr`], the end through
        /// [`GatewayHost::confirm_qr`].
        fn get_qr_text(user: User) -> String;
        /// Cleans up after a user who has left. The session, if there was one, has been logged out.
        fn unregister(user: User);
        /// Runs a step of a command of someone who is not registered. For users it is
        /// [`Session::on_command`](super::Session::on_command).
        fn on_command(call: CommandCall) -> CommandReply;
        /// Makes the local part for a contact or room ([`IdMapping::jids`]). Not called yet.
        fn legacy_id_to_jid_username(chat: Chat) -> String;
        /// Finds the contact or room of a local part ([`IdMapping::jids`]). Not called yet.
        fn jid_username_to_legacy_id(username: String) -> Chat;
        /// Makes the stanza id for a message ([`IdMapping::messages`]). Not called yet.
        fn legacy_to_xmpp_msg_id(id: MessageId) -> String;
        /// Finds the message of a stanza id ([`IdMapping::messages`]). Not called yet.
        fn xmpp_to_legacy_msg_id(stanza_id: String) -> MessageId;
    }
}

#[cfg(feature = "host")]
impl RemoteGateway {
    /// Makes the session of a user, within the gateway's limit. Its handler lives as long as the
    /// session.
    ///
    /// # Errors
    ///
    /// Those of the plugin; `remote-server-timeout` after the limit.
    pub async fn connect(
        &self,
        user: &User,
        handler: std::sync::Arc<dyn rpc::HostHandler>,
    ) -> Result<super::RemoteSession> {
        let host = rpc::serve(handler, tokio::runtime::Handle::current());
        Ok(super::RemoteSession(self.0.open(user, &user.jid, host).await?))
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
