//! A user's clients, as their presences tell, and the user as a whole.

use plugin_api::{Availability, Presence, Resource, UserPresence};

/// More clients than anybody has; the rest is not remembered.
const MAX_RESOURCES: usize = 32;

/// The clients of a user that are online.
#[derive(Debug, Clone, Default)]
pub struct Resources(Vec<Resource>);

impl Resources {
    /// Number of clients that are known to be online.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Takes note of a presence; true when that client was not online before.
    pub fn update(&mut self, resource: Resource) -> bool {
        let known = self.0.iter().position(|r| r.resource == resource.resource);
        match (known, resource.availability == Availability::Offline) {
            (Some(at), true) => drop(self.0.remove(at)),
            (Some(at), false) => self.0[at] = resource,
            (None, false) if self.0.len() < MAX_RESOURCES => {
                self.0.push(resource);
                return true;
            }
            (None, _) => {}
        }
        false
    }

    /// Forgets all clients, since the server went away.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Tells whether any client is online.
    #[must_use]
    pub fn online(&self) -> bool {
        !self.0.is_empty()
    }

    /// The most available client: highest priority, then most available.
    #[must_use]
    pub fn merged(&self) -> Option<&Resource> {
        self.0.iter().max_by_key(|r| (r.priority, rank(r.availability)))
    }

    /// Presence to report to the plugin when that of a client has changed.
    #[must_use]
    pub fn report(&self, changed: &Resource) -> UserPresence {
        UserPresence {
            resource: changed.resource.clone(),
            presence: Presence {
                availability: changed.availability,
                status: changed.status.clone(),
                last_seen: None,
            },
            resources: self.0.clone(),
            merged: self.merged().cloned(),
        }
    }
}

fn rank(availability: Availability) -> u8 {
    match availability {
        Availability::Chatty => 5,
        Availability::Online => 4,
        Availability::Busy => 3,
        Availability::Away => 2,
        Availability::ExtendedAway => 1,
        Availability::Offline | Availability::Unknown => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(name: &str, availability: Availability, priority: i8) -> Resource {
        Resource { resource: name.into(), availability, priority, status: None }
    }

    #[test]
    fn the_most_available_client_of_the_highest_priority_speaks_for_the_user() {
        let mut all = Resources::default();
        assert!(all.merged().is_none() && !all.online());
        all.update(client("phone", Availability::Away, 0));
        all.update(client("desk", Availability::Online, 0));
        assert_eq!(all.merged().unwrap().resource, "desk");
        all.update(client("phone", Availability::Away, 5));
        assert_eq!(all.merged().unwrap().resource, "phone");
        all.update(client("phone", Availability::Offline, 5));
        assert_eq!(all.merged().unwrap().resource, "desk");
        all.update(client("desk", Availability::Offline, 0));
        assert!(!all.online());
    }

    #[test]
    fn the_number_of_clients_is_bounded() {
        let mut all = Resources::default();
        for n in 0..1000 {
            all.update(client(&n.to_string(), Availability::Online, 0));
        }
        assert_eq!(all.0.len(), MAX_RESOURCES);
    }
}
