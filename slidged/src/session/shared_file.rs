//! A file that the user shares.

use crate::model::cut;
use serde::Deserialize;
use serde::Serialize;

/// Characters of a file's name in a sentence.
pub(in crate::session) const MAX_SHOWN: usize = 100;

/// A file of the user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session) struct SharedFile {
    /// Where it is.
    pub(in crate::session) url: String,
    /// What it is called, if the client says so.
    pub(in crate::session) name: Option<String>,
    /// MIME type, by the client's word.
    pub(in crate::session) media_type: Option<String>,
    /// It is a sticker.
    pub(in crate::session) sticker: bool,
    /// What the client says with the address in it, where it says nothing more of the file (XEP-0066): should it be a page of the web, that
    /// is what the network gets.
    #[serde(default)]
    pub(in crate::session) link: Option<String>,
}

impl SharedFile {
    /// What it takes to keep it, in bytes.
    pub(in crate::session) fn size(&self) -> usize {
        let described = [&self.name, &self.media_type, &self.link];
        self.url.len() + described.into_iter().flatten().map(String::len).sum::<usize>()
    }

    /// What to call it before the user.
    pub(in crate::session) fn shown_name(&self) -> String {
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        let last = path.rsplit('/').next().unwrap_or_default();
        let name = self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(last);
        cut::to_chars(name, MAX_SHOWN).into_owned()
    }
}
