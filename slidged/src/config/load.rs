//! Puts the layers together.

use crate::config::ConfigError;
use crate::config::DatabaseUrl;
use crate::config::Mode;
use crate::config::State;
use crate::config::database::SQLITE_NAME;
use crate::config::explain::explain;
use crate::config::file::File;
use crate::config::layer::Single;
use crate::config::root::Config;
use crate::config::secret;
use crate::config::value;
use figment::Figment;
use figment::Source;
use figment::value::Value;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

/// Below it, the unit looks for a directory of each instance's name,
const INSTANCES: &str = "/etc/slidged";
/// with this file in it,
const INSTANCE_FILE: &str = "slidge.toml";
/// and this one.
const SECRET_FILE: &str = "component.secret";

/// Sources of the configuration. Everything is handed in, so that tests need no real environment.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The main file; `conf.d/*.toml` beside it is read too. Without it there are only the other
    /// layers.
    pub file: Option<PathBuf>,
    /// All variables of the environment.
    pub environment: Vec<(String, String)>,
    /// Options of the command line.
    pub flags: Vec<Flag>,
}

/// One setting of the command line.
#[derive(Clone, Debug)]
pub struct Flag {
    /// Name as it was written: `--plugin`.
    pub name: String,
    /// Key that it sets: `plugin.path`.
    pub key: String,
    /// The value, as text of the command line.
    pub value: String,
    /// Whether the value is text whatever it looks like, or is read as in the environment.
    pub literal: bool,
}

