//! Command that creates an account on the network, for people who have none to register with.

use plugin_api::prelude::*;

use super::super::errors::explain;
use crate::client::Connection;
use crate::protocol::Kind;
use crate::protocol::login::CreateAccount;

pub(super) const NODE: &str = "create-account";

pub(super) fn command() -> Command {
    Command::new(NODE, "Create an account", "Makes an account on superduper, to register with")
        .access(CommandAccess::NonUser)
}

pub(super) async fn run(server: &str, call: &CommandCall) -> Result<CommandReply> {
    if call.form.is_none() {
        return match call.arguments.as_slice() {
            [] => Ok(form("")),
            [user] => Ok(form(user)),
            [user, more @ ..] => Err(Error::new(
                Condition::BadRequest,
                format!(
                    "Only the user name can stand behind this command: {NODE} {user}. The rest is asked for. \
                     What is too much: {}",
                    more.join(" ")
                ),
            )),
        };
    }
    let answer = |name: &str| call.answer(name).map(str::to_owned);
    let (Some(user), Some(password)) = (answer("username"), answer("password")) else {
        return Err(Error::new(Condition::NotAcceptable, "User name and password are needed."));
    };
    let (name, code) = (answer("name").unwrap_or_default(), answer("code"));
    let (connection, _events) = Connection::open(server).await.map_err(explain)?;
    match connection.ask(CreateAccount { user: user.clone(), password, name, code }).await {
        Ok(_) => {
            Ok(CommandReply::text(format!("The account {user} is yours. You can register with it now.")))
        }
        Err(error) => {
            let text = match error.refused() {
                Some(Kind::Conflict) => format!("Somebody else is called {user}. Choose another user name."),
                Some(Kind::TooLarge | Kind::BadRequest) => "Superduper takes no names that long.".to_owned(),
                Some(Kind::Forbidden) => {
                    return Err(explain(error).with_text("Superduper takes no new accounts at the moment."));
                }
                _ => return Err(explain(error)),
            };
            Err(explain(error).with_condition(Condition::NotAcceptable).with_text(text))
        }
    }
}

fn form(user: &str) -> CommandReply {
    let fields = vec![
        Field::text("username", "User name").required().value(user),
        Field::private("password", "Password").required(),
        Field::text("name", "Name that others see, if not the user name"),
        Field::text("code", "Code to be asked for at every login, if you want one"),
    ];
    CommandReply::form("A new superduper account", "Choose how you will log in.", fields)
}
