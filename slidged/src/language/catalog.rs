//! The catalogues, read once.

use super::Language;
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue, concurrent::FluentBundle};
use std::sync::LazyLock;

/// Argument of a text: words, or a number that the text's plural goes by.
#[derive(Debug, Clone)]
pub enum Argument {
    /// Words.
    Text(String),
    /// A number.
    Number(u64),
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Argument::Text(text.to_owned())
    }
}

impl From<&String> for Argument {
    fn from(text: &String) -> Self {
        Argument::Text(text.clone())
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Argument::Text(text)
    }
}

impl From<usize> for Argument {
    fn from(number: usize) -> Self {
        Argument::Number(number as u64)
    }
}

impl From<u64> for Argument {
    fn from(number: u64) -> Self {
        Argument::Number(number)
    }
}

type Bundle = FluentBundle<FluentResource>;

static CATALOGS: LazyLock<[Bundle; 4]> = LazyLock::new(|| Language::ALL.map(read));

/// The catalogue as it is written.
pub(super) fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("en.ftl"),
        Language::French => include_str!("fr.ftl"),
        Language::German => include_str!("de.ftl"),
        Language::Spanish => include_str!("es.ftl"),
    }
}

fn read(language: Language) -> Bundle {
    // What cannot be read is left out, and falls back to English or to its id; the tests find it.
    let resource = FluentResource::try_new(source(language).to_owned()).unwrap_or_else(|(read, _)| read);
    let mut bundle = Bundle::new_concurrent(vec![language.tag().parse().unwrap_or_default()]);
    // Marks around what is put in would be read aloud and copied along.
    bundle.set_use_isolating(false);
    drop(bundle.add_resource(resource));
    bundle
}

/// The text of that id. `id.attribute` names an attribute.
pub(super) fn text(language: Language, id: &str, arguments: &[(&str, Argument)]) -> String {
    let mut errors = Vec::new();
    let text = format(language, id, arguments, &mut errors)
        .or_else(|| format(Language::English, id, arguments, &mut errors));
    if !errors.is_empty() {
        tracing::error!(id, ?errors, "a text cannot be said as it should be");
    }
    text.unwrap_or_else(|| {
        tracing::error!(id, "a text is missing");
        id.to_owned()
    })
}

/// Formats a text in this language only; none when it lacks the text.
pub(super) fn format(
    language: Language,
    id: &str,
    arguments: &[(&str, Argument)],
    errors: &mut Vec<FluentError>,
) -> Option<String> {
    let arguments: FluentArgs = arguments
        .iter()
        .map(|(name, argument)| {
            let value = match argument {
                Argument::Text(text) => FluentValue::from(text.as_str()),
                Argument::Number(number) => FluentValue::from(*number),
            };
            (*name, value)
        })
        .collect();
    let bundle = &CATALOGS[Language::ALL.iter().position(|known| *known == language)?];
    let (id, attribute) = id.split_once('.').map_or((id, None), |(id, attribute)| (id, Some(attribute)));
    let message = bundle.get_message(id)?;
    let pattern = match attribute {
        Some(attribute) => message.get_attribute(attribute)?.value(),
        None => message.value()?,
    };
    Some(bundle.format_pattern(pattern, Some(&arguments), errors).into_owned())
}
