//! Commands of a plugin (XEP-0050), which the daemon also shows as a chat bot.

use super::{Chat, Field, Form, Table, choices, messages};

choices! {
    /// People who may run a command. slidge: `CommandAccess`.
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
        /// Users who are not registered yet.
        NonUser,
        /// All users.
        Any,
    }
    /// Place where a command appears.
    pub enum CommandTarget {
        /// The command is one of the gateway.
        #[default]
        Gateway,
        /// The command is one of contacts.
        Contact,
        /// The command is one of rooms.
        Room,
    }
}

messages! {
    /// A command that the plugin adds (XEP-0050). Start from [`Command::new`].
    pub struct Command {
        /// End of its node; unique within its target: `list-devices`. slidge: `NODE`.
        node: String,
        /// Name in the list of commands: `List devices`. slidge: `NAME`.
        name: String,
        /// Purpose, in a line. slidge: `HELP`.
        help: String,
        /// Word that runs it in a chat with the gateway. slidge: `CHAT_COMMAND`.
        chat_word: String,
        /// Heading under which it is listed; default: none. slidge: `CATEGORY`.
        category: Option<String>,
        /// People who may run it; default: registered users. slidge: `ACCESS`.
        access: CommandAccess,
        /// Place where it appears; default: the gateway.
        target: CommandTarget,
        /// Whether nothing may stand behind its chat word: the daemon refuses what does.
        alone: bool,
    }
    /// A step of a command that somebody runs. The first has neither `form` nor `state`; each
    /// further one answers the [`CommandReply`] before it. Whoever goes back in a client sees the
    /// earlier reply again, and answers that one: so a plugin keeps nothing between two steps but
    /// what it gives out as [`CommandReply::state`].
    ///
    /// The daemon checks before it calls: the caller may run the command ([`Command::access`]),
    /// required fields are filled in, answers are of the [kind](Field::kind) that was asked for.
    /// The plugin refuses what only the network can judge, with
    /// [`Error::new`](crate::Error::new)`(`
    /// [`Condition::NotAcceptable`](crate::Condition::NotAcceptable)`, "This name is too long.")`:
    /// the step stays open, for another try. Any other error ends the command, in the error's
    /// words.
    pub struct CommandCall {
        /// Command that is run: its [`Command::node`].
        node: String,
        /// Contact or room that it is run on; none: the gateway.
        on: Option<Chat>,
        /// Bare JID of whoever runs it.
        by: String,
        /// Words that were typed behind the chat word; those in quotes are one. In the first step
        /// only.
        arguments: Vec<String>,
        /// Filled-in form of the step before; none at the start.
        ///
        /// After [`CommandReply::confirm`] it has `confirm`: `true`. A no ends the command without
        /// a call.
        form: Option<Form>,
        /// [`CommandReply::state`] of the step before: users neither see nor change it.
        state: Option<String>,
        /// Language of whoever runs it, as in `xml:lang` (BCP 47): `de-AT`. None if it is not
        /// known.
        language: Option<String>,
    }
    /// Outcome of a step: exactly one of `text`, `form`, `confirm` and `table`, else it is done
    /// without a word. With `form` or `confirm` the command goes on.
    pub struct CommandReply {
        /// Text that ends the command.
        text: Option<String>,
        /// Form to fill in: the command goes on.
        form: Option<CommandForm>,
        /// Question to answer with yes or no: the command goes on.
        confirm: Option<String>,
        /// Table that ends the command.
        table: Option<Table>,
        /// State that comes back with the next step. Not for secrets: it may be logged.
        state: Option<String>,
    }
    /// A form of a command.
    pub struct CommandForm {
        /// Heading.
        title: String,
        /// Instructions above the questions.
        instructions: String,
        /// Questions.
        fields: Vec<Field>,
    }
}

impl Command {
    /// A command on the gateway for registered users, run in a chat by the same word as its node.
    pub fn new(node: impl Into<String>, name: impl Into<String>, help: impl Into<String>) -> Self {
        let node = node.into();
        Command { chat_word: node.clone(), node, name: name.into(), help: help.into(), ..Command::default() }
    }

    /// Sets the users who may run the command.
    pub fn access(self, access: CommandAccess) -> Self {
        Command { access, ..self }
    }

    /// Takes no words behind the chat word: the daemon refuses them. Other commands have to read
    /// [`CommandCall::arguments`], or refuse what they do not read.
    pub fn alone(self) -> Self {
        Command { alone: true, ..self }
    }

    /// Offers the command on contacts or rooms.
    pub fn target(self, target: CommandTarget) -> Self {
        Command { target, ..self }
    }
}

impl CommandCall {
    /// Answer to that field of the step before, without blanks around it; none if it is
    /// empty.
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

    /// Sets a state that is given back with the next step.
    pub fn state(self, state: impl Into<String>) -> Self {
        CommandReply { state: Some(state.into()), ..self }
    }
}
