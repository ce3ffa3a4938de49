//! Forms as plugins define them: on the wire (XEP-0004), and what users filled in, checked.

use crate::xmpp::forms::{self, Choice, FormType};
use plugin_api::{Field, FieldType, Form};

/// The form for the user to fill in. `current` are values to start from; private ones are never shown.
pub(super) fn form(title: &str, instructions: &str, fields: &[Field], current: &Form) -> forms::Form {
    let mut form = forms::Form::new(FormType::Form);
    form.title = Some(title.to_owned());
    form.instructions = instructions.lines().map(str::to_owned).collect();
    form.fields.extend(fields.iter().map(|field| wire(field, current)));
    form
}

fn wire(field: &Field, current: &Form) -> forms::Field {
    let private = field.kind == FieldType::TextPrivate;
    let value = current.get(&field.var).filter(|_| !private).unwrap_or(&field.value);
    let mut wire = forms::Field::new(&*field.var, field_type(field.kind));
    wire.label = (!field.label.is_empty()).then(|| field.label.clone());
    wire.required = field.required;
    wire.values = value.lines().map(str::to_owned).collect();
    wire.options = field
        .options
        .iter()
        .map(|option| Choice { label: Some(option.label.clone()), value: option.value.clone() })
        .collect();
    wire
}

fn field_type(kind: FieldType) -> forms::FieldType {
    match kind {
        FieldType::TextSingle | FieldType::Unknown => forms::FieldType::TextSingle,
        FieldType::TextMulti => forms::FieldType::TextMulti,
        FieldType::TextPrivate => forms::FieldType::TextPrivate,
        FieldType::Boolean => forms::FieldType::Boolean,
        FieldType::Fixed => forms::FieldType::Fixed,
        FieldType::Hidden => forms::FieldType::Hidden,
        FieldType::ListSingle => forms::FieldType::ListSingle,
        FieldType::ListMulti => forms::FieldType::ListMulti,
        FieldType::JidSingle => forms::FieldType::JidSingle,
        FieldType::JidMulti => forms::FieldType::JidMulti,
    }
}

/// Longer than any password or token.
const MAX_VALUE: usize = 16 << 10;

/// What the user filled in, checked against the fields. `values` finds what was given for a field.
///
/// # Errors
///
/// A sentence for the user, naming the field.
pub(super) fn checked<'a>(fields: &[Field], values: impl Fn(&str) -> &'a [String]) -> Result<Form, String> {
    let mut filled = Form::new();
    for field in fields {
        let label = if field.label.is_empty() { &field.var } else { &field.label };
        let given = values(&field.var).join("\n");
        if given.is_empty() && field.required {
            return Err(format!("“{label}” is missing"));
        }
        let value = if given.is_empty() { field.value.clone() } else { given };
        if value.len() > MAX_VALUE {
            return Err(format!("“{label}” is too long"));
        }
        let value = match field.kind {
            FieldType::Boolean => matches!(value.trim(), "1" | "true").to_string(),
            FieldType::ListSingle
                if !value.is_empty() && !field.options.iter().any(|option| option.value == value) =>
            {
                return Err(format!("“{label}” is not one of the choices"));
            }
            _ => value,
        };
        filled.insert(field.var.clone(), value);
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(field: Field, given: &str) -> Result<String, String> {
        let given = vec![given.to_owned()];
        checked(&[field], |_| &given).map(|mut form| form.remove("x").unwrap_or_default())
    }

    #[test]
    fn what_is_filled_in_is_checked_in_the_users_words() {
        assert_eq!(check(Field::text("x", "Nick").required(), ""), Err("“Nick” is missing".into()));
        assert_eq!(check(Field::text("x", "Nick").value("joe"), ""), Ok("joe".into()));
        assert_eq!(check(Field::text("x", "Nick"), &"x".repeat(20_000)), Err("“Nick” is too long".into()));
        assert_eq!(check(Field::boolean("x", "Sure", false), "1"), Ok("true".into()));
        assert_eq!(check(Field::boolean("x", "Sure", false), "maybe"), Ok("false".into()));
        let choice = Field::choice(
            "x",
            "Server",
            vec![plugin_api::FieldOption { label: "A".into(), value: "a".into() }],
        );
        assert_eq!(check(choice.clone(), "a"), Ok("a".into()));
        assert_eq!(check(choice, "b"), Err("“Server” is not one of the choices".into()));
    }

    #[test]
    fn private_values_are_never_shown() {
        let current = Form::from([("x".to_owned(), "secret".to_owned())]);
        let shown = form("t", "i", &[Field::private("x", "Password")], &current);
        assert!(shown.fields[0].values.is_empty());
    }
}
