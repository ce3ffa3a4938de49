//! Texts for users, in their language.
//!
//! The catalogues are in [Fluent](https://projectfluent.org) (`*.ftl`), one a language, English
//! complete. Texts of a plugin are its own.

mod catalog;
#[cfg(test)]
mod tests;

pub use catalog::Argument;

/// A language with a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English: also for whoever asks for a language that we do not have.
    #[default]
    English,
    /// French.
    French,
    /// German.
    German,
    /// Spanish.
    Spanish,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 4] = [Language::English, Language::French, Language::German, Language::Spanish];

    /// The language of an `xml:lang` (BCP 47): its first subtag decides.
    #[must_use]
    pub fn of(tag: Option<&str>) -> Self {
        let first = tag.unwrap_or_default().split(['-', '_']).next().unwrap_or_default();
        Language::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(first))
            .unwrap_or_default()
    }

    /// Language tag, as in `xml:lang`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::French => "fr",
            Language::German => "de",
            Language::Spanish => "es",
        }
    }

    /// The text of that id; [`say!`](crate::say) is shorter.
    #[must_use]
    pub fn text(self, id: &str, arguments: &[(&str, Argument)]) -> String {
        catalog::text(self.tag(), id, arguments)
    }

    /// Whether a word is one of those that the text of that id lists.
    pub(crate) fn lists(self, id: &str, word: &str) -> bool {
        self.text(id, &[]).split_whitespace().any(|known| known == word)
    }
}

/// A text of the catalogue: `say!(language, "registered", network = name)`.
#[macro_export]
macro_rules! say {
    ($language:expr, $id:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $language.text($id, &[$((stringify!($name), $crate::language::Argument::from($value))),*])
    };
}
