//! A gateway that a test runs.

use super::{
    TestCommand, TestRegistration, TestUser,
    command::Callee,
    fake_host::FakeGatewayHost,
    form::{answers, checked},
    recorder::Recorder,
    state::{Shared, Waiting},
};
use crate::{
    Error, Gateway, GatewayRequest, RemoteGateway, Result,
    error::Condition,
    host::Plugin,
    types::{Data, Info, Start},
};
use std::sync::Arc;

/// A plugin that runs, as the daemon would run it.
pub struct TestGateway {
    info: Arc<Info>,
    remote: RemoteGateway,
    waiting: Waiting,
    seen: Recorder<GatewayRequest>,
}

impl TestGateway {
    /// Starts a gateway without options, with one thread.
    ///
    /// # Errors
    ///
    /// Those of [`Gateway::new`].
    pub async fn start<G: Gateway>() -> Result<TestGateway> {
        Self::start_with::<G>(Start::default()).await
    }

    /// Starts a gateway with options, or a directory for its files. What is empty is filled in.
    ///
    /// # Errors
    ///
    /// Those of [`Gateway::new`].
    pub async fn start_with<G: Gateway>(start: Start) -> Result<TestGateway> {
        let plugin = Plugin::builtin::<G>("test");
        let info = plugin.info()?;
        let or = |text: String, other: &str| if text.is_empty() { other.to_owned() } else { text };
        let start = Start {
            name: or(start.name, "test"),
            jid: or(start.jid, "gateway.test"),
            threads: start.threads.max(1),
            ..start
        };
        let (sender, seen) = Recorder::new();
        let waiting = Waiting::default();
        let host = FakeGatewayHost { state: Shared::default(), waiting: waiting.clone(), seen: sender };
        let remote = plugin.start(&start, Arc::new(host)).await?;
        Ok(TestGateway { info: Arc::new(info), remote, waiting, seen })
    }

    /// Description that the plugin gives of itself.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// All the callbacks of the gateway.
    pub fn callbacks(&self) -> &RemoteGateway {
        &self.remote
    }

    /// Registers a user with the first form of the plugin, and makes their session. They are not
    /// logged in yet.
    ///
    /// For networks that ask for more than a form, see [`begin`](Self::begin).
    ///
    /// # Errors
    ///
    /// Those of [`begin`](Self::begin) and [`TestRegistration::finish`].
    pub async fn register<K, V>(&self, jid: &str, form: impl IntoIterator<Item = (K, V)>) -> Result<TestUser>
    where
        K: Into<String>,
        V: Into<String>,
    {
        self.begin(jid, 0, form).await?.finish().await
    }

    /// Fills in the form of a flow: 0 is [`Info::registration`], the others are the
    /// alternatives.
    ///
    /// # Errors
    ///
    /// `not-acceptable` when a required field is missing, as the daemon would say; those of
    /// [`Gateway::validate`].
    pub async fn begin<K, V>(
        &self,
        jid: &str,
        number: u32,
        form: impl IntoIterator<Item = (K, V)>,
    ) -> Result<TestRegistration>
    where
        K: Into<String>,
        V: Into<String>,
    {
        let Some(flow) = self.info.flow(number) else {
            let detail = format!("there is no registration flow {number}");
            return Err(Error::from(Condition::ItemNotFound).with_detail(detail));
        };
        let form = answers(form);
        checked(&flow.fields, &form)?;
        let (info, waiting) = (self.info.clone(), self.waiting.clone());
        TestRegistration::begin(info, self.remote.clone(), waiting, jid, number, form).await
    }

    /// Makes the session of a user who registered before, of whom that data is kept.
    ///
    /// # Errors
    ///
    /// Those of [`Gateway::connect`].
    pub async fn user(&self, jid: &str, data: Data) -> Result<TestUser> {
        TestUser::new(self.info.clone(), self.remote.clone(), jid, data).await
    }

    /// Runs a command of the plugin as somebody who is not registered.
    ///
    /// # Errors
    ///
    /// `item-not-found` if there is no such command, `forbidden` if it is for users only, as the
    /// daemon would say; those of [`Gateway::on_command`].
    pub async fn command(&self, jid: &str, node: &str, arguments: &[&str]) -> Result<TestCommand> {
        let callee = Callee::Stranger(self.remote.clone());
        TestCommand::run(&self.info, callee, jid, node, None, arguments).await
    }

    /// The next thing that the gateway itself asked of the daemon.
    ///
    /// # Panics
    ///
    /// If there is none after [`PATIENCE`](super::PATIENCE).
    pub async fn next(&mut self) -> GatewayRequest {
        self.seen.next().await
    }
}
