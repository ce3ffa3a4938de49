//! A command that a test runs.

use super::form::{answers, checked};
use crate::{
    Answer, Error, RemoteGateway, RemoteSession, Result,
    error::Condition,
    types::{
        Chat, ChatKind, CommandAccess, CommandCall, CommandForm, CommandReply, CommandTarget, Form, Info,
        Table,
    },
};

/// Gateway or session whose [`on_command`](crate::Session::on_command) is asked.
pub(super) enum Callee {
    User(RemoteSession),
    Stranger(RemoteGateway),
}

/// A command of the plugin that somebody runs, step by step.
pub struct TestCommand {
    callee: Callee,
    call: CommandCall,
    reply: CommandReply,
}

impl TestCommand {
    pub(super) async fn run(
        info: &Info,
        callee: Callee,
        by: &str,
        node: &str,
        on: Option<Chat>,
        arguments: &[&str],
    ) -> Result<TestCommand> {
        let target = match &on {
            None => CommandTarget::Gateway,
            Some(Chat { kind: ChatKind::Room, .. }) => CommandTarget::Room,
            Some(_) => CommandTarget::Contact,
        };
        let Some(command) =
            info.commands.iter().find(|command| command.node == node && command.target == target)
        else {
            let detail = format!("{node} is not among Info::commands for {target:?}");
            return Err(Error::from(Condition::ItemNotFound).with_detail(detail));
        };
        let may = match callee {
            Callee::User(_) => command.access != CommandAccess::NonUser,
            Callee::Stranger(_) => matches!(command.access, CommandAccess::NonUser | CommandAccess::Any),
        };
        if !may {
            return Err(Error::from(Condition::Forbidden));
        }
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let (by, node) = (by.to_owned(), node.to_owned());
        let call = CommandCall { node, on, by, arguments, ..CommandCall::default() };
        let reply = callee.call(call.clone()).await?;
        Ok(TestCommand { callee, call, reply })
    }

    /// Outcome of the last step.
    pub fn reply(&self) -> &CommandReply {
        &self.reply
    }

    /// The text that it ended with.
    ///
    /// # Panics
    ///
    /// If there is another reply.
    pub fn text(&self) -> &str {
        self.reply.text.as_deref().unwrap_or_else(|| panic!("no text but {:?}", self.reply))
    }

    /// The form that is to be filled in.
    ///
    /// # Panics
    ///
    /// If there is another reply.
    pub fn form(&self) -> &CommandForm {
        self.reply.form.as_ref().unwrap_or_else(|| panic!("no form but {:?}", self.reply))
    }

    /// The question that is to be answered with yes or no.
    ///
    /// # Panics
    ///
    /// If there is another reply.
    pub fn question(&self) -> &str {
        self.reply.confirm.as_deref().unwrap_or_else(|| panic!("no question but {:?}", self.reply))
    }

    /// The table that it ended with.
    ///
    /// # Panics
    ///
    /// If there is another reply.
    pub fn table(&self) -> &Table {
        self.reply.table.as_ref().unwrap_or_else(|| panic!("no table but {:?}", self.reply))
    }

    /// Fills in the form. After an error it is there for another try.
    ///
    /// # Errors
    ///
    /// `not-acceptable` when a required field is missing, as the daemon would say; those of the
    /// plugin.
    ///
    /// # Panics
    ///
    /// If there is no form.
    pub async fn submit<K, V>(&mut self, given: impl IntoIterator<Item = (K, V)>) -> Result<()>
    where
        K: Into<String>,
        V: Into<String>,
    {
        let form = answers(given);
        checked(&self.form().fields, &form)?;
        self.step(form).await
    }

    /// Answers the question with yes.
    ///
    /// # Errors
    ///
    /// Those of the plugin.
    ///
    /// # Panics
    ///
    /// If there is no question.
    pub async fn confirm(&mut self) -> Result<()> {
        self.question();
        self.step(answers([("confirm", "true")])).await
    }

    async fn step(&mut self, form: Form) -> Result<()> {
        let (form, state) = (Some(form), self.reply.state.clone());
        let call = CommandCall { form, state, arguments: Vec::new(), ..self.call.clone() };
        self.reply = self.callee.call(call).await?;
        Ok(())
    }
}

impl Callee {
    fn call(&self, call: CommandCall) -> Answer<CommandReply> {
        match self {
            Callee::User(session) => session.on_command(call),
            Callee::Stranger(gateway) => gateway.on_command(call),
        }
    }
}
