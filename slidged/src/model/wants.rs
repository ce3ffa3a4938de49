//! Which news of contacts a client wants to be told (XEP-0163 section 6).

/// Kinds of news.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wants {
    /// Their pictures.
    pub avatar: bool,
    /// What they are called.
    pub nick: bool,
    /// Their cards.
    pub vcard: bool,
}

impl Wants {
    /// What of it was not wanted before.
    #[must_use]
    pub fn beyond(self, before: Wants) -> Self {
        Wants {
            avatar: self.avatar && !before.avatar,
            nick: self.nick && !before.nick,
            vcard: self.vcard && !before.vcard,
        }
    }
}
