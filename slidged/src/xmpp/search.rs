//! XEP-0055: Jabber Search, with plain fields and with a data form.

use minidom::Element;

use super::{
    forms::{Form, FormType},
    ns,
    rsm::Page,
    stanza::{Kind, Stanza},
    xml::Xml,
};

/// The plain fields of section 3; others only exist in forms.
pub const PLAIN_FIELDS: &[&str] = &["first", "last", "nick", "email"];

/// A search request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A query for the search fields.
    Get,
    /// A search by a form.
    Form(Form),
    /// A search by plain fields.
    Plain(Vec<(String, String)>),
}

impl Request {
    /// The request in an iq; `None` when it is about something else.
    #[must_use]
    pub fn parse(iq: &Stanza) -> Option<Self> {
        let query = iq.payload().filter(|p| iq.kind == Kind::Iq && p.is("query", ns::SEARCH))?;
        match iq.type_str() {
            "get" => Some(Request::Get),
            "set" => Some(Request::read(query)),
            _ => None,
        }
    }

    fn read(query: &Element) -> Self {
        match Form::find(query).filter(|form| form.type_ == FormType::Submit) {
            Some(form) => Request::Form(form),
            None => Request::Plain(
                query
                    .children()
                    .filter(|child| child.has_ns(ns::SEARCH))
                    .map(|child| (child.name().to_owned(), child.text()))
                    .collect(),
            ),
        }
    }
}

/// Writes the `<query/>` that answers [`Request::Get`]. Fields that the XEP knows are also written
/// plainly, for clients without forms.
pub fn write_fields(xml: &mut Xml, form: &Form) {
    xml.open_ns("query", ns::SEARCH);
    for paragraph in &form.instructions {
        xml.text_child("instructions", paragraph);
    }
    for field in form.fields.iter().filter(|field| PLAIN_FIELDS.contains(&field.var.as_str())) {
        xml.open(&field.var).close();
    }
    form.write(xml);
    xml.close();
}

/// Writes what a search by a form has found.
pub fn write_results(xml: &mut Xml, results: &Form, page: &Page<'_>) {
    xml.open_ns("query", ns::SEARCH);
    results.write(xml);
    page.write(xml);
    xml.close();
}

/// Writes what a search by plain fields has found: each address with what else is known.
pub fn write_plain_results<'a>(
    xml: &mut Xml,
    items: impl IntoIterator<Item = (&'a str, Vec<(&'a str, &'a str)>)>,
    page: &Page<'_>,
) {
    xml.open_ns("query", ns::SEARCH);
    for (jid, fields) in items {
        xml.open("item").attr("jid", jid);
        for (name, value) in fields.into_iter().filter(|(name, _)| PLAIN_FIELDS.contains(name)) {
            xml.text_child(name, value);
        }
        xml.close();
    }
    page.write(xml);
    xml.close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::forms::{Field, FieldType};
    use crate::xmpp::rsm;

    fn request(type_: &str, inner: &str) -> Option<Request> {
        let query = format!("<query xmlns='jabber:iq:search'>{inner}</query>").parse().unwrap();
        Request::parse(&Stanza { type_: Some(type_.into()), payloads: vec![query], ..Stanza::new(Kind::Iq) })
    }

    #[test]
    fn both_ways_to_search_are_read() {
        assert_eq!(request("get", ""), Some(Request::Get));
        let plain = vec![("last".to_owned(), "Capulet".to_owned())];
        assert_eq!(request("set", "<last>Capulet</last>"), Some(Request::Plain(plain)));
        let form = "<x xmlns='jabber:x:data' type='submit'><field var='x'><value>y</value></field></x>";
        let Some(Request::Form(form)) = request("set", form) else { panic!("no form") };
        assert_eq!(form.value("x"), Some("y"));
        assert_eq!(request("set", ""), Some(Request::Plain(vec![])));
        assert_eq!(request("result", ""), None);
    }

    #[test]
    fn fields_and_results_are_written() {
        let mut form = Form::new(FormType::Form);
        form.instructions = vec!["Fill in.".into()];
        form.fields =
            vec![Field::new("last", FieldType::TextSingle), Field::new("shoe", FieldType::TextSingle)];
        let mut xml = Xml::new();
        write_fields(&mut xml, &form);
        let text = String::from_utf8(xml.finish().to_vec()).unwrap();
        assert!(
            text.starts_with(
                "<query xmlns='jabber:iq:search'><instructions>Fill in.</instructions><last/><x "
            ),
            "{text}"
        );
        let page = rsm::page(None, &[], 0).unwrap();
        write_plain_results(&mut xml, [("a@b", vec![("last", "Capulet"), ("shoe", "39")])], &page);
        assert_eq!(
            xml.finish(),
            "<query xmlns='jabber:iq:search'><item jid='a@b'><last>Capulet</last></item></query>"
        );
    }
}
