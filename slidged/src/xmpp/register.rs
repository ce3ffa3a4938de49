//! XEP-0077: In-Band Registration, with plain fields and with a data form. Not done: redirection by
//! URL, changing a password by itself.

use std::collections::BTreeMap;

use super::{
    forms::{Form, FormType},
    ns,
    stanza::{Kind, Stanza},
    xml::Xml,
};

/// The plain fields of section 14.1; others only exist in forms.
pub const PLAIN_FIELDS: &[&str] = &[
    "username", "nick", "password", "name", "first", "last", "email", "address", "city", "state", "zip",
    "phone", "url", "date",
];

/// A request about a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A query for the registration form.
    Get,
    /// A registration, or a change of it.
    Submit(BTreeMap<String, Vec<String>>),
    /// Removal of the registration.
    Remove,
    /// Cancellation of the form.
    Cancel,
}

impl Request {
    /// The request in an iq; `None` when it is about something else.
    #[must_use]
    pub fn parse(iq: &Stanza) -> Option<Self> {
        let query = iq.payload().filter(|p| iq.kind == Kind::Iq && p.is("query", ns::REGISTER))?;
        if iq.type_str() == "get" {
            return Some(Request::Get);
        }
        if iq.type_str() != "set" {
            return None;
        }
        if query.has_child("remove", ns::REGISTER) {
            return Some(Request::Remove);
        }
        // A form counts before plain fields (section 4).
        let Some(form) = Form::find(query) else {
            let plain = query
                .children()
                .filter(|c| c.has_ns(ns::REGISTER))
                .map(|c| (c.name().to_owned(), vec![c.text()]));
            return Some(Request::Submit(plain.collect()));
        };
        if form.type_ == FormType::Cancel {
            return Some(Request::Cancel);
        }
        // Clients that show the form of an existing registration have no other way than a checkbox.
        if form.boolean("remove") == Some(true) {
            return Some(Request::Remove);
        }
        let fields = form.fields.into_iter().filter(|f| f.var != "FORM_TYPE" && !f.var.is_empty());
        Some(Request::Submit(fields.map(|f| (f.var, f.values)).collect()))
    }
}

/// Writes the `<query/>` that answers [`Request::Get`]. Besides the form, fields that the XEP knows
/// are also written plainly, for clients without forms.
pub fn write_fields(xml: &mut Xml, registered: bool, form: &Form) {
    xml.open_ns("query", ns::REGISTER);
    if registered {
        xml.open("registered").close();
    }
    for paragraph in &form.instructions {
        xml.text_child("instructions", paragraph);
    }
    for field in &form.fields {
        if PLAIN_FIELDS.contains(&field.var.as_str()) {
            xml.text_child(&field.var, field.values.first().map_or("", String::as_str));
        }
    }
    form.write(xml);
    xml.close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::forms::{Field, FieldType};

    fn request(type_: &str, inner: &str) -> Option<Request> {
        let query = format!("<query xmlns='jabber:iq:register'>{inner}</query>").parse().unwrap();
        Request::parse(&Stanza { type_: Some(type_.into()), payloads: vec![query], ..Stanza::new(Kind::Iq) })
    }

    fn submit(fields: &[(&str, &[&str])]) -> Option<Request> {
        let owned = |v: &&[&str]| v.iter().map(|&s| s.to_owned()).collect();
        Some(Request::Submit(fields.iter().map(|(k, v)| ((*k).to_owned(), owned(v))).collect()))
    }

    #[test]
    fn both_ways_to_submit_are_read() {
        assert_eq!(request("get", ""), Some(Request::Get));
        assert_eq!(
            request("set", "<username>a</username><password>b</password><x xmlns='urn:other'/>"),
            submit(&[("username", &["a"]), ("password", &["b"])])
        );
        assert_eq!(
            request(
                "set",
                "<username>no</username><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>jabber:iq:register</value></field><field var='username'><value>a</value></field><field var='l'><value>1</value><value>2</value></field><field><value>x</value></field></x>"
            ),
            submit(&[("username", &["a"]), ("l", &["1", "2"])])
        );
        assert_eq!(request("set", ""), submit(&[]));
    }

    #[test]
    fn there_are_two_ways_to_leave() {
        assert_eq!(request("set", "<username>a</username><remove/>"), Some(Request::Remove));
        let form = |inner: &str| format!("<x xmlns='jabber:x:data' {inner}</x>");
        assert_eq!(
            request("set", &form("type='submit'><field var='remove'><value>1</value></field>")),
            Some(Request::Remove)
        );
        assert_eq!(
            request("set", &form("type='submit'><field var='remove'><value>0</value></field>")),
            submit(&[("remove", &["0"])])
        );
        assert_eq!(request("set", &form("type='cancel'>")), Some(Request::Cancel));
    }

    #[test]
    fn answers_are_no_requests() {
        assert_eq!(request("result", ""), None);
        assert_eq!(request("error", "<remove/>"), None);
        assert_eq!(Request::parse(&Stanza::new(Kind::Iq)), None);
    }

    #[test]
    fn fields_are_written_plainly_and_as_a_form() {
        let mut form = Form::new(FormType::Form);
        form.instructions = vec!["do".into()];
        form.fields = vec![
            Field::form_type(ns::REGISTER),
            Field::new("username", FieldType::TextSingle).value("me"),
            Field::new("server", FieldType::TextSingle),
        ];
        let mut xml = Xml::new();
        write_fields(&mut xml, true, &form);
        assert_eq!(
            xml.finish(),
            "<query xmlns='jabber:iq:register'><registered/><instructions>do</instructions><username>me</username><x xmlns='jabber:x:data' type='form'><instructions>do</instructions><field var='FORM_TYPE' type='hidden'><value>jabber:iq:register</value></field><field var='username' type='text-single'><value>me</value></field><field var='server' type='text-single'/></x></query>"
        );
    }
}
