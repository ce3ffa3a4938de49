//! Commands as forms (XEP-0050), on the gateway, on contacts and on rooms.

use crate::command::Env;
use crate::command::caller::Context;
use crate::command::catalog::Commands;
use crate::command::dialogue::Dialogue;
use crate::command::dialogue::Shown;
use crate::command::permission::permitted;
use crate::command::permission::served;
use crate::command::reply::How;
use crate::command::reply::Question;
use crate::command::runs::Runs;
use crate::language::Language;
use crate::model::caller::Caller;
use crate::model::ids::new_id;
use crate::say;
use crate::stanza::form;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use crate::xmpp::commands;
use crate::xmpp::commands::Action;
use crate::xmpp::commands::NoteType;
use crate::xmpp::commands::Request;
use crate::xmpp::commands::Response;
use crate::xmpp::commands::Status;
use crate::xmpp::forms::Form as WireForm;
use crate::xmpp::forms::FormType;
use crate::xmpp::reply;
use jid::Jid;
use plugin_api::Chat;
use plugin_api::CommandTarget;
use plugin_api::Field;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Time that a client waits for something that happens elsewhere before it has to ask again: less
/// than clients wait for an answer.
const ELSEWHERE: Duration = Duration::from_secs(20);
/// Time that a form waits for its picture to be uploaded. The picture is in the form as bits of
/// binary (XEP-0231) as well, so it is shown even without an address.
const UPLOAD: Duration = Duration::from_secs(5);

/// Request for one step of a command: the stanza to answer, and its session.
struct Step {
    iq: Stanza,
    node: String,
    id: String,
    language: Language,
    /// Whether earlier steps of the command went before.
    further: bool,
}

/// Server of commands as forms.
pub(crate) struct AdHoc {
    env: Arc<Env>,
    commands: Arc<Commands>,
    runs: Runs<Dialogue>,
}

impl AdHoc {
    /// Creates a server for these commands.
    pub(crate) fn new(env: Arc<Env>, commands: Arc<Commands>) -> Arc<Self> {
        Arc::new(AdHoc { env, commands, runs: Runs::default() })
    }

    /// Returns all commands of the gateway.
    pub(super) fn commands(&self) -> &Commands {
        &self.commands
    }

    /// Returns the services and the state that commands work with.
    pub(super) fn env(&self) -> &Arc<Env> {
        &self.env
    }

    /// Handles a step of a command on the gateway, or on a contact or room.
    pub(crate) fn command(self: &Arc<Self>, from: Jid, iq: Stanza, on: Option<Chat>) {
        let request =
            match Request::parse(&iq) {
                Some(Ok(request)) => request,
                Some(Err(error)) => {
                    return self.env.services.uplink.send(reply::error(&iq, &error).unwrap_or_default());
                }
                None => {
                    return self.env.services.uplink.send(
                        reply::error(&iq, &StanzaError::new(Condition::BadRequest)).unwrap_or_default(),
                    );
                }
            };
        let caller = self.env.users.caller(from, iq.lang.as_deref());
        let step = Step {
            node: request.node.clone(),
            id: request.session.clone().unwrap_or_else(new_id),
            language: caller.language,
            further: request.session.is_some(),
            // The payload has been parsed into the request.
            iq: Stanza { payloads: Vec::new(), ..iq },
        };
        match &request.session {
            None => self.first_step(step, request.action, caller, on),
            Some(_) => self.further_step(step, request, &caller.jid),
        }
    }

    fn first_step(self: &Arc<Self>, step: Step, action: Action, caller: Caller, on: Option<Chat>) {
        if matches!(action, Action::Cancel | Action::Prev) {
            return self.fail_step(&step, &commands::bad_action());
        }
        let target = target_of(on.as_ref());
        let context = Context { env: self.env.clone(), caller, on, arguments: Vec::new() };
        let found = self.commands.at(target, &step.node).cloned().ok_or_else(|| {
            StanzaError::with_text(Condition::ItemNotFound, say!(step.language, "no-such-command"))
        });
        let command = match served(&self.env, &context.caller).and(found) {
            Ok(command) => command,
            Err(error) => return self.fail_step(&step, &error),
        };
        if let Err(error) = permitted(&command, &context) {
            return self.fail_step(&step, &error);
        }
        let known = self.env.services.index.knows(&context.caller.bare());
        if !self.runs.open(step.id.clone(), context.caller.jid.clone(), step.node.clone(), known) {
            let text = say!(step.language, "too-many-forms");
            return self.fail_step(&step, &StanzaError::with_text(Condition::ResourceConstraint, text));
        }
        self.go_on(step, Dialogue::new(command, context), |mut dialogue| async move {
            let shown = dialogue.begin().await;
            (dialogue, shown)
        });
    }

