//! Command that lets people in who wait for an administrator's approval, or refuses them.

use crate::command::admin::accounts::ACCOUNTS;
use crate::command::caller::Context;
use crate::command::reply::Question;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::say;
use crate::services::store_failed;
use crate::store::ApplicantState;
use crate::store::Entry;
use crate::store::Page;
use crate::store::StoreError;
use crate::store::Write;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;
use jid::BareJid;
use plugin_api::Field;
use plugin_api::FieldOption;
use plugin_api::FieldType;
use plugin_api::Form;

/// Most applicants in one form: a list that people still read.
const SHOWN: u32 = 100;
const DECISION: &str = "decision";
const REFUSE: &str = "refuse";

pub(super) async fn run(context: Context) -> Result {
    let language = context.language();
    let waiting =
        context.env.services.store.applicants().page(ApplicantState::Waiting, Page::first(SHOWN)).await;
    let waiting = waiting.map_err(|error| store_failed(&error))?;
    if waiting.is_empty() {
        return Ok(Reply::done(say!(language, "applicants-none")));
    }
    let option = |jid: String| FieldOption { label: jid.clone(), value: jid };
    let options = waiting.into_iter().map(|applicant| option(applicant.jid.to_string())).collect();
    let who = Field {
        kind: FieldType::ListMulti,
        ..Field::choice(ACCOUNTS, say!(language, "applicants-who"), options)
    };
    let decisions = [("approve", "applicants-approve"), (REFUSE, "applicants-refuse")]
        .map(|(value, id)| FieldOption { label: language.text(id, &[]), value: value.to_owned() });
    let decision = Field::choice(DECISION, say!(language, "applicants-decision"), decisions.to_vec());
    let fields = vec![who.required(), decision.required().value("approve")];
    Ok(Question::form(say!(language, "command-approve"), "", fields, decide).into())
}

async fn decide(context: Context, form: Form) -> Result {
    let language = context.language();
    let refused = form.get(DECISION).is_some_and(|decision| decision == REFUSE);
    let state = if refused { ApplicantState::Refused } else { ApplicantState::Approved };
    let who: Vec<BareJid> = form
        .get(ACCOUNTS)
        .map_or("", String::as_str)
        .lines()
        .filter_map(|line| BareJid::new(line.trim()).ok())
        .collect();
    for jid in &who {
        let write = Write::ApplicantDecide(jid.clone(), state);
        match context.env.services.journal.commit(Entry { writes: vec![write], ..Entry::default() }).await {
            Ok(_) => {}
            Err(StoreError::NoSuchApplicant) => {
                let text = say!(language, "applicants-gone", who = jid.to_string());
                return Err(StanzaError::with_text(Condition::ItemNotFound, text));
            }
            Err(error) => return Err(store_failed(&error)),
        }
        let id = if refused { "register-refused" } else { "register-approved" };
        let text = say!(context.env.services.languages.of(jid), id, network = context.network());
        context.env.services.messenger.tell(jid, &text);
    }
    Ok(Reply::done(say!(language, "applicants-decided", count = who.len())))
}
