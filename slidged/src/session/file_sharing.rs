//! Files that a message of the user shares, in all the ways that clients have for it. Pure.

use crate::session::message::Kind;
use crate::session::shared_file::SharedFile;
use crate::xmpp::Stanza;
use crate::xmpp::attaching;
use crate::xmpp::encrypted_url::EncryptedUrl;
use crate::xmpp::fallback;
use crate::xmpp::file_metadata::FileMetadata;
use crate::xmpp::ns;
use crate::xmpp::oob;
use crate::xmpp::sfs;
use crate::xmpp::sims;
use crate::xmpp::stickers;
use crate::xmpp::xhtml;
use percent_encoding::percent_decode_str;

/// Most files of one message, each a call of the plugin; further ones are sent as addresses in its
/// text. No client lets people choose more at once.
const MAX_FILES: usize = 32;

/// Reads the files that a message shares, and the text beside them. `None` for a message of words
/// only.
pub(super) fn read(stanza: &Stanza, body: &str) -> Option<(Kind, String)> {
    if let Some(cid) = xhtml::sticker(stanza) {
        return Some((Kind::Bits { cid: cid.to_string() }, body.to_owned()));
    }
    let sticker = stickers::is_sticker(stanza);
    let stateless: Vec<_> = sfs::files(stanza).collect();
    // Nothing is known of such a file but its address.
    let bare = stateless.is_empty() && sims::files(stanza).next().is_none();
    let (described, mut words) = match stateless.is_empty() {
        false => (stateless, said_beside(stanza, body, ns::SFS)),
        true => (other_files(stanza, body), body.to_owned()),
    };
    let mut files: Vec<SharedFile> = Vec::new();
    for (url, FileMetadata { name, media_type, .. }) in described {
        if files.iter().any(|file| file.url == url) {
            continue;
        }
        let link = (bare && !sticker && !EncryptedUrl::is_one(&url)).then(|| linked(&words, &url));
        words = without_address(&words, &url);
        if files.len() < MAX_FILES {
            files.push(SharedFile { url, name, media_type, sticker, link });
        } else {
            words = format!("{words}\n{url}").trim_start().to_owned();
        }
    }
    (!files.is_empty()).then_some((Kind::Files(files), words))
}

/// Decodes an address into what people read: clients write the same one in the body and beside it,
/// but need not encode both.
fn decoded(address: &str) -> String {
    percent_decode_str(address).decode_utf8_lossy().into_owned()
}

/// Finds an address in a text, as it is written there.
fn written<'a>(words: &'a str, url: &str) -> Option<&'a str> {
    let readable = decoded(url);
    let whole = [url, &readable].into_iter().find_map(|form| {
        let at = words.find(form)?;
        Some(&words[at..at + form.len()])
    });
    whole.or_else(|| words.split_whitespace().find(|word| decoded(word) == readable))
}

fn without_address(words: &str, url: &str) -> String {
    let Some(written) = written(words, url) else { return words.trim().to_owned() };
    words.replacen(written, "", 1).trim().to_owned()
}

/// Returns the text with the address, behind it if it is not part of it.
fn linked(words: &str, url: &str) -> String {
    match written(words, url) {
        Some(written) => words.replacen(written, url, 1),
        None => format!("{words}\n{url}").trim_start().to_owned(),
    }
}

/// Returns the body without its fallback for clients that know no files.
fn said_beside(stanza: &Stanza, body: &str, of: &str) -> String {
    let named = |payload: &minidom::Element| payload.attr("for") == Some(of);
    // A fallback without a name could be for anything else in the message.
    if !stanza.payloads.iter().any(|payload| payload.is("fallback", ns::FALLBACK) && named(payload)) {
        return body.to_owned();
    }
    match fallback::range(stanza, of, body) {
        Some(range) => fallback::without(body, range).0,
        None => body.to_owned(),
    }
}

fn other_files(stanza: &Stanza, body: &str) -> Vec<(String, FileMetadata)> {
    let described: Vec<_> = sims::files(stanza).collect();
    let alone = body.trim();
    match oob::url(stanza) {
        Some(url) if described.iter().all(|(described, _)| *described != url) => {
            vec![(url, FileMetadata::default())]
        }
        None if described.is_empty() => {
            let encrypted = || EncryptedUrl::parse(alone).is_some().then(|| alone.to_owned());
            let attached = attaching::target(stanza).and_then(|_| sfs::attached(stanza));
            let url = attached.map(|(url, _)| url).or_else(encrypted);
            url.map(|url| (url, FileMetadata::default())).into_iter().collect()
        }
        _ => described,
    }
}

#[cfg(test)]
mod tests {
    use crate::session::file_sharing::*;

    const OOB: &str = "<x xmlns='jabber:x:oob'><url>https://d/a.png</url></x>";
    const SFS: &str = "<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><media-type>image/png</media-type><name>A.png</name></file><sources><url-data xmlns='http://jabber.org/protocol/url-data' target='https://d/s.png'/></sources></file-sharing>";
    const SIMS: &str = "<reference xmlns='urn:xmpp:reference:0' type='data'><media-sharing xmlns='urn:xmpp:sims:1'><file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><name>I.png</name></file><sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='https://d/i.png'/></sources></media-sharing></reference>";

