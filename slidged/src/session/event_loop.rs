//! Loop of a session, from the first event to the end.

use crate::language::Language;
use crate::say;
use crate::services;
use crate::session::avatars::set_avatar;
use crate::session::backlog::Backlog;
use crate::session::contacts_hiding::set_ready;
use crate::session::control_messages::handle_control;
use crate::session::event::Event;
use crate::session::event::Fresh;
use crate::session::event::Outcome;
use crate::session::from_user::handle_stanza;
use crate::session::lifecycle::begin_stop;
use crate::session::lifecycle::link_up;
use crate::session::lifecycle::login_failed;
use crate::session::lifecycle::next_login;
use crate::session::lifecycle::roster_synced;
use crate::session::lifecycle::say_goodbye;
use crate::session::lifecycle::start;
use crate::session::mailbox_operations::last_operation;
use crate::session::mailbox_operations::operation_from;
use crate::session::network_state::NetworkState;
use crate::session::presence::contacts_unavailable;
use crate::session::presence::refresh_last_seen;
use crate::session::presence::send_status;
use crate::session::presence::set_status;
use crate::session::restore::resume;
use crate::session::room::leave::rooms_closed;
use crate::session::room::leave::rooms_shut;
use crate::session::roster::sync_all;
use crate::session::state::Session;
use crate::session::state::Signal;
use crate::store;
use crate::store::Write;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use plugin_api::Availability;
use plugin_api::Presence;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::panic::resume_unwind;
use std::pin::pin;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Runs a session to its end. `pending` was under way before it, and `first` comes before the
/// events of the mailbox.
///
/// The session is boxed: the future keeps it twice, and the largest of what it calls, for as long
/// as the user is there.
pub(in crate::session) async fn run(
    mut session: Box<Session>,
    pending: Vec<store::Pending>,
    first: &mut Backlog,
    events: &mut mpsc::Receiver<Event>,
    fresh: Option<Fresh>,
) -> Outcome {
    for pending in &pending {
        resume(&mut session, pending);
    }
    drop(pending);
    start(&mut session, fresh);
    settle(&mut session);
    loop {
        if let Some(waiting) = session.ending.take() {
            events.close();
            while let Some(event) = first.pop().or_else(|| events.try_recv().ok()) {
                too_late(&session, event, waiting.is_empty());
            }
            return Box::pin(finish(&mut session, waiting)).await;
        }
        if let Some(event) = first.pop() {
            handle_event(&mut session, event);
            continue;
        }
        tokio::select! {
            // The user's own actions first, then results, then the network: a flood from the
            // network must not keep the user waiting.
            biased;
            event = events.recv() => match event {
                Some(event) => handle_event(&mut session, event),
                None => return Outcome::Stopped,
            },
            () = step(&mut session) => {}
        }
    }
}

/// Handles a result, or an operation of the plugin. Cancel safe.
pub(in crate::session) async fn step(session: &mut Session) {
    tokio::select! {
        biased;
        Some(done) = session.jobs.join_next(), if !session.jobs.is_empty() => match done {
            Ok(then) => {
                then(session);
                settle(session);
            }
            // The rest of its work is missing: the session must not go on as if it had been done.
            Err(error) => if let Ok(panic) = error.try_into_panic() {
                resume_unwind(panic);
            },
        },
        operation = session.mailboxes.next(&session.journal) => {
            operation_from(session, operation);
            settle(session);
        }
    }
}

/// Refuses an event that came when the session was about to end. Callers that wait for an answer
/// notice by themselves.
pub(in crate::session) fn too_late(session: &Session, event: Event, stopping: bool) {
    if let Event::Stanza(stanza) = event {
        if stopping {
            session.services.refusals.refuse_stopping(&stanza);
        } else {
            session.services.refusals.stranger(&stanza);
        }
    }
}