    fn further_step(self: &Arc<Self>, step: Step, request: Request, by: &Jid) {
        // A form that is cancelled is no submission (XEP-0050 section 3.3).
        let cancelled = request.form.as_ref().is_some_and(|form| form.type_ == FormType::Cancel);
        if cancelled || request.action == Action::Cancel {
            if !self.runs.close(&step.id, by, &step.node) {
                return self.fail_step(&step, &commands::bad_session());
            }
            return self.answer_step(&step, Status::Canceled, &[], None, &[]);
        }
        let mut dialogue = match self.runs.take(&step.id, by, &step.node) {
            Ok(dialogue) => dialogue,
            Err(error) => return self.fail_step(&step, &error),
        };
        if request.action == Action::Prev {
            let shown = dialogue.back();
            let (question, way_back) = (shown, dialogue.has_way_back());
            self.runs.put_back(&step.id, dialogue);
            return match question {
                Some(question) => self.show_step(&step, &question, way_back, None),
                None => self.fail_step(&step, &commands::bad_action()),
            };
        }
        let Some(question) = dialogue.question().cloned() else {
            return self.fail_step(&step, &commands::bad_session());
        };
        let submitted = request.form.filter(|form| form.type_ == FormType::Submit).unwrap_or_default();
        let filled = form::filled(step.language, &question.fields, |var| submitted.values(var));
        let form = match filled {
            Ok(form) => form,
            Err(text) => {
                let typed = |field: &Field| (field.var.clone(), submitted.values(&field.var).join("\n"));
                dialogue.not_an_answer(question.fields.iter().map(typed).collect());
                let (question, way_back) = (dialogue.question().cloned(), dialogue.has_way_back());
                self.runs.put_back(&step.id, dialogue);
                let Some(question) = question else { return };
                return self.show_step(&step, &question, way_back, Some(&text));
            }
        };
        self.go_on(step, dialogue, move |mut dialogue| async move {
            let answered = dialogue.answer(form);
            if question.how != How::Elsewhere {
                let shown = answered.await;
                return (dialogue, shown);
            }
            // If nothing has happened yet, the question is shown again.
            let shown = match timeout(ELSEWHERE, answered).await {
                Ok(shown) => shown,
                Err(_) => Ok(Shown::Question(question)),
            };
            (dialogue, shown)
        });
    }

    /// Runs a step as a task of its own, and answers it when it is done.
    fn go_on<F>(
        self: &Arc<Self>,
        step: Step,
        dialogue: Dialogue,
        work: impl FnOnce(Dialogue) -> F + Send + 'static,
    ) where
        F: Future<Output = (Dialogue, Result<Shown, StanzaError>)> + Send + 'static,
    {
        let this = self.clone();
        let coded = dialogue.question().is_some_and(|question| question.code.is_some());
        self.env.services.tasks.converse(async move {
            let (dialogue, shown) = work(dialogue).await;
            let (way_back, open) = (dialogue.has_way_back(), dialogue.question().cloned());
            let there = if dialogue.is_over() {
                this.runs.forget(&step.id)
            } else {
                this.runs.put_back(&step.id, dialogue)
            };
            match shown {
                // Cancelled while the step was at work: its effect stays, but no question follows.
                Ok(Shown::Question(_)) if !there => {
                    this.answer_step(&step, Status::Canceled, &[], None, &[]);
                }
                Ok(Shown::Question(question)) => {
                    let mut code = pin!(this.bring_code(&step, &question, coded));
                    let in_time = timeout(UPLOAD, &mut code).await.is_ok();
                    this.show_step(&step, &question, way_back, None);
                    if !in_time {
                        code.await;
                    }
                }
                Ok(Shown::Done(done)) => {
                    let table = done.table.as_ref().map(form::table);
                    let note = (NoteType::Info, super::chat::note(&done));
                    this.answer_step(&step, Status::Completed, &[], table.as_ref(), &[note]);
                }
                Err(error) => this.refuse_step(&step, error, open.filter(|_| there), way_back),
            }
        });
    }

