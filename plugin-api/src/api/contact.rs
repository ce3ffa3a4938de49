//! A person or bot on the network.

use super::{Actor, SessionRemote};
use crate::{
    rpc::{Answer, Sending},
    types::*,
};
use std::ops::Deref;

/// A person or bot on the network (slidge: `LegacyContact`). Cheap to clone. What they say and do
/// is reported by the methods of [`Actor`].
#[derive(Clone)]
pub struct Contact {
    actor: Actor,
    id: ContactId,
}

impl Deref for Contact {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.actor
    }
}

impl Contact {
    pub(super) fn new(remote: SessionRemote, id: ContactId) -> Self {
        let sender = Sender { contact: Some(id.clone()), ..Sender::default() };
        Contact { actor: Actor::new(remote, sender), id }
    }

    /// The id of the contact in the network.
    pub fn id(&self) -> &ContactId {
        &self.id
    }

    /// The *user* in the chat with this contact: reports what they did in another client of the
    /// network (a carbon, XEP-0280).
    pub fn carbon(&self) -> Actor {
        Actor::new(self.remote.clone(), Sender { is_user: true, ..self.sender() })
    }

    /// Asks what the daemon knows of this contact; `None` if nothing.
    pub fn info(&self) -> Answer<Option<ContactInfo>> {
        self.remote.get_contact(self.id.clone())
    }

    /// Changes what is known of this contact, or adds it; `info.id` is filled in.
    pub fn update(&self, info: ContactInfo) -> Sending {
        self.remote.set_contacts(vec![ContactInfo { id: self.id.clone(), ..info }])
    }

    /// Changes the name.
    pub fn set_name(&self, name: impl Into<String>) -> Sending {
        self.update(ContactInfo { name: Some(name.into()), ..ContactInfo::default() })
    }

    /// Changes the picture (XEP-0084).
    ///
    /// `Ok` means that the user's clients can have it; `not-acceptable` that it is no picture, or
    /// cannot be fetched.
    pub fn set_avatar(&self, avatar: Avatar) -> Sending {
        self.remote.set_avatar(self.sender(), avatar)
    }

    /// Changes the card (XEP-0292).
    pub fn set_vcard(&self, vcard: VCard) -> Sending {
        self.remote.set_vcard(self.id.clone(), vcard)
    }

    /// Puts this contact on the user's roster (slidge: `add_to_roster`).
    pub fn add_to_roster(&self) -> Sending {
        self.remote.add_to_roster(self.id.clone(), false)
    }

    /// Reports that the contact is gone from the user's list in the network.
    pub fn remove(&self) -> Sending {
        self.remote.remove_contact(self.id.clone())
    }

    /// Reports that the contact asks the user to be friends (slidge: `send_friend_request`).
    pub fn send_friend_request(&self, text: Option<String>) -> Sending {
        self.remote.send_friend_request(self.id.clone(), text)
    }

    /// Reports that the contact has accepted the user's request (slidge: `accept_friend_request`).
    pub fn accept_friend_request(&self, text: Option<String>) -> Sending {
        self.remote.accept_friend_request(self.id.clone(), text)
    }

    /// Reports that the contact has refused the user's request (slidge: `reject_friend_request`).
    pub fn reject_friend_request(&self, text: Option<String>) -> Sending {
        self.remote.reject_friend_request(self.id.clone(), text)
    }

    /// Reports that the contact has ended the friendship.
    pub fn unsubscribe(&self) -> Sending {
        self.remote.unsubscribe(self.id.clone())
    }
}
