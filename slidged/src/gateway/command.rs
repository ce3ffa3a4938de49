//! Ad-hoc commands (XEP-0050) on the gateway: register, log in again, leave.
//!
//! Sessions follow R2: their ids are random, bound to the full JID that opened them, and expire.

use super::{Gateway, forms, new_id};
use crate::{
    session::Event,
    xmpp::{
        Condition, Stanza, StanzaError,
        commands::{self, Action, NoteType, Request, Response, Status},
        disco::Item,
        forms::{Form as WireForm, FormType},
        ns, reply,
    },
};
use jid::Jid;
use plugin_api::{Field, Form, RegistrationType};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// A form that was left alone that long is forgotten.
const EXPIRES: Duration = Duration::from_secs(600);
/// Of one user at the same time.
const PER_USER: usize = 5;
/// Of all users together: memory is bounded whatever strangers do.
const IN_ALL: usize = 10_000;

/// The commands under way, by session id.
pub(super) type Runs = HashMap<String, Run>;

/// A command that waits for its form.
pub(super) struct Run {
    by: Jid,
    what: What,
    started: Instant,
}

/// The commands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Register,
    Relogin,
    Unregister,
}

const ALL: [What; 3] = [What::Register, What::Relogin, What::Unregister];

impl What {
    fn node(self) -> &'static str {
        match self {
            What::Register => ns::REGISTER,
            What::Relogin => "urn:slidged:commands:re-login",
            What::Unregister => "urn:slidged:commands:unregister",
        }
    }

    fn name(self) -> &'static str {
        match self {
            What::Register => "Register",
            What::Relogin => "Log in again",
            What::Unregister => "Leave the gateway",
        }
    }

    /// Registering is for those who are not registered, the rest for those who are.
    fn is_for(self, registered: bool) -> bool {
        registered != (self == What::Register)
    }
}

