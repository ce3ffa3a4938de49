//! Lists in answers: items of service discovery (XEP-0030) and results of searches, a page at a
//! time (XEP-0059) where one is asked for, or all would be more than servers take.

use bytes::Bytes;

use super::MAX_STANZA;
use crate::xmpp::disco::{self, Item};
use crate::xmpp::rsm::{self, Page, Request};
use crate::xmpp::{Condition, Stanza, StanzaError, reply};

/// Bytes of the items of one answer: servers also take what they are wrapped in.
const MAX_PAGE: usize = MAX_STANZA / 2;

/// Bytes of an element beyond its texts.
const ELEMENT: usize = 64;

/// The items that an iq asks for, in the order in which pages have them.
#[must_use]
pub fn items(iq: &Stanza, node: Option<&str>, all: &[Item]) -> Bytes {
    let texts = |item: &Item| {
        let more = [item.node.as_deref(), item.name.as_deref()];
        more.into_iter().flatten().map(escaped).sum::<usize>() + escaped(&item.jid) + ELEMENT
    };
    // Commands share an address.
    let name = |item: &Item| item.node.as_deref().unwrap_or(&item.jid).to_owned();
    let sized: Vec<_> = all.iter().map(|item| (name(item), texts(item))).collect();
    paged(iq, &sized, |page| {
        reply::result(iq, |xml| disco::write_items(xml, node, &all[page.items.clone()], page))
    })
}

/// Bytes of a row of results, of these texts.
#[must_use]
pub fn row_size<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> usize {
    texts.into_iter().map(|(name, value)| escaped(name) + escaped(value) + ELEMENT).sum::<usize>() + ELEMENT
}

/// The answer with the page that an iq asks for, or an error; each of the items has a name of its
/// own and a size.
#[must_use]
pub fn paged(iq: &Stanza, items: &[(String, usize)], answer: impl FnOnce(&Page<'_>) -> Bytes) -> Bytes {
    let asked = iq.payload().map_or(Ok(None), Request::find);
    match asked.and_then(|asked| rsm::page(asked.as_ref(), items, MAX_PAGE)) {
        Ok(page) => answer(&page),
        Err(condition) => refused(iq, condition),
    }
}

fn refused(iq: &Stanza, condition: Condition) -> Bytes {
    reply::error(iq, &StanzaError::new(condition)).unwrap_or_default()
}

/// Bytes of a text in XML.
fn escaped(text: &str) -> usize {
    text.len() + 5 * text.bytes().filter(|byte| b"&<>'\"".contains(byte) || byte.is_ascii_control()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::{Kind, ns};
    use minidom::Element;

    fn asked(set: &str) -> Stanza {
        let query =
            format!("<query xmlns='{}'><set xmlns='{}'>{set}</set></query>", ns::DISCO_ITEMS, ns::RSM);
        let query = if set == "no" { format!("<query xmlns='{}'/>", ns::DISCO_ITEMS) } else { query };
        Stanza {
            from: Some("u@example.org/r".parse().unwrap()),
            to: Some("gw.example.org".parse().unwrap()),
            id: Some("1".into()),
            type_: Some("get".into()),
            payloads: vec![query.parse().unwrap()],
            ..Stanza::new(Kind::Iq)
        }
    }

    fn rooms() -> Vec<Item> {
        let room = |n| Item {
            jid: format!("room{n:04}@gw.example.org"),
            node: None,
            name: Some("Tea & cake, 'quoted', every day at five".to_owned()),
        };
        (0..3000).map(room).collect()
    }

    /// Addresses in the answer, and what its `<set/>` says.
    fn answer(set: &str, all: &[Item]) -> (Vec<String>, Option<(String, String)>) {
        let bytes = items(&asked(set), None, all);
        assert!(bytes.len() <= MAX_STANZA, "{} bytes", bytes.len());
        let text =
            String::from_utf8(bytes.to_vec()).unwrap().replacen("<iq ", "<iq xmlns='jabber:client' ", 1);
        let query = text.parse::<Element>().unwrap().get_child("query", ns::DISCO_ITEMS).unwrap().clone();
        let jids = disco::parse_items(&query).unwrap().into_iter().map(|item| item.jid).collect();
        let set = query.get_child("set", ns::RSM);
        let told = |set: &Element, name: &str| set.get_child(name, ns::RSM).map(Element::text);
        (jids, set.and_then(|set| Some((told(set, "last")?, told(set, "count")?))))
    }

    #[test]
    fn a_list_of_thousands_is_cut_to_what_servers_take_and_says_so() {
        let all = rooms();
        let (jids, set) = answer("no", &all);
        assert!((500..3000).contains(&jids.len()), "{}", jids.len());
        assert_eq!(set, Some((jids.last().unwrap().clone(), "3000".to_owned())));
        assert_eq!(answer("no", &all[..100]).1, None, "of all that there is nothing is said");
    }

    #[test]
    fn all_of_it_can_be_read_page_by_page() {
        let all = rooms();
        let (mut read, mut set) = (Vec::new(), String::new());
        loop {
            let (jids, told) = answer(&set, &all);
            let Some((last, count)) = told else { break };
            assert_eq!(count, "3000");
            read.extend(jids);
            set = format!("<max>700</max><after>{last}</after>");
        }
        assert_eq!(read, all.iter().map(|item| item.jid.clone()).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_asked_for_wrongly_is_an_error() {
        for (set, condition) in [("<max>x</max>", "bad-request"), ("<after>z</after>", "item-not-found")] {
            let error = String::from_utf8(items(&asked(set), None, &rooms()).to_vec()).unwrap();
            assert!(error.contains("type='error'") && error.contains(condition), "{error}");
        }
    }
}
