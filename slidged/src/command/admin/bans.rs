//! Commands about bans: the addresses and domains that may not use the gateway (XEP-0133 section
//! 4.11, the blacklist).

use crate::command::admin::accounts::ACCOUNT;
use crate::command::admin::accounts::account_field;
use crate::command::caller::Context;
use crate::command::reply::Question;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::model::access::Ban;
use crate::model::access::names;
use crate::model::clock::now;
use crate::say;
use crate::services::store_failed;
use crate::users::unregister;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;
use jid::BareJid;
use plugin_api::Field;
use plugin_api::FieldType;
use plugin_api::Form;
use plugin_api::Table;

const REASON: &str = "reason";

/// Lists the bans.
pub(super) async fn list(context: Context) -> Result {
    let language = context.language();
    let items: Vec<Form> = context
        .env
        .admission
        .bans()
        .into_iter()
        .map(|ban| {
            Form::from([
                ("jid".to_owned(), ban.subject.to_string()),
                (REASON.to_owned(), ban.reason),
                ("by".to_owned(), ban.by.to_string()),
            ])
        })
        .collect();
    Ok(Reply::table(Table {
        description: say!(language, "bans-heading", count = items.len()),
        fields: vec![
            Field { kind: FieldType::JidSingle, ..Field::text("jid", say!(language, "column-address")) },
            Field::text(REASON, say!(language, "column-reason")),
            Field::text("by", say!(language, "column-by")),
        ],
        items,
        jids_are_rooms: false,
    }))
}

/// Bans an address or a domain, and ends the registrations of the users that this hits.
pub(super) async fn add(context: Context) -> Result {
    let language = context.language();
    let mut who = account_field(&context);
    who.label = say!(language, "ban-whom");
    let fields = vec![who, Field::text(REASON, say!(language, "ban-reason"))];
    Ok(Question::form(say!(language, "command-ban"), say!(language, "ban-text"), fields, ask).into())
}

async fn ask(context: Context, form: Form) -> Result {
    let (language, subject) = (context.language(), subject(&context, &form)?);
    let count = context.env.users.sessions().iter().filter(|session| names(&subject, session.jid())).count();
    if count == 0 {
        return ban(context, form).await;
    }
    let question = Question::confirm(
        say!(language, "command-ban"),
        say!(language, "ban-ends", who = subject.to_string(), count = count),
        say!(language, "confirm"),
        move |context| ban(context, form.clone()),
    );
    Ok(question.into())
}

async fn ban(context: Context, form: Form) -> Result {
    let language = context.language();
    let subject = subject(&context, &form)?;
    let reason = form.get(REASON).cloned().unwrap_or_default();
    let ban = Ban { subject: subject.clone(), reason, by: context.caller.bare(), at: now() };
    context.env.admission.ban(ban).await.map_err(|error| store_failed(&error))?;
    let hit: Vec<_> =
        context.env.users.sessions().into_iter().filter(|session| names(&subject, session.jid())).collect();
    let count = hit.len();
    for session in hit {
        unregister(&context.env.users, session, None);
    }
    Ok(Reply::done(say!(language, "banned-done", who = subject.to_string(), count = count)))
}

/// Lifts a ban.
pub(super) async fn remove(context: Context) -> Result {
    let mut who = account_field(&context);
    who.label = say!(context.language(), "ban-whom");
    Ok(Question::form(say!(context.language(), "command-unban"), "", vec![who], lift).into())
}

async fn lift(context: Context, form: Form) -> Result {
    let (language, subject) = (context.language(), subject(&context, &form)?);
    let lifted = context.env.admission.lift_ban(&subject).await.map_err(|error| store_failed(&error))?;
    let id = if lifted { "ban-lifted" } else { "ban-none" };
    Ok(Reply::done(say!(language, id, who = subject.to_string())))
}

fn subject(context: &Context, form: &Form) -> Result<BareJid> {
    let given = form.get(ACCOUNT).map_or("", |who| who.trim());
    BareJid::new(given).map_err(|_| {
        let text = say!(context.language(), "field-no-address", field = given);
        StanzaError::with_text(Condition::NotAcceptable, text)
    })
}
