//! Errors of a configuration, in sentences that name the place.

use crate::config::error::ConfigError;
use crate::config::file::File;
use crate::config::keys;
use crate::config::nearest::nearest;
use figment::Error;
use figment::Figment;
use figment::Metadata;
use figment::Source;
use figment::error::Actual;
use figment::error::Kind;

/// Required keys: section, name, and how to set it.
pub(crate) const REQUIRED: [(&str, &str, &str); 2] = [
    ("component", "jid", "the domain of this gateway, such as jid = \"gw.example.org\""),
    (
        "plugin",
        "path",
        "the plugin to load, such as path = \"/usr/local/lib/slidged/libsuperduper.so\", or --plugin FILE",
    ),
];

/// The error of a figment in our words. `main` is the file that `--config` names.
pub(crate) fn explain(error: &Error, files: &[File], main: Option<&File>) -> ConfigError {
    if let Kind::MissingField(field) = &error.kind {
        let place = main.map_or_else(
            || "no configuration file is given (--config FILE), and ".to_owned(),
            |file| format!("{}: ", file.path.display()),
        );
        return ConfigError::new(format!("{place}{}", missing(&error.path, field)));
    }
    let place = error.metadata.as_ref().map(|metadata| shown(metadata, &error.path, files));
    ConfigError::new(format!("{}{}", place.unwrap_or_default(), sentence(error)))
}

/// Place of a value, to be put in front of a sentence about it.
pub(crate) fn place(figment: &Figment, path: &[&str], files: &[File]) -> String {
    let metadata = figment.find_metadata(&path.join("."));
    let path: Vec<_> = path.iter().map(|part| (*part).to_owned()).collect();
    metadata.map(|metadata| shown(metadata, &path, files)).unwrap_or_default()
}

pub(crate) fn shown(metadata: &Metadata, key: &[String], files: &[File]) -> String {
    let Some(path) = metadata.source.as_ref().and_then(Source::file_path) else {
        return format!("{}: ", metadata.name);
    };
    let line = files.iter().find(|file| file.path == path).and_then(|file| file.line_of(key));
    match line {
        Some(line) => format!("{}:{line}: ", path.display()),
        None => format!("{}: ", path.display()),
    }
}

pub(crate) fn missing(path: &[String], field: &str) -> String {
    let section = path.first().map_or(field, String::as_str);
    match REQUIRED.iter().find(|(name, key, _)| *name == section && (path.is_empty() || *key == field)) {
        Some((section, key, what)) => format!("{key} is missing in [{section}]: {what}"),
        None => format!("{field} is missing in [{section}]"),
    }
}

pub(crate) fn sentence(error: &Error) -> String {
    let name = || key_name(&error.path);
    match &error.kind {
        Kind::UnknownField(field, known) => unknown(&error.path, field, known),
        Kind::InvalidType(actual, expected) | Kind::InvalidValue(actual, expected) => {
            format!("{} must be {}, not {}", name(), expectation(expected), found(actual))
        }
        Kind::UnknownVariant(found, known) => {
            let choices: Vec<_> = known.iter().map(|choice| format!("\"{choice}\"")).collect();
            let hint =
                nearest(found, known).map(|near| format!(", did you mean \"{near}\"?")).unwrap_or_default();
            format!("{} must be one of {}, not \"{found}\"{hint}", name(), choices.join(", "))
        }
        Kind::Message(text) => format!("{} {text}", name()),
        other => format!("{}: {other}", name()),
    }
}

/// `["registration", "allow", "0"]` → `allow[0] in [registration]`
pub(crate) fn key_name(path: &[String]) -> String {
    let Some((section, keys)) = path.split_first() else { return "the configuration".into() };
    let mut name = String::new();
    for part in keys {
        match part.parse::<usize>() {
            Ok(index) => name.push_str(&format!("[{index}]")),
            Err(_) if name.is_empty() => name.push_str(part),
            Err(_) => name.push_str(&format!(".{part}")),
        }
    }
    if name.is_empty() { format!("[{section}]") } else { format!("{name} in [{section}]") }
}

pub(crate) fn unknown(path: &[String], field: &str, known: &[&str]) -> String {
    let sections = keys::sections();
    let Some(section) = path.len().checked_sub(2).and_then(|parent| path.get(parent)) else {
        let hint = match sections.iter().find(|section| section.keys.contains(&field)) {
            Some(section) => format!(": it belongs in [{}]", section.name),
            None => match nearest(field, known) {
                Some(near) => format!(", did you mean [{near}]?"),
                None => format!("; there are [{}]", known.join("], [")),
            },
        };
        return format!("unknown section [{field}]{hint}");
    };
    let elsewhere = sections.iter().find(|section| section.keys.contains(&field));
    let hint = match (nearest(field, known), elsewhere) {
        (_, Some(section)) => format!(": it belongs in [{}]", section.name),
        (Some(near), None) => format!(", did you mean \"{near}\"?"),
        (None, None) => format!("; there are {}", known.join(", ")),
    };
    format!("unknown key \"{field}\" in [{section}]{hint}")
}

pub(crate) fn expectation(expected: &str) -> String {
    match expected {
        "a string" | "a borrowed string" => "text in quotes".into(),
        "a boolean" => "true or false".into(),
        "a sequence" => "a list in [ ]".into(),
        "a map" => "a table".into(),
        _ if expected.starts_with("struct ") => "a section of its own, with its name in [ ]".into(),
        _ => expected.into(),
    }
}

pub(crate) fn found(actual: &Actual) -> String {
    match actual {
        Actual::Bool(value) => value.to_string(),
        Actual::Unsigned(value) => value.to_string(),
        Actual::Signed(value) => value.to_string(),
        Actual::Float(value) => value.to_string(),
        Actual::Char(value) => format!("\"{value}\""),
        Actual::Str(value) => format!("\"{}\"", value.escape_debug()),
        Actual::Seq => "a list".into(),
        Actual::Map => "a table".into(),
        Actual::Other(value) => value.clone(),
        other => other.to_string(),
    }
}