    /// Uploads a QR code, so that the form has an address for it. The first code of a command is
    /// sent in the chat too, because not every client shows pictures in forms.
    async fn bring_code(&self, step: &Step, question: &Question, coded: bool) {
        let (Some(code), Some(to)) = (&question.code, &step.iq.from) else { return };
        let to = to.to_bare();
        if coded && self.env.qr.is_in_chat(&to, code) {
            if let Err(error) = self.env.services.file_messages.upload_code(&to, code).await {
                tracing::debug!(%error, "a QR code is shown without an address");
            }
        } else if let Err(error) = self.env.qr.show_in_chat(&self.env.services.file_messages, &to, code).await
        {
            tracing::warn!(%error, "a QR code could not be shown in the chat");
        }
    }

    /// Answers a step that failed: with the question again and the reason, if it can be retried.
    ///
    /// Only a first step is answered with a stanza error, as not every client shows those of
    /// further steps.
    fn refuse_step(&self, step: &Step, error: StanzaError, open: Option<Arc<Question>>, way_back: bool) {
        if !step.further {
            return self.fail_step(step, &error);
        }
        let why = error.text.unwrap_or_else(|| say!(step.language, "chat-failed"));
        match open {
            Some(question) => self.show_step(step, &question, way_back, Some(&why)),
            None => self.answer_step(step, Status::Completed, &[], None, &[(NoteType::Error, why)]),
        }
    }

    fn show_step(&self, step: &Step, question: &Question, way_back: bool, error: Option<&str>) {
        let mut actions = vec![if question.more { Action::Next } else { Action::Complete }];
        if way_back {
            actions.push(Action::Prev);
        }
        let mut form = question_form(&self.env, question, step.language);
        let news = (question.news && error.is_none()).then(|| (NoteType::Info, question.title.clone()));
        let error = error.map(|why| (NoteType::Error, why.to_owned()));
        let notes: Vec<_> = news.into_iter().chain(error).collect();
        // Of a further step Converse shows no notes, and of several instructions only the last.
        let first = notes.iter().map(|(_, text)| text.clone()).filter(|text| !text.is_empty());
        let lines: Vec<_> = first.chain(form.instructions).collect();
        form.instructions = (!lines.is_empty()).then(|| lines.join("\n")).into_iter().collect();
        self.answer_step(step, Status::Executing, &actions, Some(&form), &notes);
    }

    fn answer_step(
        &self,
        step: &Step,
        status: Status,
        actions: &[Action],
        form: Option<&WireForm>,
        notes: &[(NoteType, String)],
    ) {
        let notes = notes.iter().filter(|(_, text)| !text.is_empty());
        let notes: Vec<_> = notes.map(|(kind, text)| (*kind, text.as_str())).collect();
        let response = Response { node: &step.node, session: &step.id, status, actions, notes: &notes, form };
        self.env.services.uplink.send(reply::result(&step.iq, |xml| response.write(xml)));
    }

    fn fail_step(&self, step: &Step, error: &StanzaError) {
        self.env.services.uplink.send(reply::error(&step.iq, error).unwrap_or_default());
    }
}

/// Kind of thing that a command is run on.
pub(crate) fn target_of(on: Option<&Chat>) -> CommandTarget {
    match on {
        None => CommandTarget::Gateway,
        Some(chat) if chat.as_room().is_some() => CommandTarget::Room,
        Some(_) => CommandTarget::Contact,
    }
}

/// Builds the form (XEP-0004) of a question.
fn question_form(env: &Env, question: &Question, language: Language) -> WireForm {
    let mut form = form::form(&question.title, &question.text, &question.fields, &question.current);
    if question.how == How::Elsewhere {
        form.instructions.push(say!(language, "form-elsewhere"));
    }
    if let Some(code) = &question.code {
        form.fields.splice(0..0, env.services.file_messages.code_fields(code, language));
    }
    form
}
