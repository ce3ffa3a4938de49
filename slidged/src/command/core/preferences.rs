//! Command that sets a user's preferences: the daemon's own and those of the plugin.

use crate::command::caller::Context;
use crate::command::core::support::answered;
use crate::command::core::support::own_session;
use crate::command::core::support::report;
use crate::command::reply::Question;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::language::Language;
use crate::say;
use crate::session::Control;
use plugin_api::Field;
use plugin_api::Form;
use plugin_api::Info;

/// Names of the daemon's own preferences, with their defaults.
const OWN: [(&str, bool); 4] = [
    ("sync_presence", true),
    ("sync_avatar", true),
    ("last_seen_fallback", true),
    ("reaction_fallback", false),
];

fn fields(info: &Info, language: Language) -> Vec<Field> {
    let own = OWN.map(|(var, value)| {
        let id = format!("preference-{}", var.replace('_', "-"));
        Field::boolean(var, language.text(&id, &[]), value)
    });
    let taken = |field: &&Field| OWN.iter().all(|(var, _)| *var != field.var);
    own.into_iter().chain(info.preferences.iter().filter(taken).cloned()).collect()
}

/// Returns the preferences of a user who has chosen nothing.
pub(crate) fn defaults(info: &Info) -> Form {
    fields(info, Language::English).into_iter().map(|field| (field.var, field.value)).collect()
}

/// Builds the form, with the current preferences filled in.
pub(super) fn question(context: &Context, text: &str, current: &Form) -> Question {
    let language = context.language();
    let fields = fields(&context.env.services.info, language);
    Question::form(say!(language, "preferences-title"), text, fields, keep).current(current.clone())
}

async fn keep(context: Context, form: Form) -> Result {
    let language = context.language();
    let session = own_session(&context)?;
    answered(language, session.ask(|done| Control::SetPreferences(form, done)).await)?;
    Ok(Reply::done(say!(language, "preferences-kept")))
}

pub(super) async fn run(context: Context) -> Result {
    let report = report(&context).await?;
    let text = say!(context.language(), "preferences-text");
    Ok(question(&context, &text, &report.preferences).into())
}
