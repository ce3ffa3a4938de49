//! A configuration of a test, and what is said of it.

use slidged::config::{Config, Flag, Sources};
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};
use tempfile::TempDir;

/// Smallest valid configuration.
pub(crate) const SMALLEST: &str = "[component]\njid = \"gw.example.org\"\n[plugin]\npath = \"/p.so\"\n";

/// A directory with a `slidge.toml` in it.
pub(crate) struct Place {
    directory: TempDir,
    pub(crate) sources: Sources,
}

impl Place {
    pub(crate) fn new(text: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("slidge.toml");
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        Self { directory, sources: Sources { file: Some(file), ..Sources::default() } }
    }

    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.sources.environment.push((name.into(), value.into()));
        self
    }

    pub(crate) fn flag(mut self, name: &str, key: &str, value: &str) -> Self {
        let literal = !name.starts_with("--set");
        self.sources.flags.push(Flag { name: name.into(), key: key.into(), value: value.into(), literal });
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn load(&self) -> Config {
        slidged::config::load(&self.sources).unwrap()
    }

    /// The error, with the directory's name cut out.
    pub(crate) fn error(&self) -> String {
        let text = slidged::config::load(&self.sources).unwrap_err().to_string();
        text.replace(&format!("{}/", self.directory.path().display()), "")
    }
}

pub(crate) fn check(text: &str, error: &str) {
    assert_eq!(Place::new(text).error(), error, "\n{text}");
}
