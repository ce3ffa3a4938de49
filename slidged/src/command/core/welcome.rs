//! Welcome after a registration by command.

use crate::command::caller::Context;
use crate::command::core::preferences;
use crate::command::reply::Reply;
use crate::say;
use plugin_api::Form;

/// Answers a completed registration: a new user is offered the preferences.
pub(crate) fn welcome(context: &Context, known: bool) -> Reply {
    let language = context.language();
    if known {
        return Reply::done(say!(language, "credentials-changed", network = context.network()));
    }
    let text = say!(language, "preferences-offered");
    let mut question = preferences::question(context, &text, &Form::new()).no_way_back();
    question.title = say!(language, "registered", network = context.network());
    question.news = true;
    question.into()
}
