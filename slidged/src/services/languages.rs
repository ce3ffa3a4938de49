//! Remembers each user's language (`xml:lang`) for messages that are no answers.

use super::index::UserIndex;
use crate::language::Language;
use crate::model::lock::{read, write};
use jid::BareJid;
use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

/// Most people besides registered users whose language is remembered: administrators, and those who
/// have asked one to be let in. Any more read English.
const OTHERS: usize = 10_000;

/// The language of each user who reads another one than the default. A clone shares them.
#[derive(Clone)]
pub struct Languages {
    known: Arc<RwLock<HashMap<BareJid, Language>>>,
    index: UserIndex,
}

impl Languages {
    pub(super) fn new(index: UserIndex) -> Self {
        Languages { known: Arc::default(), index }
    }

    /// The language of a user, as far as their clients have told.
    pub(crate) fn of(&self, who: &BareJid) -> Language {
        read(&self.known).get(who).copied().unwrap_or_default()
    }

    /// Records the language of a user or an administrator.
    pub(crate) fn note(&self, who: &BareJid, language: Language) {
        let (users, mut languages) = (self.index.count(), write(&self.known));
        if language == Language::default() {
            languages.remove(who);
        } else if languages.len() < users + OTHERS || languages.contains_key(who) {
            languages.insert(who.clone(), language);
        }
    }

    /// Forgets a user who has left.
    pub(crate) fn forget(&self, who: &BareJid) {
        write(&self.known).remove(who);
    }
}
