//! XEP-0054: vcard-temp, showing one; and XEP-0153, which tells in presences which picture is in
//! it. Not done: changing it.

use data_encoding::BASE64;

use super::{ns, vcard4::Card, xml::Xml};

/// Writes `<vCard/>`, its elements in the order of the XEP's DTD. `photo` is a PNG.
pub fn write(xml: &mut Xml, card: &Card<'_>, photo: Option<&[u8]>) {
    xml.open_ns("vCard", ns::VCARD_TEMP);
    text(xml, "FN", card.name);
    if !card.given.is_empty() || !card.surname.is_empty() {
        xml.open("N").text_child("FAMILY", card.surname).text_child("GIVEN", card.given).close();
    }
    text(xml, "NICKNAME", card.nickname);
    if let Some(photo) = photo {
        xml.open("PHOTO").text_child("TYPE", "image/png").text_child("BINVAL", &BASE64.encode(photo)).close();
    }
    text(xml, "BDAY", card.birthday);
    if !card.locality.is_empty() || !card.country.is_empty() {
        xml.open("ADR").text_child("LOCALITY", card.locality).text_child("CTRY", card.country).close();
    }
    for phone in card.phones {
        xml.open("TEL").text_child("NUMBER", phone).close();
    }
    if !card.email.is_empty() {
        xml.open("EMAIL").open("INTERNET").close().text_child("USERID", card.email).close();
    }
    text(xml, "JABBERID", card.jid);
    text(xml, "URL", card.url);
    text(xml, "DESC", card.note);
    xml.close();
}

fn text(xml: &mut Xml, name: &str, value: &str) {
    if !value.is_empty() {
        xml.text_child(name, value);
    }
}

/// Writes `<x/>` of a presence: the picture's SHA-1; empty when there is none.
pub fn write_update(xml: &mut Xml, photo: &str) {
    xml.open_ns("x", ns::VCARD_UPDATE).text_child("photo", photo).close();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_written() {
        let phones = ["+1".to_owned()];
        let card = Card {
            jid: "g@h",
            name: "a & b",
            nickname: "n",
            given: "a",
            surname: "b",
            birthday: "2000-01-02",
            phones: &phones,
            email: "e@f",
            url: "https://u",
            locality: "l",
            country: "c",
            pronouns: "they",
            note: "d",
        };
        let mut xml = Xml::new();
        write(&mut xml, &card, Some(b"PNG"));
        assert_eq!(
            xml.finish(),
            "<vCard xmlns='vcard-temp'><FN>a &amp; b</FN><N><FAMILY>b</FAMILY><GIVEN>a</GIVEN></N><NICKNAME>n</NICKNAME><PHOTO><TYPE>image/png</TYPE><BINVAL>UE5H</BINVAL></PHOTO><BDAY>2000-01-02</BDAY><ADR><LOCALITY>l</LOCALITY><CTRY>c</CTRY></ADR><TEL><NUMBER>+1</NUMBER></TEL><EMAIL><INTERNET/><USERID>e@f</USERID></EMAIL><JABBERID>g@h</JABBERID><URL>https://u</URL><DESC>d</DESC></vCard>"
        );
        write(&mut xml, &Card::default(), None);
        assert_eq!(xml.finish(), "<vCard xmlns='vcard-temp'/>");
        write_update(&mut xml, "sha1-hash-of-image");
        assert_eq!(xml.finish(), "<x xmlns='vcard-temp:x:update'><photo>sha1-hash-of-image</photo></x>");
    }
}