impl Sources {
    fn variable(&self, name: &str) -> Option<&str> {
        let found = self.environment.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A file that systemd hands to the service (`LoadCredential=`), if it is there.
    fn credential(&self, name: &str) -> Option<PathBuf> {
        let path = Path::new(self.variable("CREDENTIALS_DIRECTORY")?).join(name);
        path.is_file().then_some(path)
    }
}

/// Puts the layers together. Reads the files, but no secret.
///
/// # Errors
///
/// A file cannot be read, or something in one of the layers is wrong: one sentence that names
/// the place.
pub fn load(sources: &Sources) -> Result<Config, ConfigError> {
    let mut files = Vec::new();
    if let Some(path) = &sources.file {
        files.push(File::read(path)?);
        for path in conf_d(path)? {
            files.push(File::read(&path)?);
        }
    }
    let mut figment = Figment::new();
    for file in &files {
        figment = figment.merge(file);
    }
    for layer in environment(sources).into_iter().chain(flags(sources)?) {
        figment = figment.merge(layer);
    }
    let figment = derived(figment, sources);
    let mut config: Config = figment.extract().map_err(|error| explain(&error, &files, files.first()))?;
    check_password(&config, &figment)?;
    check_approval(&config, &figment, &files)?;
    if let Some(why) = config.media.unreachable() {
        return Err(ConfigError::new(format!(
            "{}{why}",
            crate::config::explain::place(&figment, &["media", "listen"], &files)
        )));
    }
    config
        .plugin
        .options
        .place(|option| crate::config::explain::place(&figment, &["plugin", "options", option], &files));
    Ok(config)
}

/// The files of `conf.d` in the order of their names, so that numbers in front decide.
fn conf_d(main: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let directory = main.with_file_name("conf.d");
    let entries = match fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(unreadable(&directory, &error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(&directory, &error))?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.extension().is_some_and(|end| end == "toml") && !hidden {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn unreadable(path: &Path, error: &io::Error) -> ConfigError {
    ConfigError::new(format!("{}: cannot be read: {error}", path.display()))
}

/// `SLIDGED_COMPONENT_SERVER` → `component.server`; sections are single words, keys need not be.
fn environment(sources: &Sources) -> Vec<Single> {
    let layer = |(name, value): &(String, String)| {
        let rest = name.strip_prefix("SLIDGED_")?.to_ascii_lowercase();
        // Those are for the tests of slidged itself.
        if rest.starts_with("test_") || value.is_empty() {
            return None;
        }
        let key = match rest.strip_prefix("plugin_options_") {
            Some(option) => format!("plugin.options.{option}"),
            None => rest.replacen('_', ".", 1),
        };
        Some(Single { name: name.clone(), key, value: parse(value) })
    };
    let mut layers: Vec<_> = sources.environment.iter().filter_map(layer).collect();
    // The environment has no order of its own.
    layers.sort_by(|a, b| a.name.cmp(&b.name));
    layers
}

fn flags(sources: &Sources) -> Result<Vec<Single>, ConfigError> {
    let layer = |flag: &Flag| {
        let parts: Vec<_> = flag.key.split('.').collect();
        if parts.len() < 2 || parts.contains(&"") {
            return Err(ConfigError::new(format!(
                "{}: \"{}\" is no key: write SECTION.KEY=VALUE, such as log.level=debug",
                flag.name, flag.key
            )));
        }
        let value = if flag.literal { Value::from(flag.value.clone()) } else { parse(&flag.value) };
        Ok(Single { name: flag.name.clone(), key: flag.key.clone(), value })
    };
    sources.flags.iter().map(layer).collect()
}

/// Numbers, `true`, `false`, `[lists]` and `{tables}` are what they look like; the rest is text.
fn parse(text: &str) -> Value {
    let Ok(value) = text.parse();
    value
}

/// The weakest layer: defaults that follow from other settings and from the service manager.
fn derived(figment: Figment, sources: &Sources) -> Figment {
    let text = |figment: &Figment, key: &str| figment.find_value(key).ok().and_then(Value::into_string);
    let default = |figment: Figment, key: &str, value: Value| {
        figment.join(Single { name: "default".into(), key: key.into(), value })
    };
    // Without a jid, loading fails with a sentence about that.
    let jid = text(&figment, "component.jid").and_then(|jid| value::domain(&jid));
    let jid = jid.map(|jid| jid.to_string()).unwrap_or_default();
    let parent = jid.split_once('.').map(|(_, parent)| Value::from(parent));
    let directory = match sources.variable("STATE_DIRECTORY") {
        // systemd lists them with colons in between when the unit asks for several.
        Some(directories) => PathBuf::from(directories.split(':').next().unwrap_or(directories)),
        None => Path::new(State::ROOT)
            .join(sources.file.as_deref().and_then(instance).unwrap_or_else(|| OsString::from(&jid))),
    };
    let mut figment = default(figment, "state.directory", directory.to_string_lossy().into_owned().into());
    figment = default(figment, "registration.allow", parent.into_iter().collect::<Vec<_>>().into());
    for (name, key) in [
        ("component-secret", "component.secret_file"),
        ("key", "state.key_file"),
        ("database-url", "database.url_file"),
    ] {
        if let Some(path) = sources.credential(name) {
            figment = default(figment, key, path.to_string_lossy().into_owned().into());
        }
    }
    if let Some(path) = sources.file.as_deref().and_then(secret_beside) {
        figment = default(figment, "component.secret_file", path.to_string_lossy().into_owned().into());
    }
    let state = figment.extract_inner("state.directory").ok();
    let file = state.and_then(|state| value::absolute(&state).ok()).unwrap_or(directory).join(SQLITE_NAME);
    default(figment, "database.url", DatabaseUrl::sqlite(&file).expose().into())
}

/// The instance that the service's unit calls by this file, whose state is in a directory of the
/// same name.
fn instance(file: &Path) -> Option<OsString> {
    let file = std::path::absolute(file).ok()?;
    let directory = file.parent().filter(|directory| directory.parent() == Some(Path::new(INSTANCES)))?;
    (file.file_name()? == INSTANCE_FILE).then(|| directory.file_name().map(OsString::from)).flatten()
}

/// The file that the unit's credential comes from, if it is there.
fn secret_beside(file: &Path) -> Option<PathBuf> {
    std::path::absolute(file.with_file_name(SECRET_FILE)).ok().filter(|path| path.is_file())
}

/// Checks that registrations with approval have an administrator who can approve them.
fn check_approval(config: &Config, figment: &Figment, files: &[File]) -> Result<(), ConfigError> {
    if config.registration.mode != Mode::Approval || !config.registration.admins.is_empty() {
        return Ok(());
    }
    let place = crate::config::explain::place(figment, &["registration", "mode"], files);
    Err(ConfigError::new(format!(
        "{place}mode = \"approval\" in [registration] needs somebody who approves: name them, such as \
         admins = [\"juliet@example.org\"]"
    )))
}

/// A password in the database's URL must not lie open.
fn check_password(config: &Config, figment: &Figment) -> Result<(), ConfigError> {
    if !config.database.url.has_password() {
        return Ok(());
    }
    let Some(metadata) = figment.find_metadata("database.url") else { return Ok(()) };
    match metadata.source.as_ref().and_then(Source::file_path) {
        Some(path) => secret::check_permissions(path)
            .map_err(|error| ConfigError::new(format!("{error}. It holds the database's password"))),
        None if metadata.name.starts_with("--") => Err(ConfigError::new(format!(
            "{}: every user of this machine can read a password on the command line: put the URL into a file and \
             name it with database.url_file",
            metadata.name
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_known_by_where_the_unit_looks_for_its_file() {
        let of = |path: &str| instance(Path::new(path)).map(|name| name.into_string().unwrap());
        assert_eq!(of("/etc/slidged/whatsapp/slidge.toml").as_deref(), Some("whatsapp"));
        for other in
            ["/etc/slidged/slidge.toml", "/etc/slidged/whatsapp/other.toml", "/srv/whatsapp/slidge.toml"]
        {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
