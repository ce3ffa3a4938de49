//! XEP-0054: vcard-temp, showing one; and XEP-0153, which tells in presences which picture is in it. Not done: changing it.

use data_encoding::BASE64;

use super::{ns, xml::Xml};

/// What a card says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Card<'a> {
    /// FN.
    pub name: &'a str,
    /// DESC.
    pub about: &'a str,
    /// PHOTO: a PNG.
    pub photo: Option<&'a [u8]>,
}

/// Writes `<vCard/>`, its elements in the order of the XEP's DTD.
pub fn write(xml: &mut Xml, card: Card<'_>) {
    xml.open_ns("vCard", ns::VCARD_TEMP).text_child("FN", card.name);
    if let Some(photo) = card.photo {
        xml.open("PHOTO").text_child("TYPE", "image/png").text_child("BINVAL", &BASE64.encode(photo)).close();
    }
    xml.text_child("DESC", card.about).close();
}

/// Writes `<x/>` of a presence: the picture's SHA-1.
pub fn write_update(xml: &mut Xml, photo: &str) {
    xml.open_ns("x", ns::VCARD_UPDATE).text_child("photo", photo).close();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_written() {
        let mut xml = Xml::new();
        write(&mut xml, Card { name: "a & b", about: "c", photo: Some(b"PNG") });
        assert_eq!(
            xml.finish(),
            "<vCard xmlns='vcard-temp'><FN>a &amp; b</FN><PHOTO><TYPE>image/png</TYPE><BINVAL>UE5H</BINVAL></PHOTO><DESC>c</DESC></vCard>"
        );
        write_update(&mut xml, "sha1-hash-of-image");
        assert_eq!(xml.finish(), "<x xmlns='vcard-temp:x:update'><photo>sha1-hash-of-image</photo></x>");
    }
}
