//! A file of the configuration, with the places of its keys.

use crate::config::ConfigError;
use crate::config::layer::MAX_FILE;
use figment::Metadata;
use figment::Profile;
use figment::Provider;
use figment::providers::Format as _;
use figment::value::Dict;
use figment::value::Map;
use std::fs;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use toml_edit::ImDocument;

/// A TOML file.
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
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
    pub(crate) fn line_of(&self, path: &[String]) -> Option<usize> {
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

pub(crate) fn line(text: &str, offset: usize) -> usize {
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
