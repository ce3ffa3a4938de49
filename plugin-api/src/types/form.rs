//! Forms (XEP-0004), as plugins define them and as users fill them in.

use super::{choices, messages};
use std::collections::BTreeMap;

/// Answers of a user, by [`Field::var`]. Fields of several values have one a line.
pub type Form = BTreeMap<String, String>;

choices! {
    /// Kind of a field (XEP-0004).
    pub enum FieldType {
        /// One line.
        #[default]
        TextSingle,
        /// Several lines.
        TextMulti,
        /// A line that is not shown while it is typed, nor ever again.
        TextPrivate,
        /// Yes or no: `true` or `false`.
        Boolean,
        /// Text to read.
        Fixed,
        /// A field that is not shown.
        Hidden,
        /// One of the options.
        ListSingle,
        /// Any of the options.
        ListMulti,
        /// An XMPP address.
        JidSingle,
        /// Several XMPP addresses.
        JidMulti,
    }
}

messages! {
    /// A question of a form.
    pub struct Field {
        /// Name by which the answer is found: `phone`.
        var: String,
        /// Question that the user reads: `Your phone number`.
        label: String,
        /// The answer must not be empty; default: no.
        required: bool,
        /// Kind of answer; default: one line of text.
        kind: FieldType,
        /// Answer to start from; for the list kinds the `value` of an option.
        value: String,
        /// Choices, for the list kinds.
        options: Vec<FieldOption>,
        /// Address of a picture to show with it (XEP-0221).
        image_url: Option<String>,
    }
    /// A choice of a list field.
    pub struct FieldOption {
        /// Choice that the user reads.
        label: String,
        /// Answer that it stands for.
        value: String,
    }
}

impl FieldOption {
    /// A choice.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        FieldOption { label: label.into(), value: value.into() }
    }
}

impl Field {
    /// A column of addresses, for [`Table::fields`](super::Table::fields): its cells are ids of the
    /// network.
    pub fn addresses(var: impl Into<String>, label: impl Into<String>) -> Self {
        Field { kind: FieldType::JidSingle, ..Field::text(var, label) }
    }

    /// A line of text.
    pub fn text(var: impl Into<String>, label: impl Into<String>) -> Self {
        Field { var: var.into(), label: label.into(), ..Field::default() }
    }

    /// A password or the like: never shown again.
    pub fn private(var: impl Into<String>, label: impl Into<String>) -> Self {
        Field { kind: FieldType::TextPrivate, ..Field::text(var, label) }
    }

    /// Yes or no.
    pub fn boolean(var: impl Into<String>, label: impl Into<String>, value: bool) -> Self {
        Field { kind: FieldType::Boolean, value: value.to_string(), ..Field::text(var, label) }
    }

    /// One of several.
    pub fn choice(var: impl Into<String>, label: impl Into<String>, options: Vec<FieldOption>) -> Self {
        Field { kind: FieldType::ListSingle, options, ..Field::text(var, label) }
    }

    /// Makes the field required.
    pub fn required(self) -> Self {
        Field { required: true, ..self }
    }

    /// Sets the initial value.
    pub fn value(self, value: impl Into<String>) -> Self {
        Field { value: value.into(), ..self }
    }
}
