//! Command that sets how much is logged, by the whole daemon or by one part, until the next
//! restart.

use crate::services;
use crate::{
    command::{
        caller::Context,
        reply::{Question, Reply, Result},
    },
    say,
};
use plugin_api::{Field, FieldOption, Form};

const LEVEL: &str = "level";
const PART: &str = "part";

pub(super) async fn run(context: Context) -> Result {
    let language = context.language();
    let levels = ["error", "warn", "info", "debug", "trace"];
    let options = levels.map(|level| FieldOption { label: level.to_owned(), value: level.to_owned() });
    let fields = vec![
        Field::choice(LEVEL, say!(language, "log-level"), options.to_vec()).required().value("info"),
        Field::text(PART, say!(language, "log-target")),
    ];
    let text = say!(language, "log-level-text");
    Ok(Question::form(say!(language, "command-log-level"), text, fields, set).into())
}

async fn set(context: Context, form: Form) -> Result {
    let field = |var: &str| form.get(var).map_or("", |value| value.trim());
    let (level, target) = (field(LEVEL), field(PART));
    services::set_log_level(&context.env.services, (!target.is_empty()).then_some(target), level);
    tracing::info!(level, target, by = %context.caller.bare(), "log level changed");
    Ok(Reply::done(say!(context.language(), "log-level-set", level = level)))
}
