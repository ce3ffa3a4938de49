//! Life of a connection to the network: login, retries by class of error (R24), restart after a
//! panic, logout, end.

use crate::host;
use crate::model::backoff;
use crate::say;
use crate::session::contacts_hiding::set_ready;
use crate::session::event::Event;
use crate::session::event::Fresh;
use crate::session::mailboxes::Leaving;
use crate::session::network_state::NetworkState;
use crate::session::presence::announce_contacts;
use crate::session::presence::contacts_unavailable;
use crate::session::presence::probe_user;
use crate::session::presence::send_status;
use crate::session::presence::set_status;
use crate::session::room::info::fill_rooms;
use crate::session::room::leave::rooms_link_up;
use crate::session::roster::fill_contacts;
use crate::session::roster::leave_roster;
use crate::session::state::Session;
use crate::session::state::Signal;
use crate::session::user_avatar_sync::give_own_avatar;
use bytes::Bytes;
use plugin_api::Availability;
use plugin_api::Class;
use plugin_api::ContactInfo;
use plugin_api::Error;
use plugin_api::Logged;
use plugin_api::LoginState;
use plugin_api::Presence;
use plugin_api::RemoteSession;
use plugin_api::RoomInfo;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Wait after "too fast" from a network that does not say when to come back.
const RATE_LIMITED: Duration = Duration::from_secs(60);
/// Longest wait that a network may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// Begins a session: connects to the plugin and logs in. After a registration that comes once its
/// answer is out and the user was welcomed.
pub(in crate::session) fn start(session: &mut Session, fresh: Option<Fresh>) {
    let Some(fresh) = fresh else { return connect(session) };
    let (services, jid, language) =
        (session.services.clone(), session.user.jid.clone(), session.user.language);
    session.spawn(async move {
        // Dropped by the registration once it is answered.
        let _ = fresh.answered.await;
        let subscribed = services.welcome.greet(&jid, &fresh.full, language).await;
        move |session: &mut Session| {
            session.presence.subscription_asked = !subscribed;
            if subscribed {
                probe_user(session);
            }
            // Something else may have started it already.
            if session.connection.generation() == 0 {
                connect(session);
            }
        }
    });
}

/// Makes a new session in the plugin and logs it in, once the one before it has said goodbye.
pub(in crate::session) fn connect(session: &mut Session) {
    let earlier = session.connection.end();
    session.connection.begin();
    take_leave(session, earlier);
    set_ready(session, NetworkState::Connecting);
    set_status(session, Presence::new(Availability::Busy).status(say!(session.user.language, "connecting")));
    connect_in_turn(session);
}

/// Makes the new session at once: nobody is on the network for the user, whose data are final.
pub(in crate::session) fn connect_now(session: &mut Session) {
    let (mailbox, operations) = host::mailbox(plugin_api::SessionRequest::decode, &session.services.budget);
    session.mailboxes.open(operations);
    let (services, user) = (session.services.clone(), session.user.for_plugin());
    let attempt = session.spawn_current(async move {
        // Paced: a thousand users must not log in at the same moment, and none before there is
        // a link.
        let turn = services.logins.clone().acquire_owned().await;
        let connected = services.plugin.connect(&user, mailbox).await;
        move |session: &mut Session| match connected {
            Ok(remote) => log_in(session, remote, turn.ok()),
            Err(error) => login_failed(session, &error),
        }
    });
    session.connection.attempts(attempt);
}

fn log_in(session: &mut Session, remote: RemoteSession, turn: Option<tokio::sync::OwnedSemaphorePermit>) {
    let remote = Arc::new(remote);
    session.connection.logs_in(remote.clone(), turn);
    let limit = session.services.settings.login_timeout;
    let attempt = session.spawn_current(async move {
        let result = remote.within(limit).login().await;
        move |session: &mut Session| match result {
            Ok(status) => logged_in(session, status),
            Err(error) => login_failed(session, &error),
        }
    });
    session.connection.attempts(attempt);
}

