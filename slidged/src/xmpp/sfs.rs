//! XEP-0447: Stateless File Sharing, reading. Not done: sources that are not on the web, and
//! encrypted ones (XEP-0448).

use minidom::Element;

use super::{file_metadata::FileMetadata, ns, stanza::Stanza};

/// The files of a message with the address of each.
pub fn files(message: &Stanza) -> impl Iterator<Item = (String, FileMetadata)> {
    let sharing = message.payloads.iter().filter(|payload| payload.is("file-sharing", ns::SFS));
    sharing.filter_map(|sharing| Some((source(sharing)?, FileMetadata::in_(sharing))))
}

/// The files that a message says something of, but not yet where they are: each by its id.
pub fn announced(message: &Stanza) -> impl Iterator<Item = (Option<String>, FileMetadata)> {
    let sharing = message.payloads.iter().filter(|payload| payload.is("file-sharing", ns::SFS));
    let sharing = sharing.filter(|sharing| sharing.get_child("sources", ns::SFS).is_none());
    sharing.map(|sharing| (sharing.attr("id").map(str::to_owned), FileMetadata::in_(sharing)))
}

/// Source of a file that another message has announced, with the file's id in that message.
#[must_use]
pub fn attached(message: &Stanza) -> Option<(String, Option<String>)> {
    let sources = message.child("sources", ns::SFS)?;
    Some((address(sources)?, sources.attr("id").map(str::to_owned)))
}

fn source(sharing: &Element) -> Option<String> {
    address(sharing.get_child("sources", ns::SFS)?)
}

/// The first address on the web.
fn address(sources: &Element) -> Option<String> {
    let data = sources.children().filter(|source| source.is("url-data", ns::URL_DATA));
    data.filter_map(|data| data.attr("target")).find(|url| super::oob::is_file(url)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    fn read(payload: &str) -> Vec<(String, FileMetadata)> {
        let payloads = vec![payload.parse().unwrap()];
        files(&Stanza { payloads, ..Stanza::new(Kind::Message) }).collect()
    }

    #[test]
    fn the_example_of_the_xep_is_read() {
        let found = read(
            "<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'><file xmlns='urn:xmpp:file:metadata:0'><media-type>image/jpeg</media-type><name>summit.jpg</name><size>3032449</size><dimensions>4096x2160</dimensions><hash xmlns='urn:xmpp:hashes:2' algo='sha3-256'>2XarmwTlNxDAMkvymloX3S5+VbylNrJt/l5QyPa+YoU=</hash></file><sources><jinglepub xmlns='urn:xmpp:jinglepub:1' from='romeo@montague.lit/resource' id='9559976B-3FBF-4E7E-B457-2DAA225972BB'><description xmlns='urn:xmpp:jingle:apps:file-transfer:5'/></jinglepub><url-data xmlns='http://jabber.org/protocol/url-data' target='https://download.montague.lit/4a771ac1-f0b2-4a4a-9700-f2a26fa2bb67/summit.jpg'/></sources></file-sharing>",
        );
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].0,
            "https://download.montague.lit/4a771ac1-f0b2-4a4a-9700-f2a26fa2bb67/summit.jpg"
        );
        assert_eq!(found[0].1.name.as_deref(), Some("summit.jpg"));
    }

    #[test]
    fn what_is_announced_is_told_from_where_it_is() {
        let stanza =
            |payload: &str| Stanza { payloads: vec![payload.parse().unwrap()], ..Stanza::new(Kind::Message) };
        let file = "<file xmlns='urn:xmpp:file:metadata:0'><name>a.png</name></file>";
        let sources =
            "<url-data xmlns='http://jabber.org/protocol/url-data' target='https://a/b'/></sources>";
        let first = stanza(&format!("<file-sharing xmlns='urn:xmpp:sfs:0' id='7'>{file}</file-sharing>"));
        let announced: Vec<_> = announced(&first).collect();
        assert_eq!((announced.len(), announced[0].0.as_deref()), (1, Some("7")));
        assert_eq!(announced[0].1.name.as_deref(), Some("a.png"));
        assert_eq!((files(&first).count(), attached(&first)), (0, None));
        let second = stanza(&format!("<sources xmlns='urn:xmpp:sfs:0' id='7'>{sources}"));
        assert_eq!(attached(&second), Some(("https://a/b".into(), Some("7".into()))));
        assert_eq!((files(&second).count(), super::announced(&second).count()), (0, 0));
        let whole =
            stanza(&format!("<file-sharing xmlns='urn:xmpp:sfs:0'>{file}<sources>{sources}</file-sharing>"));
        assert_eq!((files(&whole).count(), super::announced(&whole).count()), (1, 0));
    }

    #[test]
    fn a_file_without_an_address_on_the_web_is_none() {
        for sources in [
            "",
            "<sources/>",
            "<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='file:///etc/passwd'/></sources>",
            "<sources><url-data xmlns='http://jabber.org/protocol/url-data'/></sources>",
            "<sources><url-data xmlns='urn:other' target='https://a/b'/></sources>",
        ] {
            assert_eq!(
                read(&format!("<file-sharing xmlns='urn:xmpp:sfs:0'>{sources}</file-sharing>")),
                [],
                "{sources}"
            );
        }
    }
}
