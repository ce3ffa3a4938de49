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
    /// A step of a command that somebody runs.
    pub struct CommandCall {
        /// Which.
        node: String,
        /// The contact or room that it was run on.
        on: Option<Chat>,
        /// The bare JID of whoever runs it.
        by: String,
        /// What was typed after the chat word.
        arguments: Vec<String>,
        /// The filled-in form of the step before; none at the start.
        form: Option<Form>,
        /// `CommandReply::state` of the step before.
        state: Option<String>,
    }
    /// What a step leads to: exactly one of `text`, `form`, `confirm` and `table`, else it is done
    /// without a word.
    pub struct CommandReply {
        /// Done, with a text.
        text: Option<String>,
        /// A form to fill in.
        form: Option<CommandForm>,
        /// A question to answer with yes; `CommandCall::form` then has `confirm`.
        confirm: Option<String>,
        /// Done, with a table.
        table: Option<Table>,
        /// Given back with the next step.
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
