//! RFC 6120 sections 6 and 7: who we are, and a resource of our own.

use super::{connect::Connected, session::Session};
use jid::BareJid;
use sasl::common::{ChannelBinding, Credentials};
use secrecy::{ExposeSecret, SecretString};
use tokio_xmpp::{
    client_login,
    error::{AuthError, Error},
    parsers::bind::BindQuery,
    xmlstream::StreamHeader,
};

/// SASL mechanism that is not used: an anonymous user is nobody.
const ANONYMOUS: &str = "ANONYMOUS";

/// Logs in.
///
/// # Errors
///
/// Why the server does not let us, in words.
pub(super) async fn log_in(
    connected: Connected,
    user: &BareJid,
    password: &SecretString,
) -> Result<Session, String> {
    let Connected { stream, features, .. } = connected;
    let mut mechanisms = features.sasl_mechanisms;
    mechanisms.remove(ANONYMOUS);
    let offered = mechanisms.iter().cloned().collect::<Vec<_>>().join(", ");
    let credentials = Credentials::default()
        .with_username(user.node().map_or("", |node| node.as_str()))
        .with_password(password.expose_secret())
        .with_channel_binding(ChannelBinding::None);
    let stream = client_login(stream, mechanisms, credentials).await.map_err(|error| match error {
        Error::Auth(AuthError::Fail(why)) => format!("the server refuses the login: {why:?}"),
        Error::Auth(AuthError::NoMechanism) => {
            format!("the server offers no way to log in that we know ({offered})")
        }
        other => other.to_string(),
    })?;
    let to = StreamHeader { to: Some(user.domain().as_str().into()), from: None, id: None };
    let stream = stream.send_header(to).await.map_err(|error| error.to_string())?;
    let (_, stream) = stream.recv_features().await.map_err(|error| error.to_string())?;
    let mut session = Session::new(stream)?;
    session.set(None, BindQuery::new(None).into()).await.map_err(|why| format!("no resource: {why}"))?;
    Ok(session)
}
