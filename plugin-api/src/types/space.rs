//! Spaces: groups of rooms (XEP-0503).

use super::{Avatar, ContactId, messages};

messages! {
    /// Information about a space (XEP-0503). A field that is `None` is left as it is. Not used yet.
    pub struct SpaceMetadata {
        /// Name that the user sees.
        name: Option<String>,
        /// Purpose, in a line.
        description: Option<String>,
        /// Contact who made it.
        creator: Option<ContactId>,
        /// Contacts who run it.
        owners: Option<Vec<ContactId>>,
        /// Number of members.
        member_count: Option<u32>,
        /// Picture.
        avatar: Option<Avatar>,
        /// Wide picture.
        banner: Option<Avatar>,
    }
}
