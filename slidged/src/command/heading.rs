//! Headings under which commands are listed.

use crate::language::Language;

/// Heading in the list of commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Category {
    /// Commands for administrators.
    Administration,
    /// Commands about the user's contacts.
    Contacts,
    /// Commands about the data that the gateway keeps about the user.
    Data,
    /// Heading of the plugin, by its name.
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

    /// Returns the name of the heading.
    #[must_use]
    pub fn name(&self, language: Language) -> String {
        match self {
            Category::Plugin(name) => name.clone(),
            _ => language.text(&format!("category-{}", self.word()), &[]),
        }
    }
}
