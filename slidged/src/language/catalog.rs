//! The catalogues, read once.

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

/// The catalogues as they are written, by the tag of their language (BCP 47); English first.
const SOURCES: [(&str, &str); 4] = [
    ("en", include_str!("en.ftl")),
    ("fr", include_str!("fr.ftl")),
    ("de", include_str!("de.ftl")),
    ("es", include_str!("es.ftl")),
];

static CATALOGS: LazyLock<[(&str, Bundle); 4]> =
    LazyLock::new(|| SOURCES.map(|(tag, source)| (tag, read(tag, source))));

/// The catalogue of a language as it is written.
#[cfg(test)]
pub(super) fn source(tag: &str) -> &'static str {
    SOURCES.iter().find(|(known, _)| *known == tag).map_or("", |(_, source)| source)
}

fn read(tag: &str, source: &str) -> Bundle {
    // What cannot be read is left out, and falls back to English or to its id; the tests find it.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(read, _)| read);
    let mut bundle = Bundle::new_concurrent(vec![tag.parse().unwrap_or_default()]);
    // Marks around what is put in would be read aloud and copied along.
    bundle.set_use_isolating(false);
    drop(bundle.add_resource(resource));
    bundle
}

/// The text of that id. `id.attribute` names an attribute.
pub(super) fn text(tag: &str, id: &str, arguments: &[(&str, Argument)]) -> String {
    let mut errors = Vec::new();
    let text =
        format(tag, id, arguments, &mut errors).or_else(|| format(SOURCES[0].0, id, arguments, &mut errors));
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
    tag: &str,
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
    let (_, bundle) = CATALOGS.iter().find(|(known, _)| *known == tag)?;
    let (id, attribute) = id.split_once('.').map_or((id, None), |(id, attribute)| (id, Some(attribute)));
    let message = bundle.get_message(id)?;
    let pattern = match attribute {
        Some(attribute) => message.get_attribute(attribute)?.value(),
        None => message.value()?,
    };
    Some(bundle.format_pattern(pattern, Some(&arguments), errors).into_owned())
}