impl Gateway {
    /// What that command is called, for whom it exists.
    pub(super) fn command_name(&self, from: &Jid, node: &str) -> Option<&'static str> {
        self.commands_of(from).find(|what| what.node() == node).map(What::name)
    }

    pub(super) fn command_items(&self, from: &Jid) -> Vec<Item> {
        // Who is connected need not log in again.
        let connected = self.session(&from.to_bare()).is_some_and(|session| session.is_connected());
        self.commands_of(from)
            .filter(|what| *what != What::Relogin || !connected)
            .map(|what| Item {
                jid: self.domain.clone(),
                node: Some(what.node().to_owned()),
                name: Some(what.name().to_owned()),
            })
            .collect()
    }

    fn commands_of(&self, from: &Jid) -> impl Iterator<Item = What> {
        let (registered, served) = (self.session(&from.to_bare()).is_some(), self.may_register(from).is_ok());
        ALL.into_iter().filter(move |what| served && what.is_for(registered))
    }

    /// A step of a command.
    pub(super) fn command(self: &Arc<Self>, from: Jid, iq: Stanza) {
        let request = match Request::parse(&iq) {
            Some(Ok(request)) => request,
            Some(Err(error)) => return self.send(reply::error(&iq, &error).unwrap_or_default()),
            None => return,
        };
        if let Err((condition, text)) = self.may_register(&from) {
            return self.refuse(&iq, condition, &text);
        }
        let registered = self.session(&from.to_bare()).is_some();
        let Some(what) = ALL.into_iter().find(|what| what.node() == request.node) else {
            return self.refuse(&iq, Condition::ItemNotFound, "There is no such command");
        };
        if !what.is_for(registered) {
            let text = if registered { "You are registered already" } else { "You are not registered" };
            return self.refuse(&iq, Condition::NotAllowed, text);
        }
        let wrong = |error: StanzaError| reply::error(&iq, &error).unwrap_or_default();
        let Some(id) = request.session else {
            return match request.action {
                Action::Execute | Action::Next | Action::Complete => self.first_step(what, from, &iq),
                Action::Cancel | Action::Prev => self.send(wrong(commands::bad_action())),
            };
        };
        let Some(run) = self.take_run(&id, &from, what) else {
            return self.send(wrong(commands::bad_session()));
        };
        // A form that is cancelled is no submission (XEP-0050 section 3.3).
        let cancelled = request.form.as_ref().is_some_and(|form| form.type_ == FormType::Cancel);
        match request.action {
            _ if cancelled => self.answer_command(&iq, what, &id, Status::Canceled, None, None),
            Action::Cancel => self.answer_command(&iq, what, &id, Status::Canceled, None, None),
            Action::Execute | Action::Next | Action::Complete => self.last_step(run, id, request.form, iq),
            Action::Prev => {
                self.keep(id, run);
                self.send(wrong(commands::bad_action()));
            }
        }
    }

    fn first_step(self: &Arc<Self>, what: What, from: Jid, iq: &Stanza) {
        let id = new_id();
        let network = &self.info.component_name;
        let (title, text) = match what {
            What::Register if self.info.registration.kind != RegistrationType::SingleStepForm => {
                let text = "This network's way to register is not supported yet";
                return self.refuse(iq, Condition::FeatureNotImplemented, text);
            }
            What::Register => (format!("Registration with {network}"), self.instructions()),
            What::Unregister => (
                format!("Leave {network}"),
                "Your contacts disappear from your contact list, and your credentials are deleted.",
            ),
            What::Relogin => return self.relogin(&from, iq, &id),
        };
        let form = forms::form(&title, text, &self.fields_of(what), &Form::new());
        if !self.keep(id.clone(), Run { by: from, what, started: Instant::now() }) {
            let text = "Too many forms are open. Finish one of them, or wait ten minutes";
            return self.refuse(iq, Condition::ResourceConstraint, text);
        }
        self.answer_command(iq, what, &id, Status::Executing, Some(&form), None);
    }

    fn fields_of(&self, what: What) -> Vec<Field> {
        match what {
            What::Register => self.info.registration.fields.clone(),
            What::Unregister => vec![Field::boolean("confirm", "Yes, I want to leave", false).required()],
            What::Relogin => Vec::new(),
        }
    }

    fn last_step(self: &Arc<Self>, run: Run, id: String, form: Option<WireForm>, iq: Stanza) {
        let submitted = form.filter(|form| form.type_ == FormType::Submit).unwrap_or_default();
        let form = match forms::checked(&self.fields_of(run.what), |var| submitted.values(var)) {
            Ok(form) => form,
            Err(text) => {
                // The form stays open for another try.
                self.keep(id, run);
                return self.refuse(&iq, Condition::NotAcceptable, &text);
            }
        };
        let gateway = self.clone();
        self.tasks.spawn(async move {
            match run.what {
                What::Register => match gateway.sign_up(&run.by, form).await {
                    Ok(registered) => {
                        gateway.completed(
                            &iq,
                            run.what,
                            &id,
                            "Registered. Your contacts will appear shortly.",
                        );
                        drop(registered);
                    }
                    Err(error) => {
                        gateway.keep(id, run);
                        gateway.send(reply::error(&iq, &error).unwrap_or_default());
                    }
                },
                What::Unregister if form.get("confirm").is_some_and(|value| value == "true") => {
                    gateway.completed(&iq, run.what, &id, "You have left the gateway.");
                    if let Some(session) = gateway.session(&run.by.to_bare()) {
                        gateway.unregister(session);
                    }
                }
                What::Unregister | What::Relogin => {
                    gateway.completed(&iq, run.what, &id, "Nothing was changed.");
                }
            }
        });
    }

    fn relogin(self: &Arc<Self>, from: &Jid, iq: &Stanza, id: &str) {
        let Some(session) = self.session(&from.to_bare()) else { return };
        let (gateway, iq, id) = (self.clone(), iq.clone(), id.to_owned());
        self.tasks.spawn(async move {
            let (answer, answered) = oneshot::channel();
            session.tell(Event::Relogin(answer)).await;
            match answered.await {
                Ok(Ok(text)) => gateway.completed(&iq, What::Relogin, &id, &text),
                Ok(Err(text)) => gateway.refuse(&iq, Condition::UnexpectedRequest, &text),
                Err(_) => gateway.refuse(&iq, Condition::ServiceUnavailable, "You are leaving"),
            }
        });
    }

    fn completed(&self, iq: &Stanza, what: What, id: &str, note: &str) {
        self.answer_command(iq, what, id, Status::Completed, None, Some(note));
    }

    fn answer_command(
        &self,
        iq: &Stanza,
        what: What,
        id: &str,
        status: Status,
        form: Option<&WireForm>,
        note: Option<&str>,
    ) {
        let notes: Vec<_> = note.into_iter().map(|note| (NoteType::Info, note)).collect();
        let response = Response {
            node: what.node(),
            session: id,
            status,
            actions: &[Action::Complete],
            notes: &notes,
            form,
        };
        self.send(reply::result(iq, |xml| response.write(xml)));
    }

    /// Keeps a command until its next step; false when there are too many.
    fn keep(&self, id: String, run: Run) -> bool {
        let mut runs = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, user) = (Instant::now(), run.by.to_bare());
        if runs.len() >= IN_ALL
            || runs.values().filter(|other| other.by.to_bare() == user).count() >= PER_USER
        {
            runs.retain(|_, other| now - other.started < EXPIRES);
        }
        let of_user = runs.values().filter(|other| other.by.to_bare() == user).count();
        let room = runs.len() < IN_ALL && of_user < PER_USER;
        if room {
            runs.insert(id, run);
        }
        room
    }

    /// The command under way of that id, if it is theirs and not too old.
    fn take_run(&self, id: &str, by: &Jid, what: What) -> Option<Run> {
        let mut runs = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = |run: &Run| run.by == *by && run.what == what && run.started.elapsed() < EXPIRES;
        if runs.get(id).is_some_and(theirs) { runs.remove(id) } else { None }
    }
}
