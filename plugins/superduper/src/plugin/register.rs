//! Registration in one step: by password (with a code, if need be), or by token; and its end.

use plugin_api::prelude::*;

use super::Superduper;
use super::errors::explain;
use super::info::{CODE, PASSWORD, TOKEN, USER};
use crate::client::{self, Connection};
use crate::protocol::login::{LoginToken, Logout};
use crate::protocol::{Kind, Login, Welcome};

impl Superduper {
    /// Checks an account's password, and the code of its second factor if one is given.
    pub(super) async fn at_once(&self, user_jid: &str, form: &Form) -> Result<Data> {
        let (user, password) = account(form)?;
        match given(form, CODE) {
            Some(code) => self.with_code(user_jid, user, password, code).await.map_err(explain),
            None => self.without_code(user_jid, user, password).await.map_err(explain),
        }
    }

    /// Checks a token that another device has made.
    pub(super) async fn by_token(&self, form: &Form) -> Result<Data> {
        let Some(token) = given(form, TOKEN) else {
            return Err(Error::new(Condition::BadRequest, "A login token is needed."));
        };
        let (connection, _events) = Connection::open(&self.server).await.map_err(explain)?;
        let login = LoginToken { token: token.clone(), window: None };
        match connection.ask(login).await {
            Ok(welcome) => Ok(kept(welcome)),
            Err(error) if error.refused() == Some(Kind::NotLoggedIn) => {
                Err(explain(error).with_text("This token is not valid (any more)."))
            }
            Err(error) => Err(explain(error)),
        }
    }

    /// Logs in the device that the user will be, and keeps its token, as a code is good for one
    /// login only.
    pub(super) async fn with_code(
        &self,
        user_jid: &str,
        user: String,
        password: String,
        code: String,
    ) -> Result<Data, client::Error> {
        let (connection, _events) = Connection::open(&self.server).await?;
        let (code, device) = (Some(code), self.device(user_jid));
        connection.ask(Login { user, password, code, device, window: None }).await.map(kept)
    }

    /// Checks a password, and keeps it. The device of the check is logged out again; should that
    /// fail, an idle one remains, and the next check takes its place.
    pub(super) async fn without_code(
        &self,
        user_jid: &str,
        user: String,
        password: String,
    ) -> Result<Data, client::Error> {
        let (connection, _events) = Connection::open(&self.server).await?;
        let device = format!("{} (check)", self.device(user_jid));
        let login = Login { user: user.clone(), password: password.clone(), device, ..Login::default() };
        connection.ask(login).await?;
        let _ = connection.ask(Logout {}).await;
        Ok(Data::from([(USER.to_owned(), user), (PASSWORD.to_owned(), password)]))
    }

    /// Logs out the device of a user who has left.
    pub(super) async fn log_out(&self, user: &User) -> Result<()> {
        let data = |name: &str| user.data.get(name).cloned().unwrap_or_default();
        let (connection, _events) = Connection::open(&self.server).await.map_err(explain)?;
        let welcome = match user.data.get(TOKEN) {
            Some(token) => connection.ask(LoginToken { token: token.clone(), window: None }).await,
            None => {
                let device = self.device(&user.jid);
                let login = Login { user: data(USER), password: data(PASSWORD), device, ..Login::default() };
                connection.ask(login).await
            }
        };
        match welcome {
            // The network has logged the device out by itself: nothing is left of it.
            Err(error) if error.refused() == Some(Kind::NotLoggedIn) => return Ok(()),
            welcome => welcome.map_err(explain)?,
        };
        connection.ask(Logout {}).await.map_err(explain)?;
        Ok(())
    }
}

/// Returns the user name and password of a form.
pub(super) fn account(form: &Form) -> Result<(String, String)> {
    match (given(form, USER), form.get(PASSWORD)) {
        (Some(user), Some(password)) => Ok((user, password.clone())),
        _ => Err(Error::new(Condition::BadRequest, "User name and password are needed.")),
    }
}

/// Returns an answer without surrounding spaces, if it is not empty.
fn given(form: &Form, name: &str) -> Option<String> {
    form.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// Returns the data to store for a device that is logged in.
fn kept(welcome: Welcome) -> Data {
    Data::from([(USER.to_owned(), welcome.user), (TOKEN.to_owned(), welcome.token)])
}