fn logged_in(session: &mut Session, status: Option<String>) {
    let Some(remote) = session.connection.remote().cloned() else { return };
    tracing::info!("logged in");
    session.connection.forgive();
    let status = status.unwrap_or_else(|| say!(session.user.language, "connected"));
    let connected = Presence::new(Availability::Online).status(status);
    set_status(session, Presence::new(Availability::Busy).status(say!(session.user.language, "syncing")));
    let groups = session.services.info.groups;
    let attempt = session.spawn_current(async move {
        let contacts = match remote.fill_contacts().await {
            // A network without a list tells of contacts one by one.
            Err(error) if error.is_unsupported() => Ok(None),
            other => other.map(Some),
        };
        let rooms = match groups {
            true => match remote.fill_rooms().await {
                // A network without a list tells of rooms when they are joined.
                Err(error) if error.is_unsupported() => Ok(None),
                other => other.map(Some),
            },
            false => Ok(None),
        };
        move |session: &mut Session| contacts_filled(session, contacts, rooms, connected)
    });
    session.connection.attempts(attempt);
}

fn contacts_filled(
    session: &mut Session,
    contacts: Result<Option<Vec<ContactInfo>>, Error>,
    rooms: Result<Option<Vec<RoomInfo>>, Error>,
    connected: Presence,
) {
    // The handle of an attempt keeps the memory of its task.
    session.connection.attempt_over();
    let panicked = contacts.as_ref().err().or(rooms.as_ref().err()).filter(|error| error.panicked);
    if let Some(error) = panicked {
        return login_failed(session, error);
    }
    session.connection.contacts_read();
    fill_rooms(session, rooms);
    if let Some(remote) = session.connection.listed().cloned() {
        set_ready(session, NetworkState::Online(remote));
    }
    set_status(session, connected);
    match contacts {
        Ok(Some(contacts)) => fill_contacts(session, contacts),
        Ok(None) => roster_synced(session),
        // Old contacts are better than no session.
        Err(error) => {
            tracing::warn!(%error, "the contact list could not be read");
            roster_synced(session);
        }
    }
}

/// Shows the contacts, now that the roster has them.
pub(in crate::session) fn roster_synced(session: &mut Session) {
    if !session.connection.roster_written() {
        return;
    }
    announce_contacts(session);
    give_own_avatar(session);
    let Some(remote) =
        session.connection.remote().cloned().filter(|_| !session.services.hooks.lacks("on_ready"))
    else {
        return;
    };
    session.spawn_current(async move {
        let result = remote.on_ready().await;
        move |session: &mut Session| session.note_hook_result(&remote, "on_ready", result)
    });
}

/// Ends a session of the plugin that failed, and tries again as the class of the error says.
pub(in crate::session) fn login_failed(session: &mut Session, error: &Error) {
    tracing::warn!(%error, class = ?error.class, panicked = error.panicked, "the session failed");
    let status = (!error.panicked).then(|| error.text.clone()).flatten();
    disconnected(session, error.class.unwrap_or_default(), status);
}

fn disconnected(session: &mut Session, class: Class, status: Option<String>) {
    // A session that has failed does not say goodbye.
    session.connection.lost();
    session.mailboxes.close();
    let refused = class == Class::Credentials;
    let id = if refused { "login-refused" } else { "unreachable-retrying" };
    let network = &session.services.info.component_name;
    let text = status.unwrap_or_else(|| say!(session.user.language, id, network = network));
    if refused {
        return park(session, &text);
    }
    let wait = match class {
        Class::RateLimit { retry_after } => retry_after.unwrap_or(RATE_LIMITED).min(LONGEST_WAIT),
        _ => session.services.settings.retry.delay(session.connection.failures(), backoff::random()),
    };
    session.connection.failed();
    set_ready(session, NetworkState::Connecting);
    set_status(session, Presence::new(Availability::Busy).status(text));
    let attempt = session.spawn_current(async move {
        tokio::time::sleep(wait).await;
        connect
    });
    session.connection.attempts(attempt);
}

/// Stops trying until the user acts, and tells them so by a message.
fn park(session: &mut Session, why: &str) {
    // The sentence around it has a full stop of its own.
    let what_to_do = say!(session.user.language, "log-in-again", why = why.trim_end_matches('.'));
    if session.connection.park() {
        session.gateway_message(&what_to_do);
    }
    set_ready(session, NetworkState::Offline(what_to_do));
    contacts_unavailable(session, &say!(session.user.language, "not-connected"));
    set_status(session, Presence::new(Availability::Busy).status(why));
}

