//! XEP-0004: Data Forms. Tolerant: what is wrong with one field costs that detail, never the form.
//! Not done: validation (0122).

use minidom::Element;

use super::{media_element::Media, ns, xml::Xml};

/// Type of a data form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FormType {
    /// A form to be filled in.
    #[default]
    Form,
    /// Filled in.
    Submit,
    /// A form that is cancelled.
    Cancel,
    /// An answer.
    Result,
}

impl FormType {
    /// The value of the attribute `type`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            FormType::Form => "form",
            FormType::Submit => "submit",
            FormType::Cancel => "cancel",
            FormType::Result => "result",
        }
    }
}

/// Type of a field, which says how it is shown (section 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldType {
    /// Yes or no.
    Boolean,
    /// A text to read.
    Fixed,
    /// A field that is not shown.
    Hidden,
    /// Several addresses.
    JidMulti,
    /// An address.
    JidSingle,
    /// Some of the options.
    ListMulti,
    /// One of the options.
    ListSingle,
    /// Several lines.
    TextMulti,
    /// A line that is not shown while it is typed.
    TextPrivate,
    /// A line; also what an unknown type counts as.
    #[default]
    TextSingle,
}

const FIELD_TYPES: [(FieldType, &str); 10] = [
    (FieldType::Boolean, "boolean"),
    (FieldType::Fixed, "fixed"),
    (FieldType::Hidden, "hidden"),
    (FieldType::JidMulti, "jid-multi"),
    (FieldType::JidSingle, "jid-single"),
    (FieldType::ListMulti, "list-multi"),
    (FieldType::ListSingle, "list-single"),
    (FieldType::TextMulti, "text-multi"),
    (FieldType::TextPrivate, "text-private"),
    (FieldType::TextSingle, "text-single"),
];

impl FieldType {
    /// The value of the attribute `type`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        FIELD_TYPES.iter().find(|(t, _)| *t == self).map_or("text-single", |(_, word)| word)
    }
}

/// One of the values to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Label shown to people.
    pub label: Option<String>,
    /// Value that is submitted.
    pub value: String,
}

/// A field of a form, or a column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Field {
    /// Name of the field; empty only for fixed texts.
    pub var: String,
    /// Type of the field.
    pub type_: FieldType,
    /// Label shown to people.
    pub label: Option<String>,
    /// More for people.
    pub desc: Option<String>,
    /// Whether it has to be filled in.
    pub required: bool,
    /// Values of the field.
    pub values: Vec<String>,
    /// Options of a list.
    pub options: Vec<Choice>,
    /// A picture shown with it (XEP-0221).
    pub media: Option<Media>,
}

impl Field {
    /// A field without values.
    #[must_use]
    pub fn new(var: impl Into<String>, type_: FieldType) -> Self {
        Field { var: var.into(), type_, ..Field::default() }
    }

    /// The field that tells what the form is about (XEP-0068).
    #[must_use]
    pub fn form_type(namespace: &str) -> Self {
        Field::new("FORM_TYPE", FieldType::Hidden).value(namespace)
    }

    /// Sets the label.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds a value.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Marks the field as required.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    fn parse(element: &Element) -> Self {
        let type_ = element.attr("type").and_then(|word| FIELD_TYPES.iter().find(|(_, w)| *w == word));
        let texts = |name: &'static str| {
            element.children().filter(move |c| c.is(name, ns::DATA_FORMS)).map(Element::text)
        };
        let options = element.children().filter(|c| c.is("option", ns::DATA_FORMS)).filter_map(|o| {
            Some(Choice {
                label: o.attr("label").map(str::to_owned),
                value: o.get_child("value", ns::DATA_FORMS)?.text(),
            })
        });
        Field {
            var: element.attr("var").unwrap_or_default().to_owned(),
            type_: type_.map(|(t, _)| *t).unwrap_or_default(),
            label: element.attr("label").map(str::to_owned),
            desc: texts("desc").next(),
            required: element.has_child("required", ns::DATA_FORMS),
            values: texts("value").collect(),
            options: options.collect(),
            media: element.children().find_map(Media::parse),
        }
    }

    fn write(&self, xml: &mut Xml, typed: bool) {
        xml.open("field");
        if !self.var.is_empty() {
            xml.attr("var", &self.var);
        }
        if typed {
            xml.attr("type", self.type_.as_str());
        }
        xml.attr_opt("label", self.label.as_deref());
        if let Some(desc) = &self.desc {
            xml.text_child("desc", desc);
        }
        if self.required {
            xml.open("required").close();
        }
        for value in &self.values {
            xml.text_child("value", value);
        }
        for option in &self.options {
            xml.open("option")
                .attr_opt("label", option.label.as_deref())
                .text_child("value", &option.value)
                .close();
        }
        if let Some(media) = &self.media {
            media.write(xml);
        }
        xml.close();
    }
}

/// A form, or a table of results.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Form {
    /// Type of the form.
    pub type_: FormType,
    /// Title of the form.
    pub title: Option<String>,
    /// Instructions, a paragraph each.
    pub instructions: Vec<String>,
    /// Fields of the form.
    pub fields: Vec<Field>,
    /// The columns of a table (section 3.4).
    pub reported: Vec<Field>,
    /// The rows of a table, each with fields of the columns' names.
    pub items: Vec<Vec<Field>>,
}

impl Form {
    /// An empty form.
    #[must_use]
    pub fn new(type_: FormType) -> Self {
        Form { type_, ..Form::default() }
    }

