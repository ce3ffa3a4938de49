//! `[media]`: files, in both directions.

use crate::config::ByteSize;
use crate::config::Duration;
use crate::config::value;
use crate::media::address::is_public;
use serde::Deserialize;
use serde::Deserializer;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;

/// Default of `max_file`: what common upload services take, and chat networks carry.
const DEFAULT_MAX_FILE: ByteSize = ByteSize::mebibytes(100);
/// A hundred of the largest files: nobody comes near it but by a mistake or a misuse, which then
/// ends.
const DEFAULT_DAILY_QUOTA: ByteSize = ByteSize::mebibytes(10 << 10);
/// Prosody deletes uploads after a week: what is shown again can be fetched for some days more.
const DEFAULT_REUSE: Duration = Duration::days(3);
/// A few months of a family, or a few days of a thousand users.
const DEFAULT_QUOTA: ByteSize = ByteSize::mebibytes(10 << 10);
/// Several hundred pictures.
const DEFAULT_USER_QUOTA: ByteSize = ByteSize::mebibytes(1 << 10);
/// Long enough for whoever comes back from a holiday.
const DEFAULT_RETENTION: Duration = Duration::days(30);
/// Below the state directory.
const DIRECTORY: &str = "files";

/// Smaller limits only refuse.
const MIN_BYTES: u64 = 1 << 10;
/// More than a pebibyte is a slip of the keyboard.
const MAX_BYTES: u64 = 1 << 50;
const HOUR: u64 = 60 * 60 * 1_000;
const YEAR: u64 = 365 * 24 * HOUR;

/// The section `[media]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Media {
    /// Larger files are not carried.
    #[serde(deserialize_with = "value::size::<MIN_BYTES, MAX_BYTES, _>")]
    pub max_file: ByteSize,
    /// Bytes that one user sends and receives in a day.
    #[serde(deserialize_with = "value::size::<MIN_BYTES, MAX_BYTES, _>")]
    pub daily_quota: ByteSize,
    /// Time that the same file of the network is shown at the address where it was put first.
    #[serde(deserialize_with = "value::time::<0, YEAR, _>")]
    pub reuse: Duration,
    /// Makes pictures of stickers that are films; without it they stay films.
    #[serde(deserialize_with = "value::optional_path")]
    pub ffmpeg: Option<PathBuf>,
    /// Cases in which users get the network's own address of a file.
    pub original_urls: OriginalUrls,
    /// Servers that files are fetched from though they are not public.
    pub trusted: Vec<Origin>,
    /// Address and port on which our own media server listens.
    pub listen: Option<SocketAddr>,
    /// Public URL of our own media server.
    #[serde(deserialize_with = "base_url")]
    pub url: Option<String>,
    /// Directory of its files; without it, one below the state directory.
    #[serde(deserialize_with = "value::optional_path")]
    pub directory: Option<PathBuf>,
    /// Our own media server comes before the upload service, not after it.
    pub first: bool,
    /// Bytes of all its files.
    #[serde(deserialize_with = "value::size::<MIN_BYTES, MAX_BYTES, _>")]
    pub quota: ByteSize,
    /// Bytes of one user's.
    #[serde(deserialize_with = "value::size::<MIN_BYTES, MAX_BYTES, _>")]
    pub user_quota: ByteSize,
    /// Time that files are kept.
    #[serde(deserialize_with = "value::time::<HOUR, { 100 * YEAR }, _>")]
    pub retention: Duration,
}

impl Default for Media {
    fn default() -> Self {
        Self {
            max_file: DEFAULT_MAX_FILE,
            daily_quota: DEFAULT_DAILY_QUOTA,
            reuse: DEFAULT_REUSE,
            ffmpeg: None,
            original_urls: OriginalUrls::default(),
            trusted: Vec::new(),
            listen: None,
            url: None,
            directory: None,
            first: false,
            quota: DEFAULT_QUOTA,
            user_quota: DEFAULT_USER_QUOTA,
            retention: DEFAULT_RETENTION,
        }
    }
}

