//! Profiles and pictures.

use super::{Actor, Outcome, World, answer, refuse, rules};
use crate::protocol::person::SetProfile;
use crate::protocol::{Event, File, Kind, Refusal, Relation, UserId, limits};

impl World {
    pub(super) fn set_profile(&mut self, by: &Actor, ask: &SetProfile) -> Outcome {
        rules::optional(ask.name.as_ref(), limits::NAME)?;
        rules::optional(ask.phone.as_ref(), limits::NAME)?;
        rules::optional(ask.email.as_ref(), limits::NAME)?;
        rules::optional(ask.about.as_ref(), limits::ABOUT)?;
        let avatar = self.picture(ask.avatar.as_deref())?;
        let account = self.own(by)?;
        let profile = &mut account.profile;
        for (new, field) in [
            (&ask.name, &mut profile.name),
            (&ask.phone, &mut profile.phone),
            (&ask.email, &mut profile.email),
            (&ask.about, &mut profile.about),
        ] {
            if let Some(new) = new {
                field.clone_from(new);
            }
        }
        if let Some(avatar) = avatar {
            profile.avatar = avatar;
        }
        let profile = profile.clone();
        let friends = account.contacts.iter().filter(|(_, entry)| entry.relation == Relation::Friend);
        let concerned: Vec<UserId> = friends.map(|(user, _)| user.clone()).chain([by.user.clone()]).collect();
        let event = Event::Profile { user: by.user.clone(), profile: profile.clone() };
        for user in concerned {
            self.tell(&user, by, &event);
        }
        answer(&profile)
    }

    /// The picture that a request names: `None` when it names none, `Some(None)` to remove it.
    pub(super) fn picture(&self, id: Option<&str>) -> Result<Option<Option<File>>, Refusal> {
        match id {
            None => Ok(None),
            Some("") => Ok(Some(None)),
            Some(id) => Ok(Some(Some(self.stored(id)?))),
        }
    }

    /// A file that was uploaded.
    pub(super) fn stored(&self, id: &str) -> Result<File, Refusal> {
        match self.files.get(id) {
            Some(file) => Ok(file.clone()),
            None => refuse(Kind::NotFound, "no such file"),
        }
    }
}
