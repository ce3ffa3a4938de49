//! Commands that list the registered users and show the state of their sessions.

use crate::command::admin::accounts::account_field;
use crate::command::admin::accounts::named;
use crate::command::caller::Context;
use crate::command::core::state;
use crate::command::reply::Question;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::say;
use crate::services;
use crate::session::Control;
use crate::session::SessionHandle;
use plugin_api::Field;
use plugin_api::FieldOption;
use plugin_api::FieldType;
use plugin_api::Form;
use plugin_api::Table;

/// Users on a page: as many as fit into a chat message or on a screen.
const PAGE: usize = 50;
const NEXT: &str = "page";

/// Lists the users, page by page; page 0 asks for a page if there are several.
pub(super) async fn list(context: Context, page: usize) -> Result {
    let mut sessions = context.env.users.sessions();
    sessions.sort_by(|a, b| a.jid().cmp(b.jid()));
    let pages = sessions.len().div_ceil(PAGE).max(1);
    if pages == 1 {
        return Ok(Reply::table(table(&context, &sessions, sessions.len()).await));
    }
    if page == 0 {
        return Ok(choose(&context, pages).into());
    }
    let shown: Vec<_> = sessions.iter().skip((page - 1) * PAGE).take(PAGE).cloned().collect();
    Ok(Reply::table(table(&context, &shown, sessions.len()).await))
}

fn choose(context: &Context, pages: usize) -> Question {
    let language = context.language();
    let option = |page: usize| FieldOption { label: page.to_string(), value: page.to_string() };
    let options = (1..=pages).map(option).collect();
    let field = Field::choice(NEXT, say!(language, "admin-page", pages = pages), options).value("1");
    Question::form(say!(language, "command-users"), "", vec![field], |context, form| async move {
        let page = form.get(NEXT).and_then(|page| page.parse().ok()).unwrap_or(1);
        Box::pin(list(context, page.max(1))).await
    })
}

async fn table(context: &Context, sessions: &[SessionHandle], total: usize) -> Table {
    let language = context.language();
    let mut items = Vec::new();
    for session in sessions {
        let Some(report) = session.ask(Control::StatusReport).await else { continue };
        items.push(Form::from([
            ("jid".to_owned(), session.jid().to_string()),
            ("state".to_owned(), state(language, &report)),
            ("status".to_owned(), report.status),
        ]));
    }
    Table {
        description: say!(language, "admin-users", count = total),
        fields: vec![
            Field { kind: FieldType::JidSingle, ..Field::text("jid", say!(language, "column-address")) },
            Field::text("state", say!(language, "column-state")),
            Field::text("status", say!(language, "column-status")),
        ],
        items,
        jids_are_rooms: false,
    }
}

/// Shows one user in detail.
pub(super) async fn one(context: Context) -> Result {
    let title = say!(context.language(), "command-user");
    Ok(Question::form(title, "", vec![account_field(&context)], details).into())
}

async fn details(context: Context, form: Form) -> Result {
    let language = context.language();
    let mut lines = Vec::new();
    for session in named(&context, &form)? {
        let Some(report) = session.ask(Control::StatusReport).await else { continue };
        lines.push(format!("{}: {}", session.jid(), state(language, &report)));
        lines.push(report.status.clone());
        lines.push(say!(language, "status-friends", count = report.friends));
        lines.push(say!(language, "admin-clients", count = report.clients));
        if report.failures > 0 {
            lines.push(say!(language, "admin-failures", count = u64::from(report.failures)));
        }
        if let Some(since) = services::registered_at(&context.env.services, session.jid()).await {
            lines.push(say!(language, "admin-since", date = since));
        }
    }
    lines.retain(|line| !line.is_empty());
    Ok(Reply::done(lines.join("\n")))
}