/// Takes over the state of the connection that the plugin reports.
pub(in crate::session) fn handle_logged(session: &mut Session, logged: Logged) {
    match logged.state {
        LoginState::LoggedIn => {
            let status = logged.status.unwrap_or_else(|| say!(session.user.language, "connected"));
            if let Some(remote) = session.connection.listed().cloned() {
                set_ready(session, NetworkState::Online(remote));
                set_status(session, Presence::new(Availability::Online).status(status));
            }
        }
        LoginState::Reconnecting | LoginState::Unknown => {
            let status = logged.status.unwrap_or_else(|| say!(session.user.language, "reconnecting"));
            set_ready(session, NetworkState::Connecting);
            set_status(session, Presence::new(Availability::Busy).status(status));
        }
        LoginState::LoggedOut => disconnected(session, logged.class, logged.status),
    }
}

pub(in crate::session) fn set_data(session: &mut Session, data: plugin_api::Data, done: oneshot::Sender<()>) {
    session.writer.begin();
    match session.store_data(data) {
        Ok(()) => session.writer.tell(done),
        // The requester notices that no answer comes.
        Err(error) => {
            drop(done);
            tracing::error!(%error, "the user's data could not be stored");
            return session.writer.flush();
        }
    }
    session.connection.forgive();
    connect(session);
    session.mailboxes.data_replaced();
}

/// Ends the connection to the network, until the user wants it again.
pub(in crate::session) fn log_out(session: &mut Session, why: &str) {
    let earlier = session.connection.end();
    take_leave(session, earlier);
    park(session, why);
}

pub(in crate::session) fn begin_stop(session: &mut Session) {
    session.ending.get_or_insert_default();
}

/// Begins the end of a registration, which stands whatever happens to this process.
pub(in crate::session) fn unregister(
    session: &mut Session,
    answer: Option<Bytes>,
    done: oneshot::Sender<()>,
) {
    leave_roster(session, answer);
    session.ending.get_or_insert_default().push(done);
}

/// Tells a server that is back everything that it forgot.
pub(in crate::session) fn link_up(session: &mut Session) {
    session.clients.clear();
    session.presence.contacts = false;
    session.presence.subscription_asked = false;
    rooms_link_up(session);
    send_status(session);
    probe_user(session);
}

/// Logs a session of the plugin out; one that cannot is dropped all the same.
pub(super) async fn say_goodbye(remote: Arc<RemoteSession>, limit: Duration) {
    if let Err(error) = remote.within(limit).logout().await
        && !error.is_unsupported()
    {
        tracing::debug!(%error, "logout failed");
    }
}

/// Names of events, for the log of those that came back.
impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Event::Stanza(_) => "Stanza",
            Event::Language(_) => "Language",
            Event::LinkUp => "LinkUp",
            Event::Control(_) => "Control",
            Event::Privileges => "Privileges",
            Event::Database => "Database",
            Event::Tick(_) => "Tick",
            Event::Stop => "Stop",
            #[cfg(test)]
            Event::Act(_) => "Act",
        })
    }
}

/// Lets a session of the plugin say goodbye; what it does until then counts.
fn take_leave(session: &mut Session, remote: Option<Arc<RemoteSession>>) {
    let Some(remote) = remote else { return session.mailboxes.close() };
    session.mailboxes.goodbyes += 1;
    let number = session.mailboxes.goodbyes;
    if let Some(operations) = session.mailboxes.current.take() {
        session.mailboxes.leaving.push(Leaving { number, operations, replaced: false });
    }
    let limit = session.services.settings.logout_timeout;
    session.spawn(async move {
        say_goodbye(remote, limit).await;
        move |session: &mut Session| has_left(session, number)
    });
}

/// Takes up the last operations of a session that has said goodbye.
pub(in crate::session) fn has_left(session: &mut Session, number: u32) {
    let at = session.mailboxes.leaving.iter().position(|leaving| leaving.number == number);
    if let Some(Leaving { mut operations, replaced, .. }) = at.map(|at| session.mailboxes.leaving.remove(at))
    {
        while let Ok(operation) = operations.try_recv() {
            session.signals.push_back(Signal::LastOperation(operation, replaced));
        }
    }
    session.signals.push_back(Signal::NextLogin);
}

/// Logs in, if a login waited until the last session had said goodbye.
pub(in crate::session) fn next_login(session: &mut Session) {
    if session.mailboxes.all_left()
        && session.mailboxes.next_login.take() == Some(session.connection.generation())
    {
        connect_now(session);
    }
}

/// Logs in once no session says goodbye any more: two at a time would get in each other's way on
/// the network.
pub(in crate::session) fn connect_in_turn(session: &mut Session) {
    if session.mailboxes.all_left() {
        connect_now(session);
    } else {
        session.mailboxes.next_login = Some(session.connection.generation());
    }
}
