//! XEP-0077: registering with a gateway, by its data form (XEP-0004) where it has one.

use minidom::Element;

use super::{Client, Refused};
use crate::stanza::escape;

const REGISTER: &str = "jabber:iq:register";
const DATA: &str = "jabber:x:data";

/// One field of a registration form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Name of the field.
    pub var: String,
    /// Label that the user reads.
    pub label: String,
    /// `text-single`, `text-private`…
    pub kind: String,
    /// The field must be filled in.
    pub required: bool,
    /// Present value.
    pub value: Option<String>,
}

impl Client {
    /// Asks a gateway for its registration form: its instructions, and its fields without the
    /// hidden ones.
    ///
    /// # Errors
    /// The gateway's error.
    ///
    /// # Panics
    /// When no answer comes in time, or one without a form.
    pub async fn registration_form(&self, gateway: &str) -> Result<(String, Vec<Field>), Refused> {
        let query = self.get(gateway, &format!("<query xmlns='{REGISTER}'/>")).await?;
        let form =
            query.get_child("x", DATA).unwrap_or_else(|| panic!("no form in {}", String::from(&query)));
        let instructions = form.get_child("instructions", DATA).map(Element::text).unwrap_or_default();
        let fields = form
            .children()
            .filter(|c| c.is("field", DATA))
            .map(field)
            .filter(|f| f.kind != "hidden" && f.kind != "fixed");
        Ok((instructions, fields.collect()))
    }

    /// Fills in a gateway's form and submits it.
    ///
    /// # Errors
    /// The gateway's error.
    ///
    /// # Panics
    /// When no answer comes in time.
    pub async fn register(&self, gateway: &str, values: &[(&str, &str)]) -> Result<(), Refused> {
        let fields: String = values
            .iter()
            .map(|(var, value)| {
                format!("<field var='{}'><value>{}</value></field>", escape(var), escape(value))
            })
            .collect();
        let form = format!(
            "<query xmlns='{REGISTER}'><x xmlns='{DATA}' type='submit'>\
             <field var='FORM_TYPE' type='hidden'><value>{REGISTER}</value></field>{fields}</x></query>"
        );
        self.ask("set", gateway, &form).await.map(drop)
    }

    /// Ends a registration.
    ///
    /// # Errors
    /// The gateway's error.
    ///
    /// # Panics
    /// When no answer comes in time.
    pub async fn unregister(&self, gateway: &str) -> Result<(), Refused> {
        self.ask("set", gateway, &format!("<query xmlns='{REGISTER}'><remove/></query>")).await.map(drop)
    }
}

fn field(element: &Element) -> Field {
    let attr = |name: &str| element.attr(name).unwrap_or_default().to_owned();
    Field {
        var: attr("var"),
        label: attr("label"),
        kind: attr("type"),
        required: element.get_child("required", DATA).is_some(),
        value: element.get_child("value", DATA).map(Element::text),
    }
}
