//! Services and state that commands work with.

use crate::command::qr_logins::QrLogins;
use crate::services::Services;
use crate::users::Admission;
use crate::users::Registration;
use crate::users::Users;
use plugin_api::Form;
use std::sync::Arc;

/// Services and state that commands work with. It has no behaviour of its own.
pub struct Env {
    /// Services that all sessions share.
    pub services: Arc<Services>,
    /// Users and their sessions.
    pub users: Arc<Users>,
    /// Rules of registration.
    pub admission: Arc<Admission>,
    /// Service that makes people users.
    pub registration: Registration,
    /// Logins by QR code that are under way.
    pub(crate) qr: QrLogins,
}

impl Env {
    /// Puts together everything that commands work with; `preferences` are those of a new user.
    #[must_use]
    pub fn new(users: Arc<Users>, admission: Arc<Admission>, preferences: Form) -> Self {
        let services = users.services.clone();
        Env {
            registration: Registration::new(users.clone(), admission.clone(), preferences),
            qr: QrLogins::default(),
            services,
            users,
            admission,
        }
    }
}
