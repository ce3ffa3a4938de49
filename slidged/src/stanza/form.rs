//! Questions and tables of commands as data forms (XEP-0004), and back.

use crate::{
    language::Language,
    say,
    xmpp::forms::{self, Choice, FormType},
};
use jid::Jid;
use plugin_api::{Field, FieldOption, FieldType, Form, Table};

/// Longer than any password or token. Bytes.
const MAX_VALUE: usize = 16 << 10;
/// Choices that are listed in a sentence: as many as one can take in.
const MOST_CHOICES: usize = 20;
/// Rows of a table that fit into a stanza.
const MAX_ROWS: usize = 1000;

/// The form for somebody to fill in. `current` are values to start from; private ones are never
/// shown.
pub fn form(title: &str, instructions: &str, fields: &[Field], current: &Form) -> forms::Form {
    let mut form = forms::Form::new(FormType::Form);
    form.title = (!title.is_empty()).then(|| title.to_owned());
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

/// A table as a form with results.
pub fn table(table: &Table) -> forms::Form {
    let mut form = forms::Form::new(FormType::Result);
    form.title = (!table.description.is_empty()).then(|| table.description.clone());
    let reported = table.fields.iter().map(|field| {
        let mut reported = forms::Field::new(&*field.var, field_type(field.kind));
        reported.label = (!field.label.is_empty()).then(|| field.label.clone());
        reported
    });
    form.reported = reported.collect();
    let row = |item: &Form| {
        let cells = table.fields.iter().map(|field| forms::Field {
            var: field.var.clone(),
            values: vec![item.get(&field.var).cloned().unwrap_or_default()],
            ..forms::Field::default()
        });
        cells.collect()
    };
    form.items = table.items.iter().take(MAX_ROWS).map(row).collect();
    form
}

/// Checks a submission against the fields. `values` finds the values that were given for a field.
///
/// # Errors
///
/// A sentence for the user, naming the field.
pub fn filled<'a>(
    language: Language,
    fields: &[Field],
    values: impl Fn(&str) -> &'a [String],
) -> Result<Form, String> {
    let mut filled = Form::new();
    for field in fields.iter().filter(|field| field.kind != FieldType::Fixed) {
        let given = values(&field.var).join("\n");
        filled.insert(field.var.clone(), value(language, field, given)?);
    }
    Ok(filled)
}

/// The value of a field, checked.
///
/// # Errors
///
/// A sentence for the user, naming the field.
pub fn value(language: Language, field: &Field, given: String) -> Result<String, String> {
    let label = if field.label.is_empty() { &field.var } else { &field.label };
    if given.trim().is_empty() && field.required {
        return Err(say!(language, "field-missing", field = label));
    }
    let value = if given.is_empty() { field.value.clone() } else { given };
    if value.len() > MAX_VALUE {
        return Err(say!(language, "field-too-long", field = label));
    }
    let offered = |value: &str| field.options.iter().any(|option| option.value == value);
    let address = |value: &str| value.len() <= 3071 && Jid::new(value.trim()).is_ok();
    match field.kind {
        FieldType::Boolean => Ok(matches!(value.trim(), "1" | "true").to_string()),
        FieldType::ListSingle if !value.is_empty() && !offered(&value) => {
            Err(say!(language, "field-no-choice", field = label, choices = choices(field)))
        }
        FieldType::ListMulti if !value.lines().all(offered) => {
            Err(say!(language, "field-no-choice", field = label, choices = choices(field)))
        }
        FieldType::JidSingle if !value.is_empty() && !address(&value) => {
            Err(say!(language, "field-no-address", field = label))
        }
        FieldType::JidMulti if !value.lines().all(address) => {
            Err(say!(language, "field-no-address", field = label))
        }
        _ => Ok(value),
    }
}

/// Choices of a field, for people.
fn choices(field: &Field) -> String {
    let label = |option: &FieldOption| match option.label.as_str() {
        "" => option.value.clone(),
        label => label.to_owned(),
    };
    let mut shown: Vec<_> = field.options.iter().take(MOST_CHOICES).map(label).collect();
    if field.options.len() > MOST_CHOICES {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use crate::stanza::form::*;

    fn check(field: Field, given: &str) -> Result<String, String> {
        let given = vec![given.to_owned()];
        filled(Language::English, &[field], |_| &given).map(|mut form| form.remove("x").unwrap_or_default())
    }

    #[test]
    fn what_is_filled_in_is_checked_in_the_users_words() {
        assert_eq!(check(Field::text("x", "Nick").required(), ""), Err("“Nick” is missing.".into()));
        assert_eq!(check(Field::text("x", "Nick").value("joe"), ""), Ok("joe".into()));
        assert_eq!(check(Field::text("x", "Nick"), &"x".repeat(20_000)), Err("“Nick” is too long.".into()));
        assert_eq!(check(Field::boolean("x", "Sure", false), "1"), Ok("true".into()));
        assert_eq!(check(Field::boolean("x", "Sure", false), "maybe"), Ok("false".into()));
    }

    #[test]
    fn k23_only_choices_and_addresses_are_taken() {
        let options = ["a", "b"].map(|v| FieldOption { label: v.to_uppercase(), value: v.into() });
        let one = Field::choice("x", "Server", options.to_vec());
        let several = Field { kind: FieldType::ListMulti, ..one.clone() };
        let wrong = Err("“Server” is not one of the choices: A, B.".to_owned());
        assert_eq!(check(one.clone(), "a"), Ok("a".into()));
        assert_eq!(check(one, "c"), wrong);
        assert_eq!(check(several.clone(), "a\nb"), Ok("a\nb".into()));
        assert_eq!(check(several, "a\nc"), wrong);
        let address = Field { kind: FieldType::JidSingle, ..Field::text("x", "Who") };
        assert_eq!(check(address.clone(), "a@b"), Ok("a@b".into()));
        assert_eq!(check(address, "a@@b"), Err("“Who” is not an address.".into()));
    }

    #[test]
    fn private_values_are_never_shown() {
        let current = Form::from([("x".to_owned(), "secret".to_owned())]);
        let shown = form("t", "i", &[Field::private("x", "Password")], &current);
        assert!(shown.fields[0].values.is_empty());
    }
}
