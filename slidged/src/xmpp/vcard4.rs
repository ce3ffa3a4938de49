//! XEP-0292: vCard4 Over XMPP, showing one. Not done: changing it.

use super::{ns, uri, xml::Xml};

/// The id of the one item of the node [`ns::VCARD4_NODE`].
pub const ITEM: &str = "current";

/// Fields of a vCard, written in either form (the other one is XEP-0054); empty ones are left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Card<'a> {
    /// The address that it is the card of.
    pub jid: &'a str,
    /// The whole name.
    pub name: &'a str,
    /// Nickname.
    pub nickname: &'a str,
    /// Given name.
    pub given: &'a str,
    /// Surname.
    pub surname: &'a str,
    /// `YYYY-MM-DD` or `--MM-DD`.
    pub birthday: &'a str,
    /// Telephone numbers.
    pub phones: &'a [String],
    /// Mail.
    pub email: &'a str,
    /// Home page.
    pub url: &'a str,
    /// Town.
    pub locality: &'a str,
    /// Country.
    pub country: &'a str,
    /// RFC 9554 section 4.5.
    pub pronouns: &'a str,
    /// Free text.
    pub note: &'a str,
}

/// Writes `<vcard/>`, in the words of RFC 6351.
pub fn write(xml: &mut Xml, card: &Card<'_>) {
    xml.open_ns("vcard", ns::VCARD4);
    property(xml, "fn", "text", card.name);
    if !card.given.is_empty() || !card.surname.is_empty() {
        xml.open("n").text_child("surname", card.surname).text_child("given", card.given).close();
    }
    property(xml, "nickname", "text", card.nickname);
    property(xml, "bday", "date", card.birthday);
    if !card.locality.is_empty() || !card.country.is_empty() {
        xml.open("adr").text_child("locality", card.locality).text_child("country", card.country).close();
    }
    for phone in card.phones {
        property(xml, "tel", "text", phone);
    }
    property(xml, "email", "text", card.email);
    property(xml, "url", "uri", card.url);
    property(xml, "pronouns", "text", card.pronouns);
    property(xml, "note", "text", card.note);
    property(xml, "impp", "uri", &uri::of(card.jid));
    xml.close();
}

fn property(xml: &mut Xml, name: &str, kind: &str, value: &str) {
    if !value.is_empty() {
        xml.open(name).text_child(kind, value).close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_written_as_far_as_it_says_something() {
        let mut xml = Xml::new();
        write(&mut xml, &Card { jid: "gw.example.org", name: "Peter", note: "1 < 2", ..Card::default() });
        assert_eq!(
            xml.finish(),
            "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Peter</text></fn><note><text>1 &lt; 2</text></note><impp><uri>xmpp:gw.example.org</uri></impp></vcard>"
        );
        let phones = ["+1 2".to_owned(), "3".to_owned()];
        let card = Card {
            jid: "a@b",
            name: "Ann Lee",
            nickname: "ann",
            given: "Ann",
            surname: "Lee",
            birthday: "--02-29",
            phones: &phones,
            email: "a@c",
            url: "https://d",
            locality: "Rome",
            country: "Italy",
            pronouns: "she/her",
            note: "",
        };
        write(&mut xml, &card);
        assert_eq!(
            xml.finish(),
            "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Ann Lee</text></fn><n><surname>Lee</surname><given>Ann</given></n><nickname><text>ann</text></nickname><bday><date>--02-29</date></bday><adr><locality>Rome</locality><country>Italy</country></adr><tel><text>+1 2</text></tel><tel><text>3</text></tel><email><text>a@c</text></email><url><uri>https://d</uri></url><pronouns><text>she/her</text></pronouns><impp><uri>xmpp:a@b</uri></impp></vcard>"
        );
    }
}
