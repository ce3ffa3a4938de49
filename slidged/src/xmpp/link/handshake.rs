//! XEP-0114 section 3: open the stream, prove that we know the secret.

use crate::xmpp::link::Connect;
use crate::xmpp::link::DownReason;
use crate::xmpp::link::LinkConfig;
use crate::xmpp::link::ReadHalf;
use crate::xmpp::link::WriteHalf;
use crate::xmpp::link::state::Shared;
use crate::xmpp::ns;
use crate::xmpp::stream::Decoder;
use crate::xmpp::stream::Item;
use crate::xmpp::xml::Xml;
use bytes::BytesMut;
use secrecy::ExposeSecret;
use secrecy::SecretString;
use sha1::Digest;
use sha1::Sha1;
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;

/// Bytes that are read at a time while nothing large is expected.
const CHUNK: usize = 4 * 1024;

/// A stream that the server has accepted.
pub(super) struct Established {
    pub(super) reader: ReadHalf,
    pub(super) writer: WriteHalf,
    pub(super) decoder: Decoder,
    /// Read and not yet decoded.
    pub(super) buf: BytesMut,
}

pub(super) async fn establish(
    connect: &mut impl Connect,
    config: &LinkConfig,
    shared: &Arc<Shared>,
) -> Result<Established, DownReason> {
    let io = |e: std::io::Error| DownReason::Io(e.to_string());
    let (reader, mut writer) = connect.connect().await.map_err(io)?;
    writer.write_all(&header(&config.jid)).await.map_err(io)?;
    writer.flush().await.map_err(io)?;
    let asked = Arc::clone(shared);
    let decoder = Decoder::new(config.limits).expecting(move |header| asked.requests.expects_large(header));
    let mut stream = Established { reader, writer, decoder, buf: BytesMut::new() };
    let id = match stream.item().await? {
        Item::Open { id } => id.unwrap_or_default(),
        other => return Err(unexpected(other)),
    };
    let proof = Xml::new().open("handshake").text(&proof(&id, &config.secret)).finish();
    // A server that does not know us says so behind its header and closes, which makes this fail:
    // what it said counts.
    let sent = async {
        stream.writer.write_all(&proof).await?;
        stream.writer.flush().await
    };
    let sent = sent.await;
    match stream.item().await {
        Ok(Item::Handshake) => {}
        Ok(other) => return Err(unexpected(other)),
        Err(why) => return Err(sent.err().map_or(why, io)),
    }
    Ok(stream)
}

impl Established {
    async fn item(&mut self) -> Result<Item, DownReason> {
        loop {
            match self.decoder.next(&mut self.buf) {
                Ok(Some(item)) => return Ok(item),
                Ok(None) => {}
                Err(broken) => return Err(DownReason::NotXmpp(broken.to_string())),
            }
            self.buf.reserve(CHUNK);
            match self.reader.read_buf(&mut self.buf).await {
                Ok(0) => return Err(DownReason::Closed),
                Ok(_) => {}
                Err(error) => return Err(DownReason::Io(error.to_string())),
            }
        }
    }
}

fn header(jid: &str) -> bytes::Bytes {
    let mut to = Xml::new();
    // An element of the writer would be closed; the stream's root stays open.
    to.open("stream:stream")
        .attr("xmlns", ns::COMPONENT)
        .attr("xmlns:stream", ns::STREAM)
        .attr("to", jid)
        .text("");
    let open = to.finish();
    let tag = open.strip_suffix(b"</stream:stream>").unwrap_or(&open);
    [b"<?xml version='1.0'?>", tag].concat().into()
}

/// The lower-case hexadecimal SHA-1 of the stream's id and the secret.
fn proof(id: &str, secret: &SecretString) -> String {
    let digest = Sha1::new().chain_update(id).chain_update(secret.expose_secret()).finalize();
    data_encoding::HEXLOWER.encode(&digest)
}

fn unexpected(item: Item) -> DownReason {
    match item {
        Item::StreamError { condition, text } => DownReason::of_stream_error(condition, text),
        Item::Close => DownReason::Closed,
        Item::Invalid { header, .. } => {
            DownReason::NotXmpp(format!("<{}/> instead of a handshake", header.name))
        }
        Item::Open { .. } | Item::Handshake | Item::Stanza(_) => {
            DownReason::NotXmpp("a stanza before the handshake".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_that_of_the_xep() {
        // XEP-0114 example 3 does not tell its secret, so computed with sha1sum.
        assert_eq!(
            proof("3BF96D32", &SecretString::from("test")),
            "aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e"
        );
    }

    #[test]
    fn the_header_stays_open() {
        assert_eq!(
            header("gw'"),
            "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='gw&apos;'>"
        );
    }
}
