//! Profiles.

use super::super::files::Files;
use super::super::outcome::{Actor, Outcome, answer};
use super::super::rules;
use super::People;
use crate::protocol::person::SetProfile;
use crate::protocol::{Event, Relation, UserId, limits};

impl People {
    pub(in super::super) fn set_profile(&mut self, by: &Actor, ask: &SetProfile, files: &Files) -> Outcome {
        rules::optional(ask.name.as_ref(), limits::NAME)?;
        rules::optional(ask.phone.as_ref(), limits::NAME)?;
        rules::optional(ask.email.as_ref(), limits::NAME)?;
        rules::optional(ask.about.as_ref(), limits::ABOUT)?;
        let avatar = files.picture(ask.avatar.as_deref())?;
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
}
