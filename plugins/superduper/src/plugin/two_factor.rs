//! Registration by password, and then by the code of the second factor if the account has one.

use plugin_api::prelude::*;
use tokio::time::Instant;

use super::Superduper;
use super::attempts::Step;
use super::errors::explain;
use super::info::USER;
use super::register::account;
use crate::protocol::Kind;

impl Superduper {
    /// Checks the password, which is enough, or after which the code is asked for.
    pub(super) async fn before_code(&self, user_jid: &str, form: &Form) -> Result<Data> {
        let (user, password) = account(form)?;
        match self.without_code(user_jid, user.clone(), password.clone()).await {
            Ok(data) => Err(Error::two_factor_not_required(data)),
            Err(error) if error.refused() == Some(Kind::CodeRequired) => {
                let known = Data::from([(USER.to_owned(), user.clone())]);
                self.attempts.begin(user_jid, Step::Code { user, password }, Instant::now())?;
                Ok(known)
            }
            Err(error) => Err(explain(error)),
        }
    }

    /// Checks the code. A wrong one may be followed by another.
    pub(super) async fn after_code(&self, user_jid: &str, code: &str) -> Result<Data> {
        let Some((user, password)) = self.attempts.account(user_jid, Instant::now()) else {
            return Err(Error::new(Condition::Gone, "This took too long. Please start again."));
        };
        match self.with_code(user_jid, user, password, code.trim().to_owned()).await {
            Ok(data) => {
                self.attempts.end(user_jid);
                Ok(data)
            }
            Err(error) if error.refused() == Some(Kind::BadCredentials) => {
                self.attempts.end(user_jid);
                let text = "The password has been changed in the meantime. Please start again.";
                Err(explain(error).with_condition(Condition::Gone).with_text(text))
            }
            Err(error) => Err(explain(error)),
        }
    }
}