    fn files(body: &str, payloads: &[&str]) -> Option<(Vec<SharedFile>, String)> {
        let xml = format!("<message xmlns='jabber:client'>{}</message>", payloads.concat());
        let stanza = Stanza::from_element(&xml.parse().unwrap()).unwrap();
        read(&stanza, body).map(|(kind, words)| match kind {
            Kind::Files(files) => (files, words),
            other => panic!("{other:?}"),
        })
    }

    fn check(body: &str, payloads: &[&str], expected: Option<(&str, Option<&str>, &str)>) {
        let found = files(body, payloads);
        let found = found.as_ref().map(|(files, words)| {
            assert_eq!(files.len(), 1, "{files:?}");
            (files[0].url.as_str(), files[0].name.as_deref(), words.as_str())
        });
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
        let attached = "<attach-to xmlns='urn:xmpp:message-attaching:1' id='a'/>";
        let sources = "<sources xmlns='urn:xmpp:sfs:0' id='1'><url-data xmlns='http://jabber.org/protocol/url-data' target='https://d/s.png'/></sources>";
        check("https://d/s.png", &[attached, sources], Some(("https://d/s.png", None, "")));
        check("https://d/s.png", &[sources], None);
        check("URL words", &[SFS, part], Some(("https://d/s.png", Some("A.png"), "words")));
    }

    #[test]
    fn an_address_is_the_same_one_however_it_is_encoded() {
        let raw = "https://d/Фото №1 ä.png";
        let encoded = "https://d/%D0%A4%D0%BE%D1%82%D0%BE%20%E2%84%961%20%C3%A4.png";
        let oob = |url: &str| format!("<x xmlns='jabber:x:oob'><url>{url}</url></x>");
        check(raw, &[&oob(encoded)], Some((encoded, None, "")));
        check(encoded, &[&oob(encoded)], Some((encoded, None, "")));
        check(&format!("see {raw}"), &[&oob(encoded)], Some((encoded, None, "see")));
        check(encoded, &[&oob(raw)], Some((&raw.replace(' ', "%20"), None, "")));
        check(raw, &[&oob(raw)], Some((&raw.replace(' ', "%20"), None, "")));
        check("https://d/a", &[&oob(encoded)], Some((encoded, None, "https://d/a")));
    }

    #[test]
    fn what_only_has_an_address_may_turn_out_to_be_a_link() {
        let link = |body: &str, payloads: &[&str]| files(body, payloads).unwrap().0[0].link.clone();
        assert_eq!(link("see https://d/a.png there", &[OOB]).as_deref(), Some("see https://d/a.png there"));
        assert_eq!(link("words", &[OOB]).as_deref(), Some("words\nhttps://d/a.png"));
        assert_eq!(link("", &[OOB]).as_deref(), Some("https://d/a.png"));
        assert_eq!((link("", &[SFS]), link("", &[OOB, SIMS])), (None, None));
    }

    #[test]
    fn several_files_come_in_their_order_and_each_once() {
        let check = |body: &str, payloads: &[&str], expected: &[&str], words: &str| {
            let (files, said) = files(body, payloads).unwrap();
            let urls: Vec<_> = files.iter().map(|file| file.url.as_str()).collect();
            assert_eq!((urls.as_slice(), said.as_str()), (expected, words), "{body} {payloads:?}");
        };
        let (sfs, sims) = (SFS.replace("s.png", "2.png"), SIMS.replace("i.png", "2.png"));
        check("a\nhttps://d/2.png", &[SFS, &sfs, SFS], &["https://d/s.png", "https://d/2.png"], "a");
        check("words", &[SIMS, &sims], &["https://d/i.png", "https://d/2.png"], "words");
        let first = OOB.replace("a.png", "i.png");
        check("", &[&first, SIMS, &sims], &["https://d/i.png", "https://d/2.png"], "");
        check("", &[OOB, SIMS, &sims], &["https://d/a.png"], "");
        let many: Vec<_> = (0..99).map(|n| SFS.replace("s.png", &format!("{n}.png"))).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let (files, words) = files("", &many).unwrap();
        assert_eq!((files.len(), words.lines().count()), (MAX_FILES, 99 - MAX_FILES), "nothing is lost");
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
        let Some((Kind::Files(files), words)) = read(&stanza, "😀 https://d/a.png") else {
            panic!("no file")
        };
        assert_eq!((files[0].sticker, words.as_str()), (true, "😀"));
        let cid = "sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org";
        let xml = format!(
            "<message xmlns='jabber:client'><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p><img src='cid:{cid}'/></p></body></html></message>"
        );
        let stanza = Stanza::from_element(&xml.parse().unwrap()).unwrap();
        assert_eq!(read(&stanza, ":-)"), Some((Kind::Bits { cid: cid.into() }, ":-)".into())));
    }
}
