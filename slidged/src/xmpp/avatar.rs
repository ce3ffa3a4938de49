//! XEP-0084: User Avatar, showing one. Not done: reading others' avatars.

use data_encoding::BASE64;

use super::{ns, xml::Xml};

/// About an avatar that is a PNG (section 4.2).
#[derive(Debug, Clone, Copy)]
pub struct Info<'a> {
    /// SHA-1 of the picture, hexadecimal; also the id of the items.
    pub id: &'a str,
    /// Its size, bytes.
    pub bytes: usize,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
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

    #[test]
    fn written_as_in_the_examples_of_the_xep() {
        let mut xml = Xml::new();
        let id = "111f4b3c50d7b0df729d299bc6f8e9ef9066971f";
        write_metadata(&mut xml, Info { id, bytes: 12_345, width: 64, height: 64 });
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
