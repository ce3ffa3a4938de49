//! The gateway's own avatar and vCard (XEP-0084, XEP-0054, XEP-0153, XEP-0292).

use super::address::Address;
use crate::language::Language;
use crate::media::avatar::Avatar;
use crate::say;
use crate::stanza::pep;
use crate::xmpp::pubsub::{self, Items};
use crate::xmpp::{Stanza, Xml, avatar, ns, reply, vcard, vcard4};
use bytes::Bytes;
use plugin_api::{Avatar as Source, Info};
use std::{
    fs::File,
    io::Read,
    sync::{Arc, OnceLock},
};

/// Largest file of a picture, in bytes; the avatar that is made from it is small.
pub(super) const MAX_SOURCE: u64 = 8 << 20;

/// The gateway's own avatar and vCard.
pub struct Profile {
    info: Arc<Info>,
    address: Address,
    avatar: OnceLock<Avatar>,
}

impl Profile {
    pub(super) fn new(info: Arc<Info>, address: Address) -> Self {
        Profile { info, address, avatar: OnceLock::new() }
    }

    /// Reads the picture that the plugin gives the gateway. One that cannot be read is no reason
    /// not to start: the gateway then has no avatar.
    pub async fn load(&self) {
        let Some(source) = self.info.component_avatar.clone().filter(|source| !source.is_none()) else {
            return;
        };
        // Decoding may take seconds.
        let read = tokio::task::spawn_blocking(move || read(source)).await;
        match read.unwrap_or_else(|panic| Err(panic.to_string())) {
            Ok(avatar) => drop(self.avatar.set(avatar)),
            Err(why) => tracing::warn!(%why, "the gateway's picture cannot be shown"),
        }
    }

    /// SHA-1 of the gateway's picture, for its presences.
    #[must_use]
    pub fn photo(&self) -> Option<&str> {
        self.avatar.get().map(|avatar| avatar.hash.as_str())
    }

    /// Notifies a client of the avatar (XEP-0084 section 4.2), if there is one.
    #[must_use]
    pub fn avatar_event(&self, to: &str) -> Option<Bytes> {
        self.avatar.get().map(|avatar| pep::avatar(self.address.domain(), to, metadata(avatar)))
    }

    /// Answers a request for items of the gateway's own nodes.
    pub(crate) fn items(&self, iq: &Stanza) -> Bytes {
        let Some(items) = Items::parse(iq) else { return reply::not_implemented(iq) };
        let node = items.node.as_str();
        let card = |xml: &mut Xml| self.write_vcard4(iq, xml);
        match (node, self.avatar.get()) {
            (ns::VCARD4_NODE, _) if items.wants(vcard4::ITEM) => {
                reply::result(iq, |xml| pubsub::write_item(xml, node, vcard4::ITEM, card))
            }
            (ns::AVATAR_METADATA, Some(shown)) if items.wants(&shown.hash) => reply::result(iq, |xml| {
                let write = |xml: &mut Xml| avatar::write_metadata(xml, metadata(shown));
                pubsub::write_item(xml, node, &shown.hash, write);
            }),
            (ns::AVATAR_DATA, Some(shown)) if items.wants(&shown.hash) => reply::result(iq, |xml| {
                let write = |xml: &mut Xml| avatar::write_data(xml, &shown.png);
                pubsub::write_item(xml, node, &shown.hash, write);
            }),
            _ => reply::not_found(iq),
        }
    }

    /// Answers a request for the vCard of XEP-0054.
    pub(crate) fn vcard_temp(&self, iq: &Stanza) -> Bytes {
        let photo = self.avatar.get().map(|avatar| &*avatar.png);
        let about = self.about(iq);
        let card = self.card(&about);
        reply::result(iq, |xml| vcard::write(xml, &card, photo))
    }

    /// Answers a request for the vCard of XEP-0292.
    pub(crate) fn vcard4(&self, iq: &Stanza) -> Bytes {
        reply::result(iq, |xml| self.write_vcard4(iq, xml))
    }

    fn write_vcard4(&self, iq: &Stanza, xml: &mut Xml) {
        vcard4::write(xml, &self.card(&self.about(iq)));
    }

    fn card<'a>(&'a self, note: &'a str) -> vcard4::Card<'a> {
        vcard4::Card {
            jid: self.address.domain(),
            name: &self.info.component_name,
            note,
            ..vcard4::Card::default()
        }
    }

    fn about(&self, iq: &Stanza) -> String {
        say!(Language::of(iq.language()), "about-gateway", network = &self.info.component_name)
    }
}

fn metadata(avatar: &Avatar) -> avatar::Info<'_> {
    avatar::Info { id: &avatar.hash, bytes: avatar.png.len(), width: avatar.width, height: avatar.height }
}

/// Reads a picture of bounded size and makes an avatar of it; blocks its thread.
fn read(source: Source) -> Result<Avatar, String> {
    Avatar::of(&bytes_of(source)?).map_err(|error| error.to_string())
}

/// Reads the bytes of a picture from where the plugin has it, up to a bound; blocks its thread.
///
/// # Errors
///
/// Why it cannot be had.
pub(super) fn bytes_of(source: Source) -> Result<Vec<u8>, String> {
    let bytes = match source {
        Source { data: Some(data), .. } => data.0,
        Source { path: Some(path), .. } => {
            // Looked at first: opening a pipe would wait for its other end.
            if !std::fs::metadata(&path).map_err(|error| format!("{path}: {error}"))?.is_file() {
                return Err(format!("{path}: that is no file"));
            }
            let mut bytes = Vec::new();
            let file = File::open(&path).map_err(|error| format!("{path}: {error}"))?;
            file.take(MAX_SOURCE + 1).read_to_end(&mut bytes).map_err(|error| format!("{path}: {error}"))?;
            bytes
        }
        _ => {
            return Err("a picture has to be given as a file or as itself, not as a URL".to_owned());
        }
    };
    if bytes.len() as u64 > MAX_SOURCE {
        return Err(format!("it has more than {MAX_SOURCE} bytes"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use crate::services::profile::*;
    use plugin_api::Blob;

    fn picture() -> Vec<u8> {
        crate::media::qr::png("x").unwrap()
    }

    #[test]
    fn a_picture_comes_from_data_or_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), picture()).unwrap();
        let path = Source { path: Some(file.path().display().to_string()), ..Source::none() };
        let data = Source { data: Some(Blob(picture())), ..Source::none() };
        let (path, data) = (read(path).unwrap(), read(data).unwrap());
        assert_eq!(path, data);
        assert_eq!((data.width, data.height), (192, 192));
    }

    #[test]
    fn what_cannot_be_shown_is_said_in_words() {
        let data = |bytes: Vec<u8>| Source { data: Some(Blob(bytes)), ..Source::none() };
        let url = Source { url: Some("https://example.org/a.png".into()), ..Source::none() };
        let missing = Source { path: Some("/nonexistent/a.png".into()), ..Source::none() };
        let endless = Source { path: Some("/dev/zero".into()), ..Source::none() };
        for (source, word) in [
            (data(b"text".to_vec()), "not a picture"),
            (data(vec![0; MAX_SOURCE as usize + 1]), "more than"),
            (url, "URL"),
            (missing, "/nonexistent/a.png"),
            (endless, "no file"),
        ] {
            let why = read(source).unwrap_err();
            assert!(why.contains(word), "{word}: {why}");
        }
    }
}
