//! QR logins that wait for somebody to approve them.

use std::collections::HashMap;

use tokio::sync::oneshot;

use crate::protocol::{DeviceId, Kind, Refusal, UserId, limits};

/// Approval of a code, for the connection that waits for it.
#[derive(Debug)]
pub(super) struct Approved {
    pub(super) user: UserId,
    pub(super) token: String,
}

/// Codes that are shown at the moment.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    codes: HashMap<String, (DeviceId, oneshot::Sender<Approved>)>,
}

impl Waiting {
    /// Shows a code until the receiver is dropped.
    ///
    /// # Errors
    /// When too many wait.
    pub(super) fn show(&mut self, code: &str, device: &str) -> Result<oneshot::Receiver<Approved>, Refusal> {
        self.codes.retain(|_, (_, approval)| !approval.is_closed());
        if self.codes.len() >= limits::QR_WAITING {
            return Err(Refusal::new(Kind::Unavailable, "too many logins wait for their QR code"));
        }
        let (approval, approved) = oneshot::channel();
        self.codes.insert(code.to_owned(), (device.to_owned(), approval));
        Ok(approved)
    }

    /// Takes a code that is still shown.
    ///
    /// # Errors
    /// When it is not shown.
    pub(super) fn take(&mut self, code: &str) -> Result<(DeviceId, oneshot::Sender<Approved>), Refusal> {
        match self.codes.remove(code) {
            Some(waiting) if !waiting.1.is_closed() => Ok(waiting),
            _ => Err(Refusal::new(Kind::NotFound, "this code is not shown anywhere (any more)")),
        }
    }
}
