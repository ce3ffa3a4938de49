//! XEP-0511: Link Metadata, and the Open Graph protocol in it.

use super::{ns, stanza::Stanza, xml::Xml};
use data_encoding::BASE64;
use minidom::Element;
use plugin_api::{Blob, LinkPreview};

/// Previews in a message.
const MOST: usize = 16;
/// A picture in the stanza itself: beyond, it is for the web. Bytes.
pub const MAX_IMAGE: usize = 32 << 10;
/// Largest picture that a preview may carry, in bytes of Base64.
const MAX_DATA: usize = 256 << 10;

/// The previews in a message.
#[must_use]
pub fn parse(message: &Stanza) -> Vec<LinkPreview> {
    let descriptions = message.payloads.iter().filter(|p| p.is("Description", ns::RDF));
    descriptions.filter_map(preview).take(MOST).collect()
}

fn preview(description: &Element) -> Option<LinkPreview> {
    let about = description.attr_ns(ns::RDF, "about").or(description.attr("about"))?.to_owned();
    let og = |name: &str| {
        let text = description.get_child(name, ns::OPEN_GRAPH).map(Element::text);
        text.filter(|text| !text.is_empty())
    };
    let (mut image_url, mut image) = (None, None);
    if let Some(address) = og("image") {
        match address.strip_prefix("data:") {
            Some(data) => image = picture(data),
            None => image_url = Some(address),
        }
    }
    Some(LinkPreview {
        about,
        title: og("title"),
        description: og("description"),
        url: og("url"),
        kind: og("type"),
        site_name: og("site_name"),
        image_url,
        image,
    })
}

/// RFC 2397, in Base64.
fn picture(data: &str) -> Option<Blob> {
    let (kind, data) = data.split_once(',')?;
    let fine = kind.starts_with("image/") && kind.ends_with(";base64") && data.len() <= MAX_DATA;
    fine.then(|| BASE64.decode(data.as_bytes()).ok()).flatten().map(Blob)
}

/// Writes a preview, unless there is nothing in it. `image` is a picture of at most [`MAX_IMAGE`]
/// bytes and its type.
pub fn write(xml: &mut Xml, preview: &LinkPreview, image: Option<(&str, &[u8])>) {
    let data = image.map(|(kind, bytes)| format!("data:{kind};base64,{}", BASE64.encode(bytes)));
    let fields = [
        ("title", preview.title.as_deref()),
        ("description", preview.description.as_deref()),
        ("url", preview.url.as_deref()),
        ("type", preview.kind.as_deref()),
        ("site_name", preview.site_name.as_deref()),
        ("image", data.as_deref().or(preview.image_url.as_deref())),
    ];
    if fields.iter().all(|(_, value)| value.is_none_or(str::is_empty)) {
        return;
    }
    xml.open_ns("Description", ns::RDF).attr("xmlns:rdf", ns::RDF).attr("rdf:about", &preview.about);
    for (name, value) in fields {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            xml.open_ns(name, ns::OPEN_GRAPH).text(value).close();
        }
    }
    xml.close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    fn message(xml: &str) -> Stanza {
        Stanza { payloads: vec![xml.parse().unwrap()], ..Stanza::new(Kind::Message) }
    }

    #[test]
    fn k52_previews_are_read_with_their_pictures() {
        let xml = |image: &str| {
            format!(
                "<rdf:Description xmlns:rdf='{}' xmlns:og='{}' rdf:about='https://a.b'><og:title>T</og:title>\
                 <og:site_name>S</og:site_name><og:image>{image}</og:image></rdf:Description>",
                ns::RDF,
                ns::OPEN_GRAPH
            )
        };
        let of = |image: &str| parse(&message(&xml(image))).remove(0);
        let preview = of("data:image/jpeg;base64,AQI=");
        assert_eq!((preview.about.as_str(), preview.title.as_deref()), ("https://a.b", Some("T")));
        assert_eq!((preview.site_name.as_deref(), preview.image), (Some("S"), Some(Blob(vec![1, 2]))));
        assert_eq!(of("https://a.b/c.png").image_url.as_deref(), Some("https://a.b/c.png"));
        for odd in ["data:text/html;base64,AQI=", "data:image/png;base64,!", "data:image/png"] {
            let preview = of(odd);
            assert_eq!((preview.image, preview.image_url), (None, None), "{odd}");
        }
    }

    #[test]
    fn k69_previews_are_written_and_empty_ones_are_not() {
        let about = LinkPreview { about: "https://a.b".into(), ..LinkPreview::default() };
        let written = |preview: &LinkPreview, image| {
            let mut xml = Xml::new();
            xml.open_ns("x", "urn:x");
            write(&mut xml, preview, image);
            let element: Element = std::str::from_utf8(&xml.finish()).unwrap().parse().unwrap();
            Stanza { payloads: element.children().cloned().collect(), ..Stanza::new(Kind::Message) }
        };
        assert!(written(&about, None).payloads.is_empty());
        let full = LinkPreview { title: Some("T".into()), kind: Some("website".into()), ..about };
        let read = parse(&written(&full, Some(("image/png", &[1, 2])))).remove(0);
        assert_eq!(read, LinkPreview { image: Some(Blob(vec![1, 2])), ..full });
    }
}
