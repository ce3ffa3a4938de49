//! Commands of a plugin (XEP-0050), which the daemon also shows as a chat bot.

use super::{Chat, Field, Form, Table, choices, messages};

choices! {
    /// Who may run a command.
    pub enum CommandAccess {
        /// Administrators of the gateway.
        AdminOnly,
        /// Registered users.
        #[default]
        User,
        /// Users who are connected to the network.
        UserLogged,
        /// Users who are not.
        UserNonLogged,
        /// Those who are not registered yet.
        NonUser,
        /// Everybody.
        Any,
    }
    /// Where a command appears.
    pub enum CommandTarget {
        /// On the gateway.
        #[default]
        Gateway,
        /// On contacts.
        Contact,
        /// On rooms.
        Room,
    }
}

messages! {
    /// A command that the plugin adds.
    pub struct Command {
        /// The end of its node; unique within its target.
        node: String,
        /// What it is called.
        name: String,
        /// What it does, in a line.
        help: String,
        /// The word that runs it in a chat.
        chat_word: String,
        /// The heading under which it is listed.
        category: Option<String>,
        /// Who may run it.
        access: CommandAccess,
        /// Where it appears.
        target: CommandTarget,
    }
    /// A step of a command that somebody runs. The first has neither `form` nor `state`; each further one answers
    /// the [`CommandReply`] before it. Whoever goes back in a client sees the earlier reply again, and answers
    /// that one: so a plugin keeps nothing between two steps but what it gives out as
    /// [`CommandReply::state`].
    ///
    /// The daemon checks before it calls: the caller may run the command ([`Command::access`]), required
    /// fields are filled in, answers are of the [kind](Field::kind) that was asked for. What only the
    /// network can judge is the plugin's to refuse, with [`Error::new`](crate::Error::new)`(`
    /// [`Condition::NotAcceptable`](crate::Condition::NotAcceptable)`, "This name is too long.")`: the step
    /// stays open, for another try. Any other error ends the command, in the error's words.
    pub struct CommandCall {
        /// Which: [`Command::node`].
        node: String,
        /// The contact or room that it was run on; none on the gateway.
        on: Option<Chat>,
        /// The bare JID of whoever runs it.
        by: String,
        /// What was typed after the chat word, in words; those in quotes are one. In the first step only.
        arguments: Vec<String>,
        /// The filled-in form of the step before; none at the start. After [`CommandReply::confirm`] it has
        /// `confirm`: `true`. (Who says no ends the command without a call.)
        form: Option<Form>,
        /// [`CommandReply::state`] of the step before, as it was: users neither see nor change it.
        state: Option<String>,
        /// The language of whoever runs it, as in `xml:lang` (BCP 47), if it is known.
        language: Option<String>,
    }
    /// What a step leads to: exactly one of `text`, `form`, `confirm` and `table`, else it is done
    /// without a word. With `form` or `confirm` the command goes on.
    pub struct CommandReply {
        /// Done, with a text.
        text: Option<String>,
        /// A form to fill in.
        form: Option<CommandForm>,
        /// A question to answer with yes or no.
        confirm: Option<String>,
        /// Done, with a table.
        table: Option<Table>,
        /// Given back with the next step. Not for secrets: it may be logged.
        state: Option<String>,
    }
    /// A form of a command.
    pub struct CommandForm {
        /// Its heading.
        title: String,
        /// What to do.
        instructions: String,
        /// Its questions.
        fields: Vec<Field>,
    }
}

impl Command {
    /// A command on the gateway for registered users, run in a chat by the same word as its node.
    pub fn new(node: impl Into<String>, name: impl Into<String>, help: impl Into<String>) -> Self {
        let node = node.into();
        Command { chat_word: node.clone(), node, name: name.into(), help: help.into(), ..Command::default() }
    }

    /// The same for others.
    pub fn access(self, access: CommandAccess) -> Self {
        Command { access, ..self }
    }

    /// The same on contacts or rooms.
    pub fn target(self, target: CommandTarget) -> Self {
        Command { target, ..self }
    }
}

impl CommandCall {
    /// What was answered to that field of the step before, without blanks around it; none if it is empty.
    pub fn answer(&self, var: &str) -> Option<&str> {
        self.form.as_ref()?.get(var).map(|answer| answer.trim()).filter(|answer| !answer.is_empty())
    }

    /// Whether the step before was a question that is answered with yes.
    pub fn confirmed(&self) -> bool {
        self.answer("confirm") == Some("true")
    }
}

impl CommandReply {
    /// Done, with a text.
    pub fn text(text: impl Into<String>) -> Self {
        CommandReply { text: Some(text.into()), ..CommandReply::default() }
    }

    /// A form to fill in.
    pub fn form(title: impl Into<String>, instructions: impl Into<String>, fields: Vec<Field>) -> Self {
        let form = CommandForm { title: title.into(), instructions: instructions.into(), fields };
        CommandReply { form: Some(form), ..CommandReply::default() }
    }

    /// A question to answer with yes or no.
    pub fn confirm(question: impl Into<String>) -> Self {
        CommandReply { confirm: Some(question.into()), ..CommandReply::default() }
    }

    /// Done, with a table.
    pub fn table(table: Table) -> Self {
        CommandReply { table: Some(table), ..CommandReply::default() }
    }

    /// The same with something to be given back with the next step.
    pub fn state(self, state: impl Into<String>) -> Self {
        CommandReply { state: Some(state.into()), ..self }
    }
}
