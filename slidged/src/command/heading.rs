//! Headings under which commands are listed.

use crate::language::Language;

/// A heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Category {
    /// What administrators do.
    Administration,
    /// The user's contacts.
    Contacts,
    /// What the gateway keeps about the user.
    Data,
    /// One of the plugin's own.
    Plugin(String),
}

impl Category {
    pub(crate) fn word(&self) -> String {
        match self {
            Category::Administration => "admin".to_owned(),
            Category::Contacts => "contacts".to_owned(),
            Category::Data => "data".to_owned(),
            Category::Plugin(name) => name.clone(),
        }
    }

    /// The heading.
    #[must_use]
    pub fn name(&self, language: Language) -> String {
        match self {
            Category::Plugin(name) => name.clone(),
            _ => language.text(&format!("category-{}", self.word()), &[]),
        }
    }
}
