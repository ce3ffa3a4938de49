//! XEP-0421: Occupant identifiers for semi-anonymous MUCs.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

use super::{ns, xml::Xml};

/// The id of a member of a room: the same for ever, another in every room, and without the key it
/// tells nothing.
#[must_use]
pub fn of(key: &[u8; 32], room: &str, member: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(key);
    hash.update(Sha256::digest(room));
    hash.update(member);
    let mut id = BASE32_NOPAD.encode(&hash.finalize()[..16]);
    id.make_ascii_lowercase();
    id
}

/// Writes `<occupant-id/>`.
pub fn write(xml: &mut Xml, id: &str) {
    xml.open_ns("occupant-id", ns::OCCUPANT_ID).attr("id", id).close();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r10_an_occupant_id_depends_on_key_room_and_member() {
        let id = of(&[1; 32], "room@gw", "ada");
        assert_eq!(id, of(&[1; 32], "room@gw", "ada"));
        assert_eq!(id.len(), 26);
        for other in
            [of(&[2; 32], "room@gw", "ada"), of(&[1; 32], "hall@gw", "ada"), of(&[1; 32], "room@gw", "bob")]
        {
            assert_ne!(id, other);
        }
        assert_ne!(of(&[1; 32], "a", "bc"), of(&[1; 32], "ab", "c"), "both have their bounds");
    }
}
