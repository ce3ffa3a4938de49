//! XEP-0100 section 4.3.4: `jabber:iq:gateway`, an address on the network for one that people know.

use super::{
    ns,
    stanza::{Kind, Stanza},
    xml::Xml,
};

/// A request of the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A query for the prompt.
    Get,
    /// The address for what was answered.
    Prompt(String),
}

impl Request {
    /// The request in an iq; `None` when it is about something else.
    #[must_use]
    pub fn parse(iq: &Stanza) -> Option<Self> {
        let query = iq.payload().filter(|p| iq.kind == Kind::Iq && p.is("query", ns::GATEWAY))?;
        match iq.type_str() {
            "get" => Some(Request::Get),
            "set" => {
                let prompt = query.get_child("prompt", ns::GATEWAY);
                Some(Request::Prompt(prompt.map(|p| p.text().trim().to_owned()).unwrap_or_default()))
            }
            _ => None,
        }
    }
}

/// Writes what to ask for.
pub fn write_prompt(xml: &mut Xml, description: &str, prompt: &str) {
    xml.open_ns("query", ns::GATEWAY);
    if !description.is_empty() {
        xml.text_child("desc", description);
    }
    xml.text_child("prompt", prompt);
    xml.close();
}

/// Writes the address.
pub fn write_jid(xml: &mut Xml, jid: &str) {
    xml.open_ns("query", ns::GATEWAY).text_child("jid", jid);
    xml.close();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(type_: &str, inner: &str) -> Option<Request> {
        let query = format!("<query xmlns='jabber:iq:gateway'>{inner}</query>").parse().unwrap();
        Request::parse(&Stanza { type_: Some(type_.into()), payloads: vec![query], ..Stanza::new(Kind::Iq) })
    }

    #[test]
    fn requests_are_read_and_answers_written() {
        assert_eq!(request("get", ""), Some(Request::Get));
        assert_eq!(request("set", "<prompt> ann </prompt>"), Some(Request::Prompt("ann".into())));
        assert_eq!(request("set", ""), Some(Request::Prompt(String::new())));
        assert_eq!(request("result", ""), None);
        let mut xml = Xml::new();
        write_prompt(&mut xml, "Find", "Name");
        assert_eq!(
            xml.finish(),
            "<query xmlns='jabber:iq:gateway'><desc>Find</desc><prompt>Name</prompt></query>"
        );
        write_jid(&mut xml, "a@b");
        assert_eq!(xml.finish(), "<query xmlns='jabber:iq:gateway'><jid>a@b</jid></query>");
    }
}
