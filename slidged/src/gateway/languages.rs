//! What people read: remembered, so that what is not an answer to them is in their language too.

use super::{Gateway, read, write};
use crate::{language::Language, session::Event};
use jid::BareJid;

/// Beside the users, so many are remembered: administrators, and who has asked one to be let in. More read English.
const OTHERS: usize = 10_000;

impl Gateway {
    /// What they read, as far as their clients have told.
    pub(crate) fn language_of(&self, who: &BareJid) -> Language {
        read(&self.languages).get(who).copied().unwrap_or_default()
    }

    /// What they read, from the `xml:lang` of something that they have sent.
    pub(crate) fn hear(&self, who: &BareJid, lang: Option<&str>) -> Language {
        let known = self.language_of(who);
        let Some(lang) = lang else { return known };
        let language = Language::of(Some(lang));
        if language != known {
            match self.session(who) {
                // A mailbox that is full hears it next time.
                Some(session) => drop(session.send(Event::Language(language))),
                None if self.is_admin(who) => self.note_language(who, language),
                None => {}
            }
        }
        language
    }

    pub(crate) fn note_language(&self, who: &BareJid, language: Language) {
        let (users, mut languages) = (self.users(), write(&self.languages));
        if language == Language::default() {
            languages.remove(who);
        } else if languages.len() < users + OTHERS || languages.contains_key(who) {
            languages.insert(who.clone(), language);
        }
    }
}
