//! A registration in several steps, from the user's side.

use super::{
    TestUser,
    recorder::Recorder,
    state::{Qr, Waiting},
};
use crate::{
    Error, RemoteGateway, Result,
    error::Condition,
    types::{Data, Form, Info, QrOutcome, RegistrationType, User},
};
use std::sync::{Arc, PoisonError};

/// A registration that is under way: its form was taken. Dropping it is what a user does who walks
/// away.
pub struct TestRegistration {
    pub(super) info: Arc<Info>,
    pub(super) remote: RemoteGateway,
    pub(super) waiting: Waiting,
    user: User,
    next: RegistrationType,
    qr: Option<Recorder<Qr>>,
}

impl TestRegistration {
    pub(super) async fn begin(
        info: Arc<Info>,
        remote: RemoteGateway,
        waiting: Waiting,
        jid: &str,
        flow: u32,
        form: Form,
    ) -> Result<TestRegistration> {
        let (next, data) = match remote.validate(jid.to_owned(), form.clone(), flow).await {
            Ok(data) => (kind(&info, flow), data.unwrap_or(form)),
            Err(error) if error.is_unsupported() => (kind(&info, flow), form),
            Err(Error { complete: Some(data), .. }) => (RegistrationType::SingleStepForm, data),
            Err(error) => return Err(error),
        };
        let user = User { jid: jid.to_owned(), data, ..User::default() };
        Ok(TestRegistration { info, remote, waiting, user, next, qr: None })
    }

    /// Step that comes next: [`SingleStepForm`](RegistrationType::SingleStepForm) for nothing
    /// more.
    pub fn next_step(&self) -> RegistrationType {
        self.next
    }

    /// Data that is kept so far.
    pub fn data(&self) -> &Data {
        &self.user.data
    }

    /// Ends a registration of which nothing more is asked.
    ///
    /// # Errors
    ///
    /// `unexpected-request` if something is; those of
    /// [`Gateway::connect`](crate::Gateway::connect).
    pub async fn finish(&self) -> Result<TestUser> {
        if self.next != RegistrationType::SingleStepForm {
            let detail = format!("the registration goes on with a {:?}", self.next);
            return Err(Error::from(Condition::UnexpectedRequest).with_detail(detail));
        }
        self.connected(Data::new()).await
    }

    /// Enters the code that the network asked for. After an error another one may be tried.
    ///
    /// # Errors
    ///
    /// Those of [`Gateway::validate_two_factor_code`](crate::Gateway::validate_two_factor_code) and
    /// [`Gateway::connect`](crate::Gateway::connect).
    pub async fn enter_code(&self, code: &str) -> Result<TestUser> {
        let more = self.remote.validate_two_factor_code(self.user.clone(), code.to_owned()).await?;
        self.connected(more.unwrap_or_default()).await
    }

    /// The text of the QR code to scan.
    ///
    /// # Errors
    ///
    /// Those of [`Gateway::get_qr_text`](crate::Gateway::get_qr_text).
    pub async fn qr_text(&mut self) -> Result<String> {
        let (sender, seen) = Recorder::new();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(self.user.jid.clone(), sender);
        self.qr = Some(seen);
        self.remote.get_qr_text(self.user.clone()).await
    }

    /// The text that takes the place of the one that was shown last.
    ///
    /// # Panics
    ///
    /// If there is none after [`PATIENCE`](super::PATIENCE), or no code was asked for.
    pub async fn next_qr_text(&mut self) -> String {
        let text = |qr: &Qr| if let Qr::Text(text) = qr { Some(text.clone()) } else { None };
        self.shown().until("another QR code", text).await
    }

    /// Waits until the plugin says that the code was scanned.
    ///
    /// # Errors
    ///
    /// `not-authorized` with the plugin's words if it failed; those of
    /// [`Gateway::connect`](crate::Gateway::connect).
    ///
    /// # Panics
    ///
    /// If nothing is said after [`PATIENCE`](super::PATIENCE), or no code was asked for.
    pub async fn scanned(&mut self) -> Result<TestUser> {
        let over = |qr: &Qr| if let Qr::Over(outcome) = qr { Some(outcome.clone()) } else { None };
        match self.shown().until("end of the QR code", over).await {
            QrOutcome { error: Some(why), .. } => Err(Error::new(Condition::NotAuthorized, why)),
            QrOutcome { data, .. } => self.connected(data).await,
        }
    }

    fn shown(&mut self) -> &mut Recorder<Qr> {
        self.qr.as_mut().expect("no QR code is shown: see TestRegistration::qr_text")
    }

    async fn connected(&self, more: Data) -> Result<TestUser> {
        let mut data = self.user.data.clone();
        data.extend(more);
        TestUser::new(self.info.clone(), self.remote.clone(), &self.user.jid, data).await
    }
}

impl Drop for TestRegistration {
    fn drop(&mut self) {
        if self.qr.is_some() {
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.user.jid);
        }
    }
}

fn kind(info: &Info, flow: u32) -> RegistrationType {
    info.flow(flow).map_or_else(RegistrationType::default, |flow| flow.kind)
}