pub(in crate::session) fn handle_event(session: &mut Session, event: Event) {
    match event {
        Event::Stanza(stanza) => {
            if let Some(lang) = stanza.language().filter(|_| !stanza.is_error()) {
                reads(session, Language::of(Some(lang)));
            }
            guarded(session, &stanza, handle_stanza);
        }
        Event::Language(language) => reads(session, language),
        Event::Privileges => sync_all(session),
        Event::Database => send_status(session),
        Event::LinkUp => link_up(session),
        Event::Control(asked) => handle_control(session, asked),
        Event::Tick(time) => refresh_last_seen(session, time),
        Event::Stop => begin_stop(session),
        #[cfg(test)]
        Event::Act(super::event::Act(act)) => act(session),
    }
    settle(session);
}

/// Handles the signals, which come before anything else.
pub(in crate::session) fn settle(session: &mut Session) {
    while let Some(signal) = session.signals.pop_front() {
        match signal {
            Signal::PluginFailed(remote, error) => {
                // Two calls may have failed by one panic.
                if session.connection.is_current(&remote) {
                    login_failed(session, &error);
                }
            }
            Signal::RosterSynced => roster_synced(session),
            Signal::RoomAvatar(room, avatar) => set_avatar(session, room, avatar, None),
            Signal::LastOperation(operation, replaced) => last_operation(session, operation, replaced),
            Signal::NextLogin => next_login(session),
        }
    }
}

/// Notes the user's language, so that they are not spoken to in another one after a restart.
pub(in crate::session) fn reads(session: &mut Session, language: Language) {
    if language != session.user.language {
        session.user.language = language;
        session.services.languages.note(&session.user.jid, language);
        session.write(Write::UserState(session.user.id, services::state(language)));
    }
}

/// Carries out an act about a stanza, which is answered before a panic of ours ends the session.
pub(in crate::session) fn guarded(
    session: &mut Session,
    stanza: &Stanza,
    act: impl FnOnce(&mut Session, &Stanza),
) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| act(session, stanza))) {
        let text = say!(session.user.language, "stanza-failed");
        session.services.refusals.refuse(stanza, Condition::InternalServerError, &text);
        resume_unwind(panic);
    }
}

/// Ends a session: unavailable presences, a moment for what is under way, logout. With callers
/// waiting the user leaves for good.
pub(in crate::session) async fn finish(session: &mut Session, waiting: Vec<oneshot::Sender<()>>) -> Outcome {
    let leaving = !waiting.is_empty();
    if !leaving {
        rooms_shut(session);
        let stopping = say!(session.user.language, "stopping");
        contacts_unavailable(session, &stopping);
        set_status(session, Presence::new(Availability::Offline).status(stopping));
    }
    // Turns that wait for the network wait in vain.
    if session.online().is_none() {
        set_ready(session, NetworkState::Offline(say!(session.user.language, "stopping-now")));
    }
    let limit = session.services.settings.logout_timeout;
    let (halfway, end) = (Instant::now() + limit / 2, Instant::now() + limit);
    // Turns that are under way may need operations of the plugin, and so may the goodbye.
    while !(session.chats.quiet() && session.mailboxes.all_left())
        && tokio::time::timeout_at(halfway, step(session)).await.is_ok()
    {}
    session.jobs.abort_all();
    if let Some(remote) = session.connection.take_remote() {
        let mut goodbye = pin!(say_goodbye(remote, end - Instant::now()));
        loop {
            tokio::select! {
                biased;
                () = &mut goodbye => break,
                () = step(session) => {}
            }
        }
    }
    if leaving {
        forget(session).await;
        Outcome::Left(waiting)
    } else {
        rooms_closed(session);
        Outcome::Stopped
    }
}

/// Lets the plugin clean up after a user who has left. Nobody of that address can register before
/// that is done.
pub(in crate::session) async fn forget(session: &mut Session) {
    if let Err(error) = session.services.plugin.unregister(session.user.for_plugin()).await
        && !error.is_unsupported()
    {
        tracing::warn!(%error, "the plugin could not clean up after the user");
    }
    session.services.quota.forget(session.user.id);
    let (files, user) = (session.services.files.clone(), session.user.id);
    session.services.tasks.spawn_blocking(move || files.forget(user));
    tracing::info!("unregistered");
}
