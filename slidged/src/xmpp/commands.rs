//! XEP-0050: Ad-Hoc Commands, as the one who carries them out. Not done: payloads other than forms.

use minidom::Element;

use super::{
    error::{Condition, ErrorType, StanzaError},
    forms::Form,
    ns,
    stanza::{Kind, Stanza},
    xml::Xml,
};

/// Action on a command (section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Begin, or go on as proposed.
    Execute,
    /// Give up.
    Cancel,
    /// Go back.
    Prev,
    /// Go on.
    Next,
    /// Finish.
    Complete,
}

impl Action {
    /// The value of the attribute `action`, and the name of the element in `<actions/>`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Execute => "execute",
            Action::Cancel => "cancel",
            Action::Prev => "prev",
            Action::Next => "next",
            Action::Complete => "complete",
        }
    }
}

/// A step somebody wants to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Node of the command.
    pub node: String,
    /// Session of the command; none begins one.
    pub session: Option<String>,
    /// Requested action.
    pub action: Action,
    /// Submitted form.
    pub form: Option<Form>,
}

impl Request {
    /// The command in an iq; `None` when it is about something else.
    ///
    /// # Errors
    /// What to answer when it is a command and makes no sense (section 4.4).
    #[must_use]
    pub fn parse(iq: &Stanza) -> Option<Result<Self, StanzaError>> {
        let command = iq.payload().filter(|p| iq.kind == Kind::Iq && p.is("command", ns::COMMANDS))?;
        (iq.type_str() == "set").then(|| Request::read(command))
    }

    fn read(command: &Element) -> Result<Self, StanzaError> {
        let action = match command.attr("action") {
            None | Some("execute") => Action::Execute,
            Some("cancel") => Action::Cancel,
            Some("prev") => Action::Prev,
            Some("next") => Action::Next,
            Some("complete") => Action::Complete,
            Some(_) => return Err(malformed_action()),
        };
        let node = command.attr("node").filter(|n| !n.is_empty());
        let node = node.ok_or_else(|| StanzaError::new(Condition::BadRequest))?.to_owned();
        let session = command.attr("sessionid").filter(|s| !s.is_empty()).map(str::to_owned);
        Ok(Request { node, session, action, form: Form::find(command) })
    }
}

/// Status of a command's execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Waiting for the next step.
    Executing,
    /// Done.
    Completed,
    /// Given up.
    Canceled,
}

/// Severity of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteType {
    /// A note for information.
    Info,
    /// A warning: the command worked, but not quite.
    Warn,
    /// An error: the command did not work.
    Error,
}

/// The answer to a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response<'a> {
    /// Node of the command.
    pub node: &'a str,
    /// Session of the command.
    pub session: &'a str,
    /// Status of the execution.
    pub status: Status,
    /// Actions that are allowed next, the first being the meaning of `execute`; only while
    /// executing.
    pub actions: &'a [Action],
    /// Texts for people.
    pub notes: &'a [(NoteType, &'a str)],
    /// Form to fill in, or the result.
    pub form: Option<&'a Form>,
}

impl Response<'_> {
    /// Writes `<command/>`.
    pub fn write(&self, xml: &mut Xml) {
        let status = match self.status {
            Status::Executing => "executing",
            Status::Completed => "completed",
            Status::Canceled => "canceled",
        };
        xml.open_ns("command", ns::COMMANDS)
            .attr("node", self.node)
            .attr("sessionid", self.session)
            .attr("status", status);
        if let (Status::Executing, [first, ..]) = (self.status, self.actions) {
            xml.open("actions").attr("execute", first.as_str());
            for action in [Action::Prev, Action::Next, Action::Complete] {
                if self.actions.contains(&action) {
                    xml.open(action.as_str()).close();
                }
            }
            xml.close();
        }
        if let Some(form) = self.form {
            form.write(xml);
        }
        for (type_, text) in self.notes {
            let type_ = match type_ {
                NoteType::Info => "info",
                NoteType::Warn => "warn",
                NoteType::Error => "error",
            };
            xml.open("note").attr("type", type_).text(text).close();
        }
        xml.close();
    }
}

/// The session is unknown.
#[must_use]
pub fn bad_session() -> StanzaError {
    StanzaError::new(Condition::ItemNotFound).application("bad-sessionid", ns::COMMANDS)
}

/// The session is over.
#[must_use]
pub fn session_expired() -> StanzaError {
    StanzaError::new(Condition::NotAllowed).application("session-expired", ns::COMMANDS)
}

/// Error for an action that does not exist.
#[must_use]
pub fn malformed_action() -> StanzaError {
    StanzaError::new(Condition::BadRequest).application("malformed-action", ns::COMMANDS)
}

/// The action is not possible now.
#[must_use]
pub fn bad_action() -> StanzaError {
    StanzaError::new(Condition::BadRequest).application("bad-action", ns::COMMANDS)
}

/// The form does not fit.
#[must_use]
pub fn bad_payload(text: &str) -> StanzaError {
    StanzaError::with_text(Condition::BadRequest, text)
        .of_type(ErrorType::Modify)
        .application("bad-payload", ns::COMMANDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::forms::FormType;

    fn request(type_: &str, attrs: &str, inner: &str) -> Option<Result<Request, StanzaError>> {
        let command =
            format!("<command xmlns='http://jabber.org/protocol/commands' {attrs}>{inner}</command>")
                .parse()
                .unwrap();
        Request::parse(&Stanza {
            type_: Some(type_.into()),
            payloads: vec![command],
            ..Stanza::new(Kind::Iq)
        })
    }

    #[test]
    fn steps_are_read() {
        let r = request("set", "node='n'", "").unwrap().unwrap();
        assert_eq!(r, Request { node: "n".into(), session: None, action: Action::Execute, form: None });
        let r = request(
            "set",
            "node='n' sessionid='s' action='prev'",
            "<x xmlns='jabber:x:data' type='submit'/>",
        )
        .unwrap()
        .unwrap();
        assert_eq!(
            (r.session.as_deref(), r.action, r.form.unwrap().type_),
            (Some("s"), Action::Prev, FormType::Submit)
        );
    }

    #[test]
    fn nonsense_is_answered_as_the_xep_says() {
        assert_eq!(request("set", "node='n' action='jump'", ""), Some(Err(malformed_action())));
        assert_eq!(request("set", "", "").unwrap().unwrap_err().condition, Condition::BadRequest);
        assert_eq!(request("get", "node='n'", ""), None);
        assert_eq!(request("result", "node='n'", ""), None);
    }

    #[test]
    fn a_step_is_answered() {
        let mut xml = Xml::new();
        let form = Form::new(FormType::Form);
        let mut response = Response {
            node: "n",
            session: "s",
            status: Status::Executing,
            actions: &[Action::Complete, Action::Prev],
            notes: &[],
            form: Some(&form),
        };
        response.write(&mut xml);
        assert_eq!(
            xml.finish(),
            "<command xmlns='http://jabber.org/protocol/commands' node='n' sessionid='s' status='executing'><actions execute='complete'><prev/><complete/></actions><x xmlns='jabber:x:data' type='form'/></command>"
        );
        response.status = Status::Completed;
        response.form = None;
        response.notes = &[(NoteType::Info, "Done.")];
        response.write(&mut xml);
        assert_eq!(
            xml.finish(),
            "<command xmlns='http://jabber.org/protocol/commands' node='n' sessionid='s' status='completed'><note type='info'>Done.</note></command>"
        );
    }
}