    /// Reads an `<x/>`; `None` when it is none.
    #[must_use]
    pub fn parse(x: &Element) -> Option<Self> {
        if !x.is("x", ns::DATA_FORMS) {
            return None;
        }
        let fields =
            |e: &Element| e.children().filter(|c| c.is("field", ns::DATA_FORMS)).map(Field::parse).collect();
        let mut form = Form::new(match x.attr("type") {
            Some("submit") => FormType::Submit,
            Some("cancel") => FormType::Cancel,
            Some("result") => FormType::Result,
            _ => FormType::Form,
        });
        for child in x.children().filter(|c| c.has_ns(ns::DATA_FORMS)) {
            match child.name() {
                "title" => form.title = Some(child.text()),
                "instructions" => form.instructions.push(child.text()),
                "field" => form.fields.push(Field::parse(child)),
                "reported" => form.reported = fields(child),
                "item" => form.items.push(fields(child)),
                _ => {}
            }
        }
        Some(form)
    }

    /// The form among the children of an element.
    #[must_use]
    pub fn find(parent: &Element) -> Option<Self> {
        parent.get_child("x", ns::DATA_FORMS).and_then(Form::parse)
    }

    /// The field of that name.
    #[must_use]
    pub fn field(&self, var: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.var == var)
    }

    /// The first value of a field. Empty and missing values are told apart.
    #[must_use]
    pub fn value(&self, var: &str) -> Option<&str> {
        self.field(var)?.values.first().map(String::as_str)
    }

    /// All values of a field.
    #[must_use]
    pub fn values(&self, var: &str) -> &[String] {
        self.field(var).map_or(&[], |f| &f.values)
    }

    /// The value of a boolean field; `None` when it is missing or neither (section 3.3 with XML's
    /// words for booleans).
    #[must_use]
    pub fn boolean(&self, var: &str) -> Option<bool> {
        match self.value(var)?.trim() {
            "1" | "true" => Some(true),
            "0" | "false" => Some(false),
            _ => None,
        }
    }

    /// `FORM_TYPE` of the form (XEP-0068).
    #[must_use]
    pub fn form_type(&self) -> Option<&str> {
        self.value("FORM_TYPE")
    }

    /// Writes `<x/>`.
    pub fn write(&self, xml: &mut Xml) {
        xml.open_ns("x", ns::DATA_FORMS).attr("type", self.type_.as_str());
        if let Some(title) = &self.title {
            xml.text_child("title", title);
        }
        for paragraph in &self.instructions {
            xml.text_child("instructions", paragraph);
        }
        for field in &self.fields {
            field.write(xml, true);
        }
        if !self.reported.is_empty() {
            xml.open("reported");
            for field in &self.reported {
                field.write(xml, true);
            }
            xml.close();
        }
        for item in &self.items {
            xml.open("item");
            for field in item {
                field.write(xml, false);
            }
            xml.close();
        }
        xml.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::media_element::Uri;

    fn parse(inner: &str) -> Form {
        Form::parse(&format!("<x xmlns='jabber:x:data' {inner}</x>").parse().unwrap()).unwrap()
    }

    fn again(form: &Form) -> Form {
        let mut xml = Xml::new();
        form.write(&mut xml);
        Form::parse(&std::str::from_utf8(&xml.finish()).unwrap().parse().unwrap()).unwrap()
    }

    #[test]
    fn a_form_survives_the_wire() {
        let mut form = Form::new(FormType::Form);
        form.title = Some("a < b".into());
        form.instructions = vec!["one".into(), "two".into()];
        form.fields = FIELD_TYPES
            .iter()
            .map(|(t, word)| Field::new(*word, *t).label("l").value("v").required())
            .collect();
        form.fields[6].options = vec![
            Choice { label: Some("x".into()), value: "y".into() },
            Choice { label: None, value: String::new() },
        ];
        let uri = |uri: &str| Uri { type_: "image/png".into(), uri: uri.into() };
        form.fields[1].media =
            Some(Media { size: Some((300, 300)), uris: vec![uri("cid:a"), uri("https://b")] });
        form.reported = vec![Field::new("jid", FieldType::JidSingle).label("Address")];
        form.items = vec![vec![Field::new("jid", FieldType::TextSingle).value("a@b")]];
        assert_eq!(again(&form), form);
    }

    #[test]
    fn a_strange_form_is_read_as_far_as_it_goes() {
        let form = parse(
            "type='bogus'><instructions>a</instructions><instructions>b</instructions><field><value>only text</value></field>\
             <field var='a' type='colour'><value/><value>2</value></field><field var='b'><option><value>x</value></option><option/></field>\
             <field xmlns='urn:other' var='c'/><bogus/>text",
        );
        assert_eq!(form.type_, FormType::Form);
        assert_eq!(form.instructions, ["a", "b"]);
        assert_eq!(form.fields.len(), 3);
        assert_eq!((form.value("a"), form.values("a")), (Some(""), &["".to_owned(), "2".to_owned()][..]));
        assert_eq!(form.field("b").unwrap().options.len(), 1);
        assert_eq!((form.value("c"), form.boolean("a")), (None, None));
        assert_eq!(Form::parse(&Element::bare("x", "jabber:x:oob")), None);
    }

    #[test]
    fn booleans_have_four_spellings() {
        let form = parse(
            "type='submit'><field var='a'><value>1</value></field><field var='b'><value>false</value></field><field var='c'><value>yes</value></field>",
        );
        assert_eq!(
            [form.boolean("a"), form.boolean("b"), form.boolean("c"), form.boolean("d")],
            [Some(true), Some(false), None, None]
        );
    }
}
