//! Search on the network: by Jabber Search (XEP-0055), and by the prompt for somebody whose name is
//! known but not the address (XEP-0100).

use super::Component;
use crate::model::caller::Caller;
use crate::say;
use crate::stanza::{form, listing};
use crate::users;
use crate::xmpp::{Condition, ErrorType, Stanza, StanzaError, forms, ns, prompt, reply, search};
use bytes::Bytes;
use jid::Jid;
use plugin_api::{FieldType, Form, Table};
use std::sync::Arc;

/// Column of the addresses in results, unless the plugin names another.
const JID: &str = "jid";

impl Component {
    /// Handles `jabber:iq:search`.
    pub(super) fn search(self: &Arc<Self>, from: Jid, iq: Stanza) {
        let Some(request) = search::Request::parse(&iq) else {
            return self.services.refusals.answer_error(&iq, &StanzaError::new(Condition::BadRequest));
        };
        let caller = self.users.caller(from, iq.lang.as_deref());
        if self.services.info.search_fields.is_empty() {
            return self.services.uplink.send(reply::not_implemented(&iq));
        }
        if !self.services.index.is_registered(&caller.bare()) {
            return self.services.refusals.answer_error(&iq, &users::not_registered(&self.services, &caller));
        }
        let submitted = match request {
            search::Request::Get => return self.search_form(&caller, &iq),
            search::Request::Form(form) => {
                form::filled(caller.language, &self.services.info.search_fields, |var| form.values(var))
                    .map(|form| (form, true))
            }
            search::Request::Plain(plain) => {
                let known = |var: &str| self.services.info.search_fields.iter().any(|field| field.var == var);
                let form: Form = plain.into_iter().filter(|(var, _)| known(var)).collect();
                // None of the fields is known: the answer is the form with those that there are.
                if form.is_empty() {
                    return self.search_form(&caller, &iq);
                }
                Ok((form, false))
            }
        };
        let (form, by_form) = match submitted {
            Ok(submitted) => submitted,
            Err(text) => return self.services.refusals.refuse(&iq, Condition::NotAcceptable, &text),
        };
        let component = self.clone();
        self.serve(&caller.bare(), iq, |iq| async move {
            match users::find(&component.users, &caller, form).await {
                Ok(found) if found.items.is_empty() => {
                    component.services.refusals.refuse(
                        &iq,
                        Condition::ItemNotFound,
                        &say!(caller.language, "find-nobody"),
                    );
                }
                Ok(found) => component.services.uplink.send(results(&iq, found, by_form)),
                Err(error) => component.services.refusals.answer_error(&iq, &error),
            }
        });
    }

    fn search_form(&self, caller: &Caller, iq: &Stanza) {
        let title = users::search_title(&self.services.info, caller.language);
        let mut form = form::form(
            &title,
            &self.services.info.search_instructions,
            &self.services.info.search_fields,
            &Form::new(),
        );
        form.fields.insert(0, forms::Field::form_type(ns::SEARCH));
        self.services.uplink.send(reply::result(iq, |xml| search::write_fields(xml, &form)));
    }

    /// Handles `jabber:iq:gateway`, which works if the plugin's search has exactly one field.
    pub(super) fn prompt(self: &Arc<Self>, from: Jid, iq: Stanza) {
        let Some(request) = prompt::Request::parse(&iq) else {
            return self.services.refusals.answer_error(&iq, &StanzaError::new(Condition::BadRequest));
        };
        let [field] = self.services.info.search_fields.as_slice() else {
            return self.services.uplink.send(reply::not_implemented(&iq));
        };
        let caller = self.users.caller(from, iq.lang.as_deref());
        if !self.services.index.is_registered(&caller.bare()) {
            return self.services.refusals.answer_error(&iq, &users::not_registered(&self.services, &caller));
        }
        let answer = match request {
            prompt::Request::Get => {
                let title = users::search_title(&self.services.info, caller.language);
                return self
                    .services
                    .uplink
                    .send(reply::result(&iq, |xml| prompt::write_prompt(xml, &title, &field.label)));
            }
            prompt::Request::Prompt(answer) => answer,
        };
        if let Some(jid) = self.pasted(&answer) {
            return self.services.uplink.send(reply::result(&iq, |xml| prompt::write_jid(xml, &jid)));
        }
        let (component, form) = (self.clone(), Form::from([(field.var.clone(), answer)]));
        self.serve(&caller.bare(), iq, |iq| async move {
            let language = caller.language;
            match users::find(&component.users, &caller, form).await {
                Ok(found) => match found.items.as_slice() {
                    [] => component.services.refusals.refuse(
                        &iq,
                        Condition::ItemNotFound,
                        &say!(language, "find-nobody"),
                    ),
                    [one] => match address(&found, one) {
                        Some(jid) => component
                            .services
                            .uplink
                            .send(reply::result(&iq, |xml| prompt::write_jid(xml, jid))),
                        None => component.services.refusals.refuse(
                            &iq,
                            Condition::ItemNotFound,
                            &say!(language, "find-nobody"),
                        ),
                    },
                    several => {
                        let text = say!(language, "find-several", count = several.len());
                        let error = StanzaError::with_text(Condition::BadRequest, text);
                        component.services.refusals.answer_error(&iq, &error.of_type(ErrorType::Modify));
                    }
                },
                Err(error) => component.services.refusals.answer_error(&iq, &error),
            }
        });
    }
}

