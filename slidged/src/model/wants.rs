//! PEP notifications of contacts that a client has asked for (XEP-0163 section 6).

/// Kinds of news.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wants {
    /// Avatars.
    pub avatar: bool,
    /// Nicknames.
    pub nick: bool,
    /// vCards.
    pub vcard: bool,
}

impl Wants {
    /// Returns the notifications that `before` did not ask for.
    #[must_use]
    pub fn beyond(self, before: Wants) -> Self {
        Wants {
            avatar: self.avatar && !before.avatar,
            nick: self.nick && !before.nick,
            vcard: self.vcard && !before.vcard,
        }
    }
}
