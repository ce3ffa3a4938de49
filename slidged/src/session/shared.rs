//! The file that a message of the user shares, in all the ways that clients have for it (WIRE 2.6). Pure.

use super::delivery::Kind;
use crate::xmpp::{
    Stanza, encrypted_url::EncryptedUrl, fallback, file_metadata::FileMetadata, ns, oob, sfs, sims, stickers,
    xhtml,
};
use serde::{Deserialize, Serialize};

/// More files in one message are addresses in its text: networks have albums, clients do not send them. Bounds the text.
const MAX_FILES: usize = 32;

/// A file of the user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SharedFile {
    /// Where it is.
    pub(super) url: String,
    /// What it is called, if the client says so.
    pub(super) name: Option<String>,
    /// MIME type, by the client's word.
    pub(super) media_type: Option<String>,
    /// It is a sticker.
    pub(super) sticker: bool,
}

/// What a message shares, and what it says beside that. `None` when it is nothing but words.
pub(super) fn read(stanza: &Stanza, body: &str) -> Option<(Kind, String)> {
    if let Some(cid) = xhtml::sticker(stanza) {
        return Some((Kind::Bits { cid: cid.to_string() }, body.to_owned()));
    }
    let mut files = sfs::files(stanza).take(MAX_FILES);
    let (first, mut words) = match files.next() {
        Some(first) => (first, said_beside(stanza, body, ns::SFS)),
        None => (other_file(stanza, body)?, body.to_owned()),
    };
    let (url, FileMetadata { name, media_type, .. }) = first;
    words = words.replacen(&url, "", 1).trim().to_owned();
    // Nothing is lost.
    for (further, _) in files.filter(|(further, _)| *further != url) {
        words = format!("{words}\n{further}").trim_start().to_owned();
    }
    let sticker = stickers::is_sticker(stanza);
    Some((Kind::File(Box::new(SharedFile { url, name, media_type, sticker })), words))
}

/// The body without what is there only for clients that do not know files.
fn said_beside(stanza: &Stanza, body: &str, of: &str) -> String {
    let named = |payload: &minidom::Element| payload.attr("for") == Some(of);
    // Without a name it could be about anything else in the message.
    if !stanza.payloads.iter().any(|payload| payload.is("fallback", ns::FALLBACK) && named(payload)) {
        return body.to_owned();
    }
    match fallback::range(stanza, of, body) {
        Some(range) => fallback::without(body, range).0,
        None => body.to_owned(),
    }
}

fn other_file(stanza: &Stanza, body: &str) -> Option<(String, FileMetadata)> {
    let described = sims::files(stanza).next();
    if let Some(url) = oob::url(stanza) {
        let described = described.filter(|(same, _)| *same == url);
        return Some((url, described.map(|(_, metadata)| metadata).unwrap_or_default()));
    }
    let alone = body.trim();
    let encrypted = || EncryptedUrl::parse(alone).map(|_| (alone.to_owned(), FileMetadata::default()));
    described.or_else(encrypted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OOB: &str = "<x xmlns='jabber:x:oob'><url>https://d/a.png</url></x>";
    const SFS: &str = "<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><media-type>image/png</media-type><name>A.png</name></file><sources><url-data xmlns='http://jabber.org/protocol/url-data' target='https://d/s.png'/></sources></file-sharing>";
    const SIMS: &str = "<reference xmlns='urn:xmpp:reference:0' type='data'><media-sharing xmlns='urn:xmpp:sims:1'><file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><name>I.png</name></file><sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='https://d/i.png'/></sources></media-sharing></reference>";

    fn check(body: &str, payloads: &[&str], expected: Option<(&str, Option<&str>, &str)>) {
        let xml = format!("<message xmlns='jabber:client'>{}</message>", payloads.concat());
        let stanza = Stanza::from_element(&xml.parse().unwrap()).unwrap();
        let found = read(&stanza, body).map(|(kind, words)| match kind {
            Kind::File(file) => (file.url.clone(), file.name.clone(), words),
            other => panic!("{other:?}"),
        });
        let found = found.as_ref().map(|(url, name, words)| (url.as_str(), name.as_deref(), words.as_str()));
        assert_eq!(found, expected, "{body} {payloads:?}");
    }

    #[test]
    fn k45_k46_a_file_and_the_words_beside_it() {
        check("https://d/a.png", &[OOB], Some(("https://d/a.png", None, "")));
        check("look https://d/a.png", &[OOB], Some(("https://d/a.png", None, "look")));
        check("words", &[OOB], Some(("https://d/a.png", None, "words")));
        check("words", &[SIMS], Some(("https://d/i.png", Some("I.png"), "words")));
        check("https://d/s.png", &[OOB, SFS, SIMS], Some(("https://d/s.png", Some("A.png"), "")));
        check("https://d/a.png", &[], None);
        let all = "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'><body/></fallback>";
        check("A picture: https://other", &[SFS, all], Some(("https://d/s.png", Some("A.png"), "")));
        let part =
            "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'><body start='0' end='3'/></fallback>";
        check("URL words", &[SFS, part], Some(("https://d/s.png", Some("A.png"), "words")));
        check(
            "a\nb",
            &[SFS, &SFS.replace("s.png", "2.png")],
            Some(("https://d/s.png", Some("A.png"), "a\nb\nhttps://d/2.png")),
        );
    }

    #[test]
    fn an_encrypted_file_is_one_even_without_a_mark() {
        let url = format!("aesgcm://d/x.png#{}", "0".repeat(88));
        check(&url, &[], Some((&url, None, "")));
        check(&format!("see {url}"), &[], None);
        check("aesgcm://d/x.png#00", &[], None);
    }

    #[test]
    fn k47_k49_stickers_are_told_from_files() {
        let sticker = "<sticker xmlns='urn:xmpp:stickers:0' pack='x'/>";
        let xml = format!("<message xmlns='jabber:client'>{OOB}{sticker}</message>");
        let stanza = Stanza::from_element(&xml.parse().unwrap()).unwrap();
        let Some((Kind::File(file), words)) = read(&stanza, "😀 https://d/a.png") else {
            panic!("no file")
        };
        assert_eq!((file.sticker, words.as_str()), (true, "😀"));
        let cid = "sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org";
        let xml = format!(
            "<message xmlns='jabber:client'><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p><img src='cid:{cid}'/></p></body></html></message>"
        );
        let stanza = Stanza::from_element(&xml.parse().unwrap()).unwrap();
        assert_eq!(read(&stanza, ":-)"), Some((Kind::Bits { cid: cid.into() }, ":-)".into())));
    }
}