impl Component {
    /// Returns the address of a contact that somebody pasted instead of a name, plain or as a link.
    fn pasted(&self, text: &str) -> Option<String> {
        let text = text.trim();
        let address =
            text.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("xmpp:")).map_or(text, |_| &text[5..]);
        let address = address.split('?').next().unwrap_or_default();
        let jid = Jid::new(address).ok()?.to_bare();
        let node = jid.node().filter(|_| jid.domain().as_str() == self.services.address.domain())?;
        self.services
            .address
            .contact_id(node.as_str())
            .map(|contact| self.services.address.contact_bare(&contact))
    }
}

/// Returns the address in a row of results.
fn address<'a>(table: &Table, item: &'a Form) -> Option<&'a str> {
    let column = table.fields.iter().find(|field| field.kind == FieldType::JidSingle);
    item.get(column.map_or(JID, |field| field.var.as_str())).map(String::as_str)
}

fn texts(item: &Form) -> impl Iterator<Item = (&str, &str)> {
    item.iter().map(|(var, value)| (var.as_str(), value.as_str()))
}

/// Answers with the people found, in the form in which they were asked for. Rows have no names but
/// their numbers.
fn results(iq: &Stanza, mut found: Table, by_form: bool) -> Bytes {
    let rows = found.items.iter().enumerate();
    let sized: Vec<_> =
        rows.map(|(number, item)| (number.to_string(), listing::row_size(texts(item)))).collect();
    listing::paged(iq, &sized, |page| {
        found.items = found.items.drain(page.items.clone()).collect();
        if by_form {
            let mut results = form::table(&found);
            results.fields.insert(0, forms::Field::form_type(ns::SEARCH));
            return reply::result(iq, |xml| search::write_results(xml, &results, page));
        }
        let items =
            found.items.iter().filter_map(|item| Some((address(&found, item)?, texts(item).collect())));
        reply::result(iq, |xml| search::write_plain_results(xml, items, page))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stanza::MAX_STANZA;
    use crate::xmpp::Kind;
    use plugin_api::Field;

    fn found() -> Table {
        let person =
            |n| Form::from([("jid".into(), format!("p{n:04}@gw")), ("last".into(), "Lee & Co".into())]);
        Table {
            fields: vec![
                Field { kind: FieldType::JidSingle, ..Field::text("jid", "Address") },
                Field::text("last", "Name"),
            ],
            items: (0..3000).map(person).collect(),
            ..Table::default()
        }
    }

    fn answer(set: &str, by_form: bool) -> String {
        let query = format!("<query xmlns='{}'>{set}</query>", ns::SEARCH).parse().unwrap();
        let iq = Stanza {
            from: Some("u@example.org/r".parse().unwrap()),
            type_: Some("set".into()),
            payloads: vec![query],
            ..Stanza::new(Kind::Iq)
        };
        let bytes = results(&iq, found(), by_form);
        assert!(bytes.len() <= MAX_STANZA, "{} bytes", bytes.len());
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn thousands_of_results_are_told_a_page_at_a_time() {
        for by_form in [true, false] {
            let first = answer("", by_form);
            assert!(first.contains("p0000@gw") && first.contains("<count>3000</count>"), "{by_form}");
            assert!(!first.contains("p2999@gw"));
            let set = format!("<set xmlns='{}'><max>2</max><after>1499</after></set>", ns::RSM);
            let page = answer(&set, by_form);
            let told = "<first index='1500'>1500</first><last>1501</last><count>3000</count></set>";
            assert!(page.contains("p1500@gw") && page.contains(told), "{page}");
            assert_eq!(page.matches("@gw").count(), 2, "{page}");
        }
    }
}