impl Media {
    /// Directory of our own media server's files.
    pub fn files(&self, state: &Path) -> PathBuf {
        self.directory.clone().unwrap_or_else(|| state.join(DIRECTORY))
    }

    /// Text about what is missing so that others reach our own media server; none if they do, or if
    /// there is none.
    pub(super) fn unreachable(&self) -> Option<String> {
        let listen = self.listen.filter(|listen| self.url.is_none() && !is_public(listen.ip()))?;
        Some(format!(
            "listen = \"{listen}\" in [media] is no address that users reach: add how they do, such as \
             url = \"https://gw.example.org/files\""
        ))
    }

    /// Public base URL of our own media server, if there is to be one.
    pub fn base_url(&self) -> Option<String> {
        let listen = self.listen?;
        Some(self.url.clone().unwrap_or_else(|| format!("http://{listen}")))
    }
}

/// Cases in which users get the network's own address of a file instead of a copy of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OriginalUrls {
    /// Rather no file.
    Never,
    /// The network's address is used when nothing else works.
    #[default]
    Last,
    /// The network's address is used whenever there is one.
    Always,
}

/// Scheme, host and port of a server, as `http://10.0.0.5:8008`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(pub String);

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::config::text::text(
            deserializer,
            "a server's address such as \"http://10.0.0.5:8008\"",
            |text| {
                let url = web(text)?;
                let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
                bare.then(|| Self(url.origin().ascii_serialization()))
            },
        )
    }
}

/// Removes the slash at the end.
fn base_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let read = |text: &str| {
        let url = web(text)?;
        let plain = url.query().is_none() && url.fragment().is_none();
        plain.then(|| url.as_str().trim_end_matches('/').to_owned())
    };
    crate::config::text::text(deserializer, "an address such as \"https://gw.example.org/files\"", read)
        .map(Some)
}

fn web(text: &str) -> Option<reqwest::Url> {
    let url = reqwest::Url::parse(text).ok()?;
    let plain = url.has_host() && url.username().is_empty() && url.password().is_none();
    (plain && matches!(url.scheme(), "http" | "https")).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use figment::{
        Figment,
        providers::{Format as _, Toml},
    };

    fn read(text: &str) -> Option<Media> {
        Figment::from(Toml::string(text)).extract().ok()
    }

    #[test]
    fn a_media_server_that_nobody_reaches_needs_an_address() {
        for inside in ["127.0.0.1:5290", "[::1]:5290", "0.0.0.0:5290", "192.168.1.2:80"] {
            let media = |more: &str| read(&format!("listen = \"{inside}\"\n{more}")).unwrap();
            assert!(media("").unreachable().is_some_and(|why| why.contains("url = ")), "{inside}");
            assert_eq!(media("url = \"https://gw/f\"").unreachable(), None);
        }
        assert_eq!(read("listen = \"9.9.9.9:80\"").unwrap().unreachable(), None);
        assert_eq!(read("first = true").unwrap().unreachable(), None, "there is none");
    }

    #[test]
    fn addresses_are_read_and_what_is_none_is_refused() {
        let media = read("trusted = [\"HTTP://10.0.0.5:80/\", \"https://a:8448\"]\nlisten = \"[::1]:5290\"\nurl = \"https://gw/f/\"").unwrap();
        assert_eq!(media.trusted, [Origin("http://10.0.0.5".into()), Origin("https://a:8448".into())]);
        assert_eq!(media.base_url().as_deref(), Some("https://gw/f"));
        assert_eq!(read("listen = \"[::1]:5290\"").unwrap().base_url().as_deref(), Some("http://[::1]:5290"));
        assert_eq!(read("url = \"https://gw\"").unwrap().base_url(), None, "nobody listens");
        for wrong in [
            "trusted = [\"10.0.0.5\"]",
            "trusted = [\"http://a/path\"]",
            "trusted = [\"ftp://a\"]",
            "trusted = [\"http://u:p@a\"]",
            "listen = \"5290\"",
            "url = \"gw\"",
            "url = \"https://gw?x\"",
            "original_urls = \"sometimes\"",
        ] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }
}
