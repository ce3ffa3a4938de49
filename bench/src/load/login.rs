//! Clients and components up to the point where stanzas may be sent.

use std::io;
use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use sha1::{Digest, Sha1};

use super::Stream;
use super::splitter::attribute;
use crate::failed;

/// A server that takes longer is broken.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Account<'a> {
    pub(crate) domain: &'a str,
    pub(crate) user: &'a str,
    pub(crate) password: &'a str,
    pub(crate) resource: &'a str,
}

/// A client that has bound its resource and said that it is available.
pub(crate) fn client(address: &str, account: &Account) -> io::Result<Stream> {
    let Account { domain, user, password, resource } = account;
    let header = format!(
        "<?xml version='1.0'?><stream:stream to='{domain}' version='1.0' xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams'>"
    );
    let features = |stanza: &str| stanza.starts_with("<stream:features");
    let (mut stream, _) = Stream::open(address, &header)?;
    stream.expect("features", PATIENCE, features)?;
    let plain = BASE64.encode(format!("\0{user}\0{password}").as_bytes());
    stream
        .send(&format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>"))?;
    let reply = stream.recv(PATIENCE)?;
    if !reply.starts_with("<success") {
        return Err(failed(format!("{user}: {reply}")));
    }
    stream.restart(&header)?;
    stream.expect("features", PATIENCE, features)?;
    stream.send(&format!(
        "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
         <resource>{resource}</resource></bind></iq>"
    ))?;
    stream.expect("the resource", PATIENCE, |s| attribute(s, "id") == Some("bind"))?;
    stream.send("<presence/>")?;
    Ok(stream)
}

/// A component that has shaken hands (XEP-0114).
pub(crate) fn component(address: &str, jid: &str, secret: &str) -> io::Result<Stream> {
    let header = format!(
        "<?xml version='1.0'?><stream:stream to='{jid}' xmlns='jabber:component:accept' \
         xmlns:stream='http://etherx.jabber.org/streams'>"
    );
    let (mut stream, theirs) = Stream::open(address, &header)?;
    let id = attribute(&theirs, "id").unwrap_or_default();
    let hash = HEXLOWER.encode(&Sha1::digest(format!("{id}{secret}")));
    stream.send(&format!("<handshake>{hash}</handshake>"))?;
    stream.expect("the handshake", PATIENCE, |s| s.starts_with("<handshake"))?;
    Ok(stream)
}
