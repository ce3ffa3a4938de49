//! Spaces: groups of rooms (XEP-0503).

use super::{Avatar, ContactId, messages};

messages! {
    /// About a space. What is `None` is left as it is.
    pub struct SpaceMetadata {
        /// What the user sees.
        name: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// Who made it.
        creator: Option<ContactId>,
        /// Who runs it.
        owners: Option<Vec<ContactId>>,
        /// How many belong to it.
        member_count: Option<u32>,
        /// The picture.
        avatar: Option<Avatar>,
        /// The wide picture.
        banner: Option<Avatar>,
    }
}
