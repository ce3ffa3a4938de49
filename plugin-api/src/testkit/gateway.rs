use super::{
    TestUser,
    desk::{GatewayDesk, Shared, locked},
    seen::Seen,
};
use crate::{
    Error, Gateway, GatewayRequest, RemoteGateway, Result,
    error::Condition,
    host::Plugin,
    types::{Data, Form, Info, Start, User},
};
use std::{collections::BTreeMap, sync::Arc};

/// A plugin that runs, as the daemon would run it.
pub struct TestGateway {
    info: Info,
    remote: RemoteGateway,
    seen: Seen<GatewayRequest>,
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
        let (sender, seen) = Seen::new();
        let desk = GatewayDesk { state: Shared::default(), seen: sender };
        let remote = plugin.start(&start, Arc::new(desk)).await?;
        Ok(TestGateway { info, remote, seen })
    }

    /// What the plugin tells about itself.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// All the callbacks of the gateway.
    pub fn callbacks(&self) -> &RemoteGateway {
        &self.remote
    }

    /// Somebody registers with the first form of the plugin, and gets a session. They are not logged in yet.
    ///
    /// For networks that ask for more than a form, [`callbacks`](Self::callbacks) has the other steps, and
    /// [`user`](Self::user) the session.
    ///
    /// # Errors
    ///
    /// `not-acceptable` when a required field is missing, as the daemon would say; those of
    /// [`Gateway::validate`] and [`Gateway::connect`].
    pub async fn register<K, V>(&self, jid: &str, form: impl IntoIterator<Item = (K, V)>) -> Result<TestUser>
    where
        K: Into<String>,
        V: Into<String>,
    {
        let form: Form = form.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        for field in self.info.registration.fields.iter().filter(|field| field.required) {
            if form.get(&field.var).is_none_or(String::is_empty) {
                return Err(Error::new(Condition::NotAcceptable, format!("{} is missing.", field.label)));
            }
        }
        let data = match self.remote.validate(jid.to_owned(), form.clone(), 0).await {
            Ok(data) => data.unwrap_or(form),
            Err(error) if error.is_unsupported() => form,
            Err(error) => return Err(error),
        };
        self.user(jid, data).await
    }

    /// Somebody who registered before, of whom that is kept.
    ///
    /// # Errors
    ///
    /// Those of [`Gateway::connect`].
    pub async fn user(&self, jid: &str, data: Data) -> Result<TestUser> {
        let state = Shared::default();
        locked(&state).data = data.clone();
        let user = User { jid: jid.to_owned(), data, preferences: BTreeMap::new() };
        TestUser::connect(self.remote.clone(), user, state).await
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
