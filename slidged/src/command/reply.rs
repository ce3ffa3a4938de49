//! Outcomes of a step of a command.

use super::caller::Context;
use crate::xmpp::StanzaError;
use futures_util::future::BoxFuture;
use plugin_api::{Field, Form, Table};
use std::sync::Arc;

/// Outcome of a step; an error leaves the step open for another try.
pub type Result<T = Reply> = std::result::Result<T, StanzaError>;

/// Function that handles the answer to a question.
pub type Then = Arc<dyn Fn(Context, Form) -> BoxFuture<'static, Result> + Send + Sync>;

/// Outcome of a step that succeeded, or that cannot be tried again.
pub enum Reply {
    /// End of the command.
    Done(Done),
    /// Question to answer before the command goes on.
    Ask(Question),
    /// Error that ends the command.
    Failed(StanzaError),
}

/// Result of a command.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Done {
    /// Text for the user; may be empty.
    pub text: String,
    /// Table, if the result has one.
    pub table: Option<Table>,
}

/// Kind of answer that a question wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Fields to fill in.
    Form,
    /// Yes or no, in the field [`Question::CONFIRM`].
    Confirm,
    /// Deed outside of the form, such as scanning a code: the next step comes by itself and is
    /// waited for.
    Elsewhere,
}

/// Question: a form to fill in.
pub struct Question {
    /// Heading of the form.
    pub title: String,
    /// Instructions for the user.
    pub text: String,
    /// Fields to fill in.
    pub fields: Vec<Field>,
    /// Values to start from, instead of those of the fields themselves.
    pub current: Form,
    /// Content of a QR code to scan.
    pub code: Option<String>,
    /// Kind of answer that is wanted.
    pub how: How,
    /// Whether the earlier questions can no longer be changed.
    pub no_way_back: bool,
    /// Whether further questions follow.
    pub more: bool,
    /// Whether the heading has news. It is sent as a note too then, as not every client shows
    /// headings.
    pub news: bool,
    /// Handler of the answer.
    pub then: Then,
}

impl Reply {
    /// Ends the command with a text.
    pub fn done(text: impl Into<String>) -> Self {
        Reply::Done(Done { text: text.into(), table: None })
    }

    /// Ends the command with a table.
    pub fn table(table: Table) -> Self {
        Reply::Done(Done { text: String::new(), table: Some(table) })
    }
}

impl Question {
    /// Name of the field of a [`How::Confirm`].
    pub const CONFIRM: &str = "confirm";

    /// Creates a form; `then` handles the answer.
    pub fn form<F>(
        title: impl Into<String>,
        text: impl Into<String>,
        fields: Vec<Field>,
        then: impl Fn(Context, Form) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result> + Send + 'static,
    {
        Question {
            title: title.into(),
            text: text.into(),
            fields,
            current: Form::new(),
            code: None,
            how: How::Form,
            no_way_back: false,
            more: false,
            news: false,
            then: Arc::new(move |context, form| Box::pin(then(context, form))),
        }
    }

    /// Creates a question for yes or no; `then` runs after a yes, and nothing after a no.
    pub fn confirm<F>(
        title: impl Into<String>,
        text: impl Into<String>,
        label: impl Into<String>,
        then: impl Fn(Context) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result> + Send + 'static,
    {
        let fields = vec![Field::boolean(Self::CONFIRM, label, false).required()];
        let mut question = Question::form(title, text, fields, |_, _| async { Ok(Reply::done("")) });
        question.how = How::Confirm;
        question.then = Arc::new(move |context, form| {
            if form.get(Self::CONFIRM).is_some_and(|answer| answer == "true") {
                Box::pin(then(context))
            } else {
                let text = crate::say!(context.language(), "nothing-changed");
                Box::pin(async move { Ok(Reply::done(text)) })
            }
        });
        question
    }

    /// Sets values to start from.
    #[must_use]
    pub fn current(self, current: Form) -> Self {
        Question { current, ..self }
    }

    /// Rules out going back to the questions before.
    #[must_use]
    pub fn no_way_back(self) -> Self {
        Question { no_way_back: true, ..self }
    }

    /// Announces that further questions follow.
    #[must_use]
    pub fn more(self) -> Self {
        Question { more: true, ..self }
    }
}

impl From<Question> for Reply {
    fn from(question: Question) -> Self {
        Reply::Ask(question)
    }
}
