//! Services and state that commands work with.

use super::{core::QrLogins, list::Commands};
use crate::{
    services::Services,
    users::{Admission, Registration, Users},
};
use std::sync::Arc;

/// Everything that commands work with. It has no behaviour of its own.
pub struct Env {
    /// Services that all sessions share.
    pub services: Arc<Services>,
    /// Users and their sessions.
    pub users: Arc<Users>,
    /// Rules of registration.
    pub admission: Arc<Admission>,
    /// The way to become a user.
    pub registration: Registration,
    /// The commands that there are.
    pub(crate) commands: Commands,
    /// Logins by QR code that are under way.
    pub(crate) qr: QrLogins,
}

impl Env {
    /// Puts together what commands work with.
    #[must_use]
    pub fn new(users: Arc<Users>, admission: Arc<Admission>) -> Self {
        let services = users.services.clone();
        let preferences = super::default_preferences(&services.info);
        Env {
            registration: Registration::new(users.clone(), admission.clone(), preferences),
            commands: Commands::new(&services.info),
            qr: QrLogins::default(),
            services,
            users,
            admission,
        }
    }
}
