//! Command that renews the credentials of a registered user, by any of the ways to register.

use super::register;
use crate::{
    command::{
        caller::Context,
        reply::{Question, Result},
    },
    say,
};
use plugin_api::{Field, FieldOption, Form};

const FLOW: &str = "flow";

pub(super) async fn run(context: Context) -> Result {
    let language = context.language();
    let alternatives = &context.env.services.info.alternative_registrations;
    if alternatives.is_empty() {
        return register::run(context, 0).await;
    }
    let first = FieldOption { label: say!(language, "credentials-form"), value: "0".to_owned() };
    let others = alternatives
        .iter()
        .zip(1..)
        .map(|(flow, number): (_, u32)| FieldOption { label: flow.title.clone(), value: number.to_string() });
    let options = std::iter::once(first).chain(others).collect();
    let field = Field::choice(FLOW, say!(language, "credentials-how"), options).required().value("0");
    let title = say!(language, "command-credentials");
    Ok(Question::form(title, "", vec![field], chosen).more().into())
}

async fn chosen(context: Context, form: Form) -> Result {
    let flow = form.get(FLOW).and_then(|flow| flow.parse().ok()).unwrap_or_default();
    register::run(context, flow).await
}
