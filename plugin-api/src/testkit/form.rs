//! Forms that a test fills in.

use crate::{
    Error, Result,
    error::Condition,
    types::{Field, Form},
};

/// Answers to questions, as a form.
pub(super) fn answers<K: Into<String>, V: Into<String>>(given: impl IntoIterator<Item = (K, V)>) -> Form {
    given.into_iter().map(|(key, value)| (key.into(), value.into())).collect()
}

/// Refuses a form without a required answer, as the daemon does before the plugin sees it.
pub(super) fn checked(fields: &[Field], form: &Form) -> Result<()> {
    match fields.iter().find(|field| field.required && form.get(&field.var).is_none_or(String::is_empty)) {
        Some(field) => Err(Error::new(Condition::NotAcceptable, format!("{} is missing.", field.label))),
        None => Ok(()),
    }
}
