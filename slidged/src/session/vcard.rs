//! vCards of contacts (XEP-0292, XEP-0054): told by the plugin, or asked of it when somebody wants
//! to see one.

use crate::model::cut;
use crate::session::dedup::body_hash;
use crate::session::state::Session;
use crate::stanza::pep;
use crate::store::Card;
use crate::store::Write;
use crate::xmpp::vcard4;
use plugin_api::ContactId;
use plugin_api::VCard;

/// Longest text in a card, in bytes.
const MAX_TEXT: usize = 4096;
/// Most telephone numbers in a card.
const MAX_PHONES: usize = 16;

/// Reads a card as it was stored. One that cannot be read is empty.
pub(super) fn parsed(json: &str) -> VCard {
    serde_json::from_str(json).unwrap_or_default()
}

/// Makes the row of a card.
pub(super) fn stored(vcard: &VCard, fetched_at: Option<i64>) -> Card {
    // This is a plain struct of texts, which has a form in JSON.
    let json = serde_json::to_string(vcard).unwrap_or_default();
    Card { fetched_at, hash: body_hash(&json), json: json.into() }
}

/// Cuts the texts of a card to a reasonable length.
pub(super) fn bounded(mut vcard: VCard) -> VCard {
    let VCard { full_name, given, surname, birthday, phones, note, url, email, country, locality, pronouns } =
        &mut vcard;
    let texts = [full_name, given, surname, birthday, note, url, email, country, locality, pronouns];
    for text in texts.into_iter().flatten().chain(phones.iter_mut()) {
        *text = cut::to_bytes(std::mem::take(text), MAX_TEXT).into_owned();
    }
    phones.truncate(MAX_PHONES);
    vcard
}

/// Makes a card as clients see it: under the name that it gives, else the contact's, else their id.
pub(super) fn shown<'a>(
    jid: &'a str,
    id: &'a str,
    name: Option<&'a str>,
    vcard: &'a VCard,
) -> vcard4::Card<'a> {
    fn text(field: &Option<String>) -> &str {
        field.as_deref().unwrap_or_default()
    }
    let full = vcard.full_name.as_deref().filter(|name| !name.is_empty());
    vcard4::Card {
        jid,
        name: full.or(name).unwrap_or(id),
        nickname: name.unwrap_or_default(),
        given: text(&vcard.given),
        surname: text(&vcard.surname),
        birthday: text(&vcard.birthday),
        phones: &vcard.phones,
        email: text(&vcard.email),
        url: text(&vcard.url),
        locality: text(&vcard.locality),
        country: text(&vcard.country),
        pronouns: text(&vcard.pronouns),
        note: text(&vcard.note),
    }
}

/// Stores a contact's card: from the plugin, or, with a time, fetched then.
pub(in crate::session) fn set_card(
    session: &mut Session,
    id: &ContactId,
    vcard: VCard,
    fetched_at: Option<i64>,
) {
    let vcard = bounded(vcard);
    let card = stored(&vcard, fetched_at);
    let Some(contact) = session.contact_mut(id) else { return };
    let changed = std::mem::replace(&mut contact.card, card.hash) != card.hash;
    // A fetched card is dated again, so that it is not fetched again at once.
    if changed || fetched_at.is_some() {
        session.write(Write::Card(session.user.id, id.as_str().into(), Some(card)));
    }
    if changed {
        tell_card(session, id, &vcard);
    }
}

fn tell_card(session: &Session, id: &ContactId, vcard: &VCard) {
    let Some(contact) = session.contacts.get(id).filter(|contact| contact.friend) else { return };
    let jid = session.services.address.contact_bare(id);
    let card = shown(&jid, id.as_str(), contact.name.as_deref(), vcard);
    session.send_all(session.who_wants(|wants| wants.vcard).map(|to| pep::card(&jid, &to, &card)));
}

#[cfg(test)]
mod tests {
    use crate::session::vcard::*;

    #[test]
    fn a_card_has_a_name_whoever_gives_it() {
        let own = VCard { full_name: Some("Ann Lee".into()), ..VCard::default() };
        let none = VCard { full_name: Some(String::new()), ..VCard::default() };
        let name = |name, vcard| shown("a@b", "a", name, vcard).name.to_owned();
        assert_eq!(name(Some("ann"), &own), "Ann Lee");
        assert_eq!(name(Some("ann"), &none), "ann");
        assert_eq!(name(None, &none), "a");
    }

    #[test]
    fn a_card_survives_the_store_and_is_bounded() {
        let vcard = VCard {
            note: Some("é".repeat(MAX_TEXT)),
            phones: vec!["1".into(); MAX_PHONES * 2],
            ..VCard::default()
        };
        let vcard = bounded(vcard);
        let note = vcard.note.as_deref().unwrap();
        assert!(note.len() <= MAX_TEXT && note.ends_with("é…"), "{}", note.len());
        assert_eq!(vcard.phones.len(), MAX_PHONES);
        let card = stored(&vcard, Some(7));
        assert_eq!(parsed(&card.json), vcard);
        assert_eq!(parsed("nonsense"), VCard::default());
        assert_ne!(card.hash, stored(&VCard::default(), None).hash);
    }
}
