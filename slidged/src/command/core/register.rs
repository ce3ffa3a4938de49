//! Command that registers a user: by a form, by a form and a code, or by a form and a QR code to
//! scan.
//!
//! A registered user changes their credentials in the same ways.

use crate::command::caller::Context;
use crate::command::core::qr;
use crate::command::core::welcome::welcome;
use crate::command::reply::Question;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::say;
use crate::users;
use crate::users::Admission;
use crate::users::Door;
use crate::users::INVITATION;
use crate::users::Validated;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;
use plugin_api::Data;
use plugin_api::Field;
use plugin_api::Form;
use plugin_api::RegistrationType;
use plugin_api::User;

const CODE: &str = "code";

/// Begins a registration by the plugin's way of this number; 0 is the first choice.
pub(in crate::command) async fn run(context: Context, flow: u32) -> Result {
    match context.env.admission.door(&context.caller).await? {
        Door::Waiting(text) => Ok(Reply::done(text)),
        Door::Open => begin(context, flow, None).await,
        Door::Invitation => match qr::resume(&context, flow) {
            Some(showing) => Ok(showing),
            None => Ok(ask_invitation(&context, flow)),
        },
    }
}

/// Asks for an invitation before anything else, so that one that is worth nothing is refused at
/// once.
fn ask_invitation(context: &Context, flow: u32) -> Reply {
    let language = context.language();
    let title = say!(language, "register-title", network = context.network());
    let fields = vec![Admission::invitation_field(language)];
    let text = say!(language, "invitation-text");
    let question = Question::form(title, text, fields, move |context, mut form| async move {
        let invitation = form.remove(INVITATION);
        drop(context.env.admission.grant(&context.caller, invitation.as_deref()).await?);
        begin(context, flow, invitation).await
    });
    question.more().into()
}

async fn begin(context: Context, flow: u32, invitation: Option<String>) -> Result {
    let language = context.language();
    let Some(registration) = users::flow(&context.env.services.info, flow) else {
        return Err(StanzaError::with_text(Condition::ItemNotFound, say!(language, "no-such-command")));
    };
    let fields = registration.fields.clone();
    let kind = registration.kind;
    if kind == RegistrationType::QrCode {
        if let Some(showing) = qr::resume(&context, flow) {
            return Ok(showing);
        }
        if fields.is_empty() {
            return filled(context, flow, Form::new(), invitation).await;
        }
    }
    let title = match registration.title.as_str() {
        "" => say!(language, "register-title", network = context.network()),
        title => title.to_owned(),
    };
    let text = users::instructions(&context.env.services.info, flow, language);
    if fields.is_empty() {
        let label = say!(language, "register-confirm", network = context.network());
        let then = move |context: Context| filled(context, flow, Form::new(), invitation.clone());
        return Ok(Question::confirm(title, text, label, then).into());
    }
    let question = Question::form(title, text, fields, move |context, form| {
        filled(context, flow, form, invitation.clone())
    });
    Ok(if kind == RegistrationType::SingleStepForm { question } else { question.more() }.into())
}

async fn filled(context: Context, flow: u32, form: Form, invitation: Option<String>) -> Result {
    let env = context.env.clone();
    // The invitation is checked before the network is asked.
    drop(env.admission.grant(&context.caller, invitation.as_deref()).await?);
    let kind = users::flow(&context.env.services.info, flow).map(|flow| flow.kind).unwrap_or_default();
    match env.registration.validate(&context.caller, form, flow).await? {
        Validated::Data(data) if kind == RegistrationType::TwoFactorCode => {
            Ok(ask_code(&context, flow, data, invitation))
        }
        Validated::Data(data) if kind == RegistrationType::QrCode => {
            qr::begin(context, flow, data, invitation).await
        }
        Validated::Data(data) | Validated::NoCodeNeeded(data) => registered(context, data, invitation).await,
    }
}

fn ask_code(context: &Context, flow: u32, data: Data, invitation: Option<String>) -> Reply {
    let language = context.language();
    let given = users::flow(&context.env.services.info, flow);
    let or = |text: Option<&String>, id: &str| {
        text.filter(|text| !text.is_empty()).cloned().unwrap_or_else(|| language.text(id, &[]))
    };
    let title = or(given.map(|flow| &flow.two_factor_title), "register-code-title");
    let text = or(given.map(|flow| &flow.two_factor_instructions), "register-code-text");
    let field = Field::text(CODE, say!(language, "register-code")).required();
    Question::form(title, text, vec![field], move |context, form| {
        check_code(context, data.clone(), form, invitation.clone())
    })
    .into()
}

async fn check_code(context: Context, mut data: Data, form: Form, invitation: Option<String>) -> Result {
    let code = form.get(CODE).map(|code| code.trim().to_owned()).unwrap_or_default();
    let user = User { jid: context.caller.bare().to_string(), data: data.clone(), ..User::default() };
    match context.env.registration.validate_code(context.language(), user, code).await {
        Ok(more) => data.extend(more),
        // The network no longer waits for a code: the user has to start again.
        Err(error) if error.condition == Condition::Gone => return Ok(Reply::Failed(error)),
        Err(error) => return Err(error),
    }
    registered(context, data, invitation).await
}

/// Completes a registration whose data was found right; a new user may choose preferences next.
pub(crate) async fn registered(context: Context, data: Data, invitation: Option<String>) -> Result {
    let known = context.standing().registered;
    // The guard is dropped at once: a new session need not wait for this answer before it speaks.
    drop(context.env.registration.enrol(&context.caller, data, invitation.as_deref()).await?);
    Ok(welcome(&context, known))
}
