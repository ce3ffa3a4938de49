//! PEP notifications of contacts that a client has asked for (XEP-0163 section 6).

/// Kinds of news.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PepInterest {
    /// Avatars.
    pub avatar: bool,
    /// Nicknames.
    pub nick: bool,
    /// vCards.
    pub vcard: bool,
}

impl PepInterest {
    /// Returns the notifications that `before` did not ask for.
    #[must_use]
    pub fn beyond(self, before: PepInterest) -> Self {
        PepInterest {
            avatar: self.avatar && !before.avatar,
            nick: self.nick && !before.nick,
            vcard: self.vcard && !before.vcard,
        }
    }
}
