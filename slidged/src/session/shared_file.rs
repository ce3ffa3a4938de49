//! File that the user shares.

use crate::model::cut;
use serde::Deserialize;
use serde::Serialize;

/// Longest name of a file in a sentence, in characters.
pub(in crate::session) const MAX_SHOWN: usize = 100;

/// File that the user shares.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session) struct SharedFile {
    /// Address of the file.
    pub(in crate::session) url: String,
    /// Name of the file, if the client gives one.
    pub(in crate::session) name: Option<String>,
    /// MIME type, as the client claims it.
    pub(in crate::session) media_type: Option<String>,
    /// True for a sticker.
    pub(in crate::session) sticker: bool,
    /// Text around the address, where the client describes the file no further (XEP-0066). Should
    /// the address be a web page, the network gets this text.
    #[serde(default)]
    pub(in crate::session) link: Option<String>,
}

impl SharedFile {
    /// Returns the memory that it takes, in bytes.
    pub(in crate::session) fn size(&self) -> usize {
        let described = [&self.name, &self.media_type, &self.link];
        self.url.len() + described.into_iter().flatten().map(String::len).sum::<usize>()
    }

    /// Returns the name that the user reads.
    pub(in crate::session) fn shown_name(&self) -> String {
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        let last = path.rsplit('/').next().unwrap_or_default();
        let name = self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(last);
        cut::to_chars(name, MAX_SHOWN).into_owned()
    }
}
