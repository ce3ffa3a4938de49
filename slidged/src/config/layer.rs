//! The layers of the configuration, as figment wants them, and where in them a key stands.

use super::ConfigError;
use figment::{
    Metadata, Profile, Provider,
    providers::Format as _,
    util::nest,
    value::{Dict, Map, Value},
};
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};
use toml_edit::ImDocument;

/// The reference file is 8 KiB; nobody writes a hundred times that by hand.
const MAX_FILE: u64 = 1 << 20;

/// A TOML file.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl File {
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = || {
            let mut text = String::new();
            fs::File::open(path)?.take(MAX_FILE + 1).read_to_string(&mut text)?;
            if text.len() as u64 > MAX_FILE {
                Err(io::Error::other("it is larger than 1 MiB"))
            } else {
                Ok(text)
            }
        };
        let text = text()
            .map_err(|error| ConfigError::new(format!("{}: cannot be read: {error}", path.display())))?;
        let file = Self { path: path.to_owned(), text };
        match ImDocument::parse(file.text.as_str()) {
            Ok(_) => Ok(file),
            Err(error) => {
                let line = line(&file.text, error.span().map_or(0, |span| span.start));
                // The parser's sentence without its drawing, which would show the line itself.
                let why = error.message().trim().replace('\n', ", ");
                Err(ConfigError::new(format!("{}:{line}: this is not TOML: {why}", path.display())))
            }
        }
    }

    /// The line on which the last part of this path stands, or the deepest part that does.
    pub(super) fn line_of(&self, path: &[String]) -> Option<usize> {
        let document = ImDocument::parse(self.text.as_str()).ok()?;
        let (mut item, mut found) = (document.as_item(), None);
        for part in path {
            let Some(table) = item.as_table_like() else {
                // An entry of a list; nothing below it has a name.
                let entry = item.as_array().and_then(|array| array.get(part.parse().ok()?));
                found = entry.and_then(toml_edit::Value::span).or(found);
                break;
            };
            let Some((key, below)) = table.get_key_value(part) else { break };
            found = key.span().or(found);
            item = below;
        }
        found.map(|span| line(&self.text, span.start))
    }
}

fn line(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

impl Provider for File {
    fn metadata(&self) -> Metadata {
        Metadata::from("file", self.path.as_path())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let dict = figment::providers::Toml::from_str(&self.text).map_err(|error| error.to_string())?;
        Ok(Profile::Default.collect(dict))
    }
}

/// One value from elsewhere: a variable of the environment, an option of the command line.
pub(super) struct Single {
    /// Name that people know it by: `SLIDGED_LOG_LEVEL`, `--plugin`.
    pub(super) name: String,
    /// `section.key`
    pub(super) key: String,
    pub(super) value: Value,
}

impl Provider for Single {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let dict = nest(&self.key, self.value.clone()).into_dict().unwrap_or_default();
        Ok(Profile::Default.collect(dict))
    }
}
