//! Contact list, in the types of the plugin API.

use plugin_api::{Avatar, ContactInfo, Friendship, VCard};

use super::convert;
use crate::client::{Client, Error};
use crate::protocol::person::Contacts;
use crate::protocol::{Contact, Profile, Relation};

/// Reads the whole contact list.
///
/// # Errors
/// Any [`Error`].
pub(super) async fn list(client: &Client) -> Result<Vec<(Contact, ContactInfo)>, Error> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = client.ask(Contacts { after }).await?;
        after = page.contacts.last().map(|contact| contact.user.clone());
        let (more, found) = (page.more, page.contacts.into_iter());
        all.extend(found.map(|contact| (contact.clone(), info(contact))));
        if !more || after.is_none() {
            return Ok(all);
        }
    }
}

/// Converts an entry of the list.
pub(super) fn info(contact: Contact) -> ContactInfo {
    let friend = contact.relation == Relation::Friend;
    ContactInfo {
        name: Some(contact.display_name().to_owned()),
        friendship: Some(if friend { Friendship::Friend } else { Friendship::None }),
        avatar: Some(avatar(&contact.profile)),
        // The cards of others are looked up when somebody wants to see them.
        vcard: friend.then(|| card(contact.clone())),
        presence: friend.then(|| convert::presence(contact.presence)),
        id: contact.user.into(),
        ..ContactInfo::default()
    }
}

/// Returns a picture without its data, which the daemon fetches when the id is new.
fn avatar(profile: &Profile) -> Avatar {
    let id = profile.avatar.as_ref().map(|file| file.sha256.clone().into());
    Avatar { id, ..Avatar::none() }
}

/// Converts the profile of a contact into a card.
pub(super) fn card(contact: Contact) -> VCard {
    let given = |text: String| (!text.is_empty()).then_some(text);
    VCard {
        full_name: given(contact.profile.name),
        phones: given(contact.profile.phone).into_iter().collect(),
        note: given(contact.profile.about),
        email: given(contact.profile.email),
        ..VCard::default()
    }
}
