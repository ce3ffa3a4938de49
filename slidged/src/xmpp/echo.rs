//! Echo of a message sent in a user's name: the server returns it to the gateway (XEP-0356), as
//! something that the user says to the contact. A keyed mark in the stanza tells it from what a
//! client of the user sent, however long ago it was said, and without memory.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::{Kind, Stanza, ns, xml::Xml};

/// Length of a mark in bytes: enough that nobody guesses one.
const LENGTH: usize = 16;

fn mac(key: &[u8; 32], user: &str, contact: &str, id: Option<&str>) -> Option<Hmac<Sha256>> {
    // A key of any length is one.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in [user, contact, id.unwrap_or_default()] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    Some(mac)
}

/// Writes the mark of a message of the user (a bare JID) to the contact (likewise), under that id.
pub fn write(xml: &mut Xml, key: &[u8; 32], (user, contact): (&str, &str), id: Option<&str>) {
    let Some(mac) = mac(key, user, contact, id) else { return };
    let mut mark = BASE32_NOPAD.encode(&mac.finalize().into_bytes()[..LENGTH]);
    mark.make_ascii_lowercase();
    xml.open_ns("echo", ns::OUR_ECHO).attr("mark", &mark).close();
}

/// Tells whether a message was sent in the name of its sender with this key. Only without a
/// resource, which every client has.
#[must_use]
pub fn is_one(stanza: &Stanza, key: &[u8; 32]) -> bool {
    let (Kind::Message, Some(from), Some(to)) = (stanza.kind, &stanza.from, &stanza.to) else { return false };
    if from.resource().is_some() {
        return false;
    }
    let mark = stanza.child("echo", ns::OUR_ECHO).and_then(|echo| echo.attr("mark"));
    let mark = mark.and_then(|mark| BASE32_NOPAD.decode(mark.to_ascii_uppercase().as_bytes()).ok());
    let Some(mark) = mark.filter(|mark| mark.len() == LENGTH) else { return false };
    let mac = mac(key, from.to_bare().as_str(), to.to_bare().as_str(), stanza.id.as_deref());
    mac.is_some_and(|mac| mac.verify_truncated_left(&mark).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(from: &str, to: &str, id: &str, key: u8) -> Stanza {
        let mut xml = Xml::new();
        xml.open("message").attr("from", from).attr("to", to).attr("id", id);
        write(&mut xml, &[key; 32], ("u@d", "c@gw"), Some("7"));
        let text = String::from_utf8(xml.finish().to_vec()).unwrap();
        let text = text.replacen("<message", "<message xmlns='jabber:client'", 1);
        Stanza::from_element(&text.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_mark_is_good_for_one_message_of_one_user_to_one_contact_without_a_resource() {
        assert!(is_one(&message("u@d", "c@gw", "7", 1), &[1; 32]));
        for other in [
            message("u@d/client", "c@gw", "7", 1),
            message("v@d", "c@gw", "7", 1),
            message("u@d", "b@gw", "7", 1),
            message("u@d", "c@gw", "8", 1),
            message("u@d", "c@gw", "7", 2),
        ] {
            assert!(!is_one(&other, &[1; 32]), "{other:?}");
        }
        let mut none = message("u@d", "c@gw", "7", 1);
        none.payloads.clear();
        assert!(!is_one(&none, &[1; 32]));
    }
}
