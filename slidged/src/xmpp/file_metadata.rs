//! XEP-0446: File Metadata Element, reading what clients say of a file (and XEP-0234's description
//! of the same, which SIMS uses).

use data_encoding::BASE64;
use minidom::Element;

use super::ns;

/// Longer names and types are none that people gave, bytes.
const MAX_TEXT: usize = 1024;

/// File metadata as the client declares it; nothing of it is proven.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileMetadata {
    /// File name.
    pub name: Option<String>,
    /// MIME type.
    pub media_type: Option<String>,
    /// SHA-256.
    pub sha256: Option<Vec<u8>>,
}

impl FileMetadata {
    /// Reads `<file/>` of either namespace in `parent`.
    #[must_use]
    pub fn in_(parent: &Element) -> Self {
        let known = [ns::FILE_METADATA, ns::JINGLE_FILE];
        let Some(file) = known.into_iter().find_map(|ns| parent.get_child("file", ns)) else {
            return FileMetadata::default();
        };
        let text = |name: &str| {
            let text = file.children().find(|child| child.name() == name)?.text();
            (!text.is_empty() && text.len() <= MAX_TEXT).then_some(text)
        };
        let hashes = file.children().filter(|child| child.is("hash", ns::HASHES));
        let mut sha256 = hashes.filter(|hash| hash.attr("algo") == Some("sha-256")).filter_map(|hash| {
            BASE64.decode(hash.text().trim().as_bytes()).ok().filter(|hash| hash.len() == 32)
        });
        FileMetadata { name: text("name"), media_type: text("media-type"), sha256: sha256.next() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> FileMetadata {
        FileMetadata::in_(&format!("<x xmlns='urn:x'>{file}</x>").parse().unwrap())
    }

    #[test]
    fn what_is_said_is_read_and_what_makes_no_sense_is_not() {
        let hash = BASE64.encode(&[7; 32]);
        for ns in [ns::FILE_METADATA, ns::JINGLE_FILE] {
            let file = read(&format!(
                "<file xmlns='{ns}'><name>a.png</name><media-type>image/png</media-type><hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>x</hash><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>{hash}</hash></file>"
            ));
            assert_eq!(file.name.as_deref(), Some("a.png"));
            assert_eq!((file.media_type.as_deref(), file.sha256), (Some("image/png"), Some(vec![7; 32])));
        }
        let long = "x".repeat(MAX_TEXT + 1);
        for file in [
            String::new(),
            "<file xmlns='urn:other'><name>a</name></file>".into(),
            format!(
                "<file xmlns='{}'><name/><media-type>{long}</media-type><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>AAAA</hash><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>ä</hash></file>",
                ns::FILE_METADATA
            ),
        ] {
            assert_eq!(read(&file), FileMetadata::default(), "{file}");
        }
    }
}
