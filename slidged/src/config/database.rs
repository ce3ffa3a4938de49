//! `[database]`: SQLite or PostgreSQL.

use crate::config::secret;
use crate::config::value;
use secrecy::ExposeSecret;
use secrecy::SecretString;
use serde::Deserialize;
use serde::Deserializer;
use std::fmt;
use std::path::Path;
use std::path::PathBuf;

/// The name of the database's file in the state directory.
pub(super) const SQLITE_NAME: &str = "slidged.sqlite";

/// The section `[database]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// URL of the database.
    pub url: DatabaseUrl,
    /// A file that holds the URL, for one with a password. Wins over `url`.
    #[serde(default, deserialize_with = "value::optional_path")]
    pub url_file: Option<PathBuf>,
    /// Durability of a commit.
    #[serde(default)]
    pub durability: Durability,
}

impl Database {
    /// The URL to connect to: that in `url_file` when there is one.
    ///
    /// # Errors
    ///
    /// `url_file` cannot be read, can be read by every user of the machine, or holds something
    /// else.
    pub fn resolve(&self) -> Result<DatabaseUrl, secret::SecretError> {
        let Some(path) = &self.url_file else { return Ok(self.url.clone()) };
        let text = secret::read(path)?;
        DatabaseUrl::parse(text.expose_secret())
            .ok_or_else(|| secret::SecretError::Content { path: path.clone(), expected: EXPECTED })
    }
}

/// Durability of a commit. Only matters for SQLite; PostgreSQL has its own settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// A killed process. The default: one disk flush per checkpoint instead of one per commit.
    #[default]
    Normal,
    /// A power cut too.
    Full,
}

/// A database's URL; it may hold a password, which is never shown.
#[derive(Clone)]
pub struct DatabaseUrl(SecretString);

const EXPECTED: &str = "\"sqlite:///path\" or \"postgres://user@host/name\"";

impl DatabaseUrl {
    /// `None` if it is neither SQLite's nor PostgreSQL's.
    pub fn parse(url: &str) -> Option<Self> {
        let known = ["sqlite:", "postgres://", "postgresql://"];
        let rest = known.iter().find_map(|scheme| url.strip_prefix(scheme))?;
        (!rest.trim_matches('/').is_empty()).then(|| Self(url.into()))
    }

    /// The URL of an SQLite database in this file.
    pub fn sqlite(path: &Path) -> Self {
        let path = path.to_string_lossy();
        let path = path.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
        Self(format!("sqlite://{path}").into())
    }

    /// The URL with its password, for the database's driver only.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The file of an SQLite database; `None` for one in memory and for PostgreSQL.
    pub fn sqlite_path(&self) -> Option<PathBuf> {
        let url = self.expose().strip_prefix("sqlite:")?;
        let path =
            url.strip_prefix("//").unwrap_or(url).split('?').next().filter(|path| *path != ":memory:")?;
        let path = path.replace("%23", "#").replace("%3F", "?").replace("%25", "%");
        Some(PathBuf::from(path))
    }

    /// Whether it holds a password.
    pub fn has_password(&self) -> bool {
        self.expose().contains("password=") || self.userinfo().is_some_and(|(_, user, _)| user.contains(':'))
    }

    /// Parts before, in and after `user:password` of `scheme://user:password@host`.
    fn userinfo(&self) -> Option<(&str, &str, &str)> {
        let url = self.expose();
        let start = url.find("://")? + 3;
        let at = start + url.get(start..)?.rfind('@')?;
        Some((url.get(..start)?, url.get(start..at)?, url.get(at..)?))
    }
}

/// Shows the URL without password and without parameters, which may hold one too.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = |text: &str| text.split('?').next().unwrap_or_default().to_owned();
        match self.userinfo() {
            Some((scheme, user, rest)) => match user.split_once(':') {
                Some((user, _)) => write!(f, "{scheme}{user}:…{}", bare(rest)),
                None => write!(f, "{scheme}{user}{}", bare(rest)),
            },
            None => f.write_str(&bare(self.expose())),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for DatabaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The text is not shown in the error: it may hold a password.
        let url = crate::config::text::text(deserializer, EXPECTED, |text| Some(Self::parse(text)))?;
        url.ok_or_else(|| serde::de::Error::custom(format_args!("must be {EXPECTED}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://slidged:hunter2@db/gw", "postgres://slidged:…@db/gw"),
            ("postgres://slidged:hun@ter2@db/gw", "postgres://slidged:…@db/gw"),
            ("postgres://db/gw?user=slidged&password=hunter2", "postgres://db/gw"),
            ("postgresql://slidged@db/gw", "postgresql://slidged@db/gw"),
            (
                "sqlite:///var/lib/slidged/gw/slidged.sqlite?mode=rwc",
                "sqlite:///var/lib/slidged/gw/slidged.sqlite",
            ),
        ] {
            let parsed = DatabaseUrl::parse(url).unwrap();
            assert_eq!((parsed.to_string().as_str(), parsed.expose()), (shown, url));
            assert_eq!(parsed.has_password(), url.contains("ter2"), "{url}");
        }
    }

    #[test]
    fn the_file_of_an_sqlite_database_is_known() {
        let odd = Path::new("/tmp/a?b#c%20d/x.sqlite");
        assert_eq!(DatabaseUrl::sqlite(odd).sqlite_path().as_deref(), Some(odd));
        assert_eq!(DatabaseUrl::parse("sqlite::memory:").unwrap().sqlite_path(), None);
        assert_eq!(DatabaseUrl::parse("postgres://db/gw").unwrap().sqlite_path(), None);
        assert!(DatabaseUrl::parse("mysql://db/gw").is_none());
        assert!(DatabaseUrl::parse("sqlite://").is_none());
    }
}
