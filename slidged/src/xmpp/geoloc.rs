//! XEP-0080: User Location, in messages; and RFC 5870 addresses of places, which clients send as
//! the body.

use super::{ns, stanza::Stanza, xml::Xml};
use minidom::Element;

/// A place on earth, degrees.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// North of the equator.
    pub latitude: f64,
    /// East of Greenwich.
    pub longitude: f64,
    /// Name of the place, for people.
    pub name: String,
}

impl Place {
    /// The place that a message is about: what it carries, or a body that is nothing but an
    /// address.
    #[must_use]
    pub fn parse(message: &Stanza, body: &str) -> Option<Self> {
        let carried = message.child("geoloc", ns::GEOLOC).and_then(Self::of_element);
        carried.or_else(|| Self::of_uri(body.trim()))
    }

    fn of_element(geoloc: &Element) -> Option<Self> {
        let text = |name: &str| geoloc.get_child(name, ns::GEOLOC).map(Element::text);
        let degrees = |name: &str| text(name)?.trim().parse().ok();
        Self::checked(degrees("lat")?, degrees("lon")?, text("text").unwrap_or_default())
    }

    fn of_uri(uri: &str) -> Option<Self> {
        let rest = uri.strip_prefix("geo:").filter(|rest| !rest.contains(char::is_whitespace))?;
        let (place, _) = rest.split_once(';').unwrap_or((rest, ""));
        let mut numbers = place.split(',').map(|number| number.parse().ok());
        let (latitude, longitude) = (numbers.next()??, numbers.next()??);
        Self::checked(latitude, longitude, String::new())
    }

    fn checked(latitude: f64, longitude: f64, name: String) -> Option<Self> {
        let fine = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        fine.then_some(Place { latitude, longitude, name })
    }

    /// `geo:` URI of the place (RFC 5870).
    #[must_use]
    pub fn uri(&self) -> String {
        format!("geo:{},{}", self.latitude, self.longitude)
    }

    /// Writes `<geoloc/>`.
    pub fn write(&self, xml: &mut Xml) {
        xml.open_ns("geoloc", ns::GEOLOC)
            .text_child("lat", &self.latitude.to_string())
            .text_child("lon", &self.longitude.to_string());
        if !self.name.is_empty() {
            xml.text_child("text", &self.name);
        }
        xml.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    #[test]
    fn places_are_found_in_both_ways_and_bounded() {
        let none = Stanza::new(Kind::Message);
        let place = |latitude, longitude| Some(Place { latitude, longitude, name: String::new() });
        assert_eq!(Place::parse(&none, " geo:48.5,-16;u=30 "), place(48.5, -16.0));
        for no in ["geo:91,0", "geo:0,181", "geo:a,b", "geo:1", "see geo:1,2", "geo:1,2 here", "geo:NaN,0"] {
            assert_eq!(Place::parse(&none, no), None, "{no}");
        }
        let mut xml = Xml::new();
        let here = Place { latitude: 1.5, longitude: 2.0, name: "Rome".into() };
        here.write(&mut xml);
        let element = std::str::from_utf8(&xml.finish()).unwrap().parse().unwrap();
        let message = Stanza { payloads: vec![element], ..Stanza::new(Kind::Message) };
        assert_eq!(Place::parse(&message, "words"), Some(here));
    }
}
