//! XEP-0221: Data Forms Media Element.

use minidom::Element;

use super::{ns, xml::Xml};

/// One place where the thing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uri {
    /// MIME type.
    pub type_: String,
    /// Address: `https:`, or `cid:` for Bits of Binary (XEP-0231).
    pub uri: String,
}

/// A picture or sound beside a field of a form, at one address or at several for the client to
/// choose from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Media {
    /// Width and height to show it with, pixels.
    pub size: Option<(u32, u32)>,
    /// Addresses of the medium, the preferred one first.
    pub uris: Vec<Uri>,
}

impl Media {
    /// The medium's HTTP address.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.uris.iter().map(|uri| uri.uri.as_str()).find(|uri| !uri.starts_with("cid:"))
    }

    /// Reads a `<media/>`; `None` when it is none, or there is nowhere to find it.
    #[must_use]
    pub fn parse(media: &Element) -> Option<Self> {
        if !media.is("media", ns::MEDIA_ELEMENT) {
            return None;
        }
        let pixels = |name: &str| media.attr(name)?.trim().parse().ok();
        let uri = |e: &Element| {
            let uri = e.text().trim().to_owned();
            (!uri.is_empty()).then(|| Uri { type_: e.attr("type").unwrap_or_default().to_owned(), uri })
        };
        let uris: Vec<Uri> =
            media.children().filter(|c| c.is("uri", ns::MEDIA_ELEMENT)).filter_map(uri).collect();
        (!uris.is_empty()).then(|| Media { size: pixels("width").zip(pixels("height")), uris })
    }

    /// Writes `<media/>`.
    pub fn write(&self, xml: &mut Xml) {
        xml.open_ns("media", ns::MEDIA_ELEMENT);
        if let Some((width, height)) = self.size {
            xml.attr("height", &height.to_string()).attr("width", &width.to_string());
        }
        for Uri { type_, uri } in &self.uris {
            xml.open("uri").attr("type", type_).text(uri).close();
        }
        xml.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(xml: &str) -> Option<Media> {
        Media::parse(&xml.parse().unwrap())
    }

    #[test]
    fn the_example_of_the_xep_survives_the_wire() {
        let text = "<media xmlns='urn:xmpp:media-element' height='80' width='290'><uri type='image/jpeg'>http://www.victim.com/challenges/ocr.jpeg?F3A6292C</uri><uri type='image/jpeg'>cid:sha1+f24030b8d91d233bac14777be5ab531ca3b9f102@bob.xmpp.org</uri></media>";
        let media = parse(text).unwrap();
        assert_eq!((media.size, media.uris.len()), (Some((290, 80)), 2));
        let mut xml = Xml::new();
        media.write(&mut xml);
        assert_eq!(xml.finish(), text);
    }

    #[test]
    fn what_shows_nothing_is_none() {
        assert_eq!(parse("<media xmlns='urn:xmpp:media-element'/>"), None);
        assert_eq!(parse("<media xmlns='urn:xmpp:media-element'><uri type='a/b'> </uri></media>"), None);
        assert_eq!(parse("<media xmlns='urn:other'><uri>x</uri></media>"), None);
        let odd =
            parse("<media xmlns='urn:xmpp:media-element' width='-1' height='9'><uri>\n x \n</uri></media>");
        assert_eq!(
            odd,
            Some(Media { size: None, uris: vec![Uri { type_: String::new(), uri: "x".into() }] })
        );
    }
}
