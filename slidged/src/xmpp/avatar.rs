//! XEP-0084: User Avatar. Not done: pictures that are only told by an address, and publishing.

use data_encoding::BASE64;
use minidom::Element;

use super::{ns, xml::Xml};

/// An avatar that somebody published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// SHA-1 of the picture, hexadecimal in lower case.
    pub id: String,
    /// Claimed size in bytes.
    pub bytes: u64,
}

/// Reads `<metadata/>`: the picture that can be asked for; of several the one that is a PNG, which
/// there has to be (section 4.2.1). `Some(None)` when its owner has none (any more), `None` when it
/// cannot be understood.
#[must_use]
pub fn parse_metadata(metadata: &Element) -> Option<Option<Published>> {
    if !metadata.is("metadata", ns::AVATAR_METADATA) {
        return None;
    }
    let mut infos = metadata.children().filter(|c| c.is("info", ns::AVATAR_METADATA)).peekable();
    if infos.peek().is_none() {
        return Some(None);
    }
    let found: Vec<_> = infos.filter(|info| info.attr("url").is_none()).collect();
    let png = found.iter().find(|info| info.attr("type") == Some("image/png"));
    let info = png.or(found.first())?;
    let id = info.attr("id").filter(|id| id.len() == 40 && id.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let bytes = info.attr("bytes").and_then(|bytes| bytes.parse().ok()).unwrap_or_default();
    Some(Some(Published { id: id.to_ascii_lowercase(), bytes }))
}

/// Reads `<data/>`: the picture.
#[must_use]
pub fn parse_data(data: &Element) -> Option<Vec<u8>> {
    let text = Some(data).filter(|d| d.is("data", ns::AVATAR_DATA))?.text();
    let plain: String = text.split_ascii_whitespace().collect();
    BASE64.decode(plain.as_bytes()).ok()
}

/// About an avatar that is a PNG (section 4.2).
#[derive(Debug, Clone, Copy)]
pub struct Info<'a> {
    /// SHA-1 of the picture, hexadecimal; also the id of the items.
    pub id: &'a str,
    /// Size in bytes.
    pub bytes: usize,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// Writes the `<metadata/>` of who has no avatar (section 4.3).
pub fn write_none(xml: &mut Xml) {
    xml.leaf("metadata", ns::AVATAR_METADATA);
}

/// Writes `<metadata/>`.
pub fn write_metadata(xml: &mut Xml, info: Info<'_>) {
    xml.open_ns("metadata", ns::AVATAR_METADATA)
        .open("info")
        .attr("bytes", &info.bytes.to_string())
        .attr("height", &info.height.to_string())
        .attr("id", info.id)
        .attr("type", "image/png")
        .attr("width", &info.width.to_string())
        .close()
        .close();
}

/// Writes `<data/>`.
pub fn write_data(xml: &mut Xml, picture: &[u8]) {
    xml.open_ns("data", ns::AVATAR_DATA).text(&BASE64.encode(picture)).close();
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "111f4b3c50d7b0df729d299bc6f8e9ef9066971f";

    #[test]
    fn what_others_publish_is_read() {
        let read = |infos: &str| {
            let xml = format!("<metadata xmlns='urn:xmpp:avatar:metadata'>{infos}</metadata>");
            parse_metadata(&xml.parse().unwrap())
        };
        let gif =
            format!("<info bytes='23456' height='64' id='{}' type='image/gif' width='64'/>", "a".repeat(40));
        let url = format!("<info bytes='1' id='{ID}' type='image/png' url='http://avatars.example.org/1'/>");
        let png = format!("<info bytes='12345' id='{}' type='image/png'/>", ID.to_uppercase());
        let expected = Some(Some(Published { id: ID.into(), bytes: 12_345 }));
        assert_eq!(read(&format!("{url}{gif}{png}")), expected);
        assert_eq!(read(&gif).flatten().map(|published| published.bytes), Some(23_456));
        assert_eq!(read(""), Some(None));
        for unusable in [url.as_str(), "<info id='x'/>", "<info type='image/png' bytes='-1'/>"] {
            assert_eq!(read(unusable), None, "{unusable}");
        }
        assert_eq!(parse_metadata(&Element::bare("metadata", "urn:other")), None);
        let data = |text: &str| {
            parse_data(&format!("<data xmlns='urn:xmpp:avatar:data'>{text}</data>").parse().unwrap())
        };
        assert_eq!(data("qANQ\n R1DB"), Some(vec![168, 3, 80, 71, 80, 193]));
        assert_eq!(data("?"), None);
    }

    #[test]
    fn written_as_in_the_examples_of_the_xep() {
        let mut xml = Xml::new();
        write_metadata(&mut xml, Info { id: ID, bytes: 12_345, width: 64, height: 64 });
        assert_eq!(
            xml.finish(),
            "<metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='12345' height='64' id='111f4b3c50d7b0df729d299bc6f8e9ef9066971f' type='image/png' width='64'/></metadata>"
        );
        write_data(&mut xml, b"qANQR1DBwU4DX7jmYZnncm");
        assert_eq!(
            xml.finish(),
            "<data xmlns='urn:xmpp:avatar:data'>cUFOUVIxREJ3VTREWDdqbVlabm5jbQ==</data>"
        );
    }
}
