//! XEP-0385: Stateless Inline Media Sharing, reading. Not done: sources that are not on the web.

use minidom::Element;

use super::{file_metadata::FileMetadata, ns, stanza::Stanza};

/// The files of a message with the address of each.
pub fn files(message: &Stanza) -> impl Iterator<Item = (String, FileMetadata)> {
    // In a reference (XEP-0372) as it should be, or next to the body.
    let inner = |payload: &Element| match payload.is("reference", ns::REFERENCE) {
        true => payload.get_child("media-sharing", ns::SIMS).cloned(),
        false => payload.is("media-sharing", ns::SIMS).then(|| payload.clone()),
    };
    let sharing = message.payloads.iter().filter_map(inner);
    sharing.filter_map(|sharing| Some((source(&sharing)?, FileMetadata::in_(&sharing))))
}

/// The first address on the web.
fn source(sharing: &Element) -> Option<String> {
    let sources = sharing.get_child("sources", ns::SIMS)?;
    let references = sources.children().filter(|source| source.is("reference", ns::REFERENCE));
    references.filter_map(|source| source.attr("uri")).find(|uri| super::oob::is_file(uri)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    #[test]
    fn k46_the_source_on_the_web_is_taken() {
        let sims = "<media-sharing xmlns='urn:xmpp:sims:1'><file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><media-type>image/jpeg</media-type><name>summit.jpg</name></file><sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='xmpp:romeo@montague.lit/resource?jingle;id=x'/><reference xmlns='urn:xmpp:reference:0' type='data' uri='https://download.montague.lit/summit.jpg'/></sources></media-sharing>";
        let reference = format!("<reference xmlns='urn:xmpp:reference:0' type='data'>{sims}</reference>");
        for payload in [sims, reference.as_str()] {
            let payloads = vec![payload.parse().unwrap()];
            let found: Vec<_> = files(&Stanza { payloads, ..Stanza::new(Kind::Message) }).collect();
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].0, "https://download.montague.lit/summit.jpg");
            assert_eq!(found[0].1.media_type.as_deref(), Some("image/jpeg"));
        }
    }
}
